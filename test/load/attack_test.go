package load

import (
	"net/http"
	"testing"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

// attack is a client at work.
type attack struct {
	caller   *caller
	attacker *vegeta.Attacker
	metrics  vegeta.Metrics // of the calls that are timed
	done     chan struct{}
}

// begin makes calls at a rate until the time is over; 0: until it is ended. A test
// that has failed makes no more.
func (c *caller) begin(t *testing.T, next func() call, perSecond int, lasts time.Duration) *attack {
	return c.beginPaced(t, next, vegeta.ConstantPacer{Freq: perSecond, Per: time.Second}, lasts)
}

// beginClosed makes calls as fast as so many clients can who each wait for their
// answer, which finds out what can be answered.
func (c *caller) beginClosed(t *testing.T, next func() call, clients int, lasts time.Duration) *attack {
	n := uint64(clients)
	return c.beginPaced(t, next, vegeta.ConstantPacer{}, lasts, vegeta.Workers(n), vegeta.MaxWorkers(n))
}

func (c *caller) beginPaced(t *testing.T, next func() call, pacer vegeta.Pacer, lasts time.Duration, options ...func(*vegeta.Attacker)) *attack {
	a := &attack{caller: c, done: make(chan struct{})}
	a.attacker = vegeta.NewAttacker(append(options, vegeta.Client(&http.Client{Transport: c}))...)
	t.Cleanup(a.end)
	results := a.attacker.Attack(func(target *vegeta.Target) error {
		*target = vegeta.Target{Method: http.MethodPost, URL: c.url, Body: next().body()}
		return nil
	}, pacer, lasts, "")
	go func() {
		defer close(a.done)
		for result := range results {
			if result.Headers.Get(timed) != "" {
				a.metrics.Add(result)
			}
		}
		a.metrics.Close()
	}()
	return a
}

// end sends nothing more.
func (a *attack) end() { a.attacker.Stop() }

// tally waits until everything that was sent has its answer.
func (a *attack) tally() tally {
	<-a.done
	a.caller.transport.CloseIdleConnections()
	sum := a.caller.now()
	sum.P50, sum.P99 = a.metrics.Latencies.P50, a.metrics.Latencies.P99
	return sum
}
