package load

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"syscall"
	"time"

	"github.com/gatehouse-proxy/gatehouse/internal/contract"
)

// examples is how many lost and wrong calls are told in full.
const examples = 5

// tally is what became of the calls of one client.
type tally struct {
	Client    string         `json:"client"`
	Sent      int            `json:"sent"`
	Answered  int            `json:"answered"`
	Lost      int            `json:"lost"`
	Wrong     int            `json:"wrong"`
	Faults    int            `json:"faults"`     // answers in Gatehouse's own words, where they were due
	HungUp    int            `json:"hung_up"`    // after the first attempt's time, to call once more
	SentAgain int            `json:"sent_again"` // since the connection had ended
	P50       time.Duration  `json:"p50_ns"`     // of calls to a validator that was there
	P99       time.Duration  `json:"p99_ns"`
	LostBy    map[string]int `json:"lost_by,omitempty"`
	Examples  []string       `json:"examples,omitempty"`
}

// ledger is a tally that many calls write to.
type ledger struct {
	mu    sync.Mutex
	tally tally
}

func newLedger(client string) *ledger {
	return &ledger{tally: tally{Client: client, LostBy: map[string]int{}}}
}

// now is the tally so far.
func (l *ledger) now() tally {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.tally
}

func (l *ledger) count(n *int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	*n++
}

func (l *ledger) lose(c call, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tally.Sent++
	l.tally.Lost++
	l.tally.LostBy[causeOf(err)]++
	l.example("lost: %+v: %v", c, err)
}

func (l *ledger) enter(c call, got outcome, x contract.Exchange, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tally.Sent++
	l.tally.Answered++
	switch got {
	case right:
	case failed:
		l.tally.Faults++
	case wrong:
		l.tally.Wrong++
		l.example("wrong: %+v: %v: HTTP %d %s", c, err, x.Status, x.Body)
	}
}

func (l *ledger) example(format string, args ...any) {
	if len(l.tally.Examples) < examples {
		l.tally.Examples = append(l.tally.Examples, fmt.Sprintf(format, args...))
	}
}

// causeOf puts a lost call in few words.
func causeOf(err error) string {
	on := "on a new connection"
	var lost lostCall
	if errors.As(err, &lost) && lost.reused {
		on = "on a reused connection"
	}
	for _, c := range []struct {
		is   error
		name string
	}{
		{context.DeadlineExceeded, "no answer in time"},
		{syscall.ECONNRESET, "reset"},
		{syscall.EPIPE, "broken pipe"},
		{syscall.ECONNREFUSED, "refused"},
		{io.EOF, "ended"},
		{io.ErrUnexpectedEOF, "ended within the answer"},
	} {
		if errors.Is(err, c.is) {
			return c.name + " " + on
		}
	}
	return err.Error() + " " + on
}
