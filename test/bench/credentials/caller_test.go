package credentials_test

import (
	"bufio"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// callWithin bounds one call; none should come near.
const callWithin = 30 * time.Second

// caller makes one call after the other on a connection that it keeps. It is
// leaner than net/http, since it shares the machine with what it measures.
type caller struct {
	process *gatehouse.Process
	from    netip.Addr
	conn    net.Conn
	reader  *bufio.Reader
}

// call returns the status of the answer and how long it took, the handshake of a
// new connection not counted.
func (c *caller) call(ctx context.Context, password, claims string) (status int, took time.Duration, err error) {
	if c.conn == nil {
		if c.conn, err = c.process.DialFrom(ctx, c.from); err != nil {
			return 0, 0, fmt.Errorf("connecting from %s: %w", c.from, err)
		}
		c.reader = bufio.NewReader(c.conn)
	}
	request := "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAuthorization: Basic " +
		base64.StdEncoding.EncodeToString([]byte(username+":"+password)) +
		fmt.Sprintf("\r\nContent-Length: %d\r\n\r\n%s", len(claims), claims)
	began := time.Now()
	if err = c.conn.SetDeadline(began.Add(callWithin)); err != nil {
		return 0, 0, fmt.Errorf("setting the deadline: %w", err)
	}
	if _, err = io.WriteString(c.conn, request); err != nil {
		return 0, 0, fmt.Errorf("sending a call: %w", err)
	}
	resp, err := http.ReadResponse(c.reader, nil)
	if err != nil {
		return 0, 0, fmt.Errorf("reading an answer: %w", err)
	}
	defer resp.Body.Close()
	if _, err = io.Copy(io.Discard, resp.Body); err != nil {
		return 0, 0, fmt.Errorf("reading an answer: %w", err)
	}
	took = time.Since(began)
	if resp.Close {
		c.close()
	}
	return resp.StatusCode, took, nil
}

func (c *caller) close() {
	if c.conn != nil {
		c.conn.Close()
		c.conn = nil
	}
}

// calls makes right calls, each with other claims so that the validator is asked,
// until more says no, and returns how long they took, sorted.
func (c *caller) calls(ctx context.Context, password string, more func(n int) bool) ([]time.Duration, error) {
	var took []time.Duration
	for n := 0; more(n); n++ {
		status, one, err := c.call(ctx, password, claimsOf(unique.Add(1)))
		if err != nil {
			return nil, err
		}
		if status != http.StatusOK {
			return nil, fmt.Errorf("right call %d was answered with %d", n+1, status)
		}
		took = append(took, one)
	}
	slices.Sort(took)
	return took, nil
}

// unique tells calls and wrong passwords apart.
var unique atomic.Int64

func claimsOf(n int64) string {
	return fmt.Sprintf(`{"email":"user%d@fabrikam.onmicrosoft.com","step":"PostAttributeCollection","ui_locales":"en-US"}`, n)
}

// flood is what sends wrong passwords, no two the same, at full speed. Its results
// may be read once it has ended.
type flood struct {
	name    string
	process *gatehouse.Process
	more    func() bool
	source  func() netip.Addr // for each new connection
	ended   chan struct{}

	mu      sync.Mutex
	answers map[int]int // status to how many
	failed  error
}

// fromOneAddress sends wrongCalls from the address flooder.
func fromOneAddress(p *gatehouse.Process) *flood {
	var sent atomic.Int64
	return &flood{name: "one address", process: p, more: func() bool { return sent.Add(1) <= wrongCalls }, source: func() netip.Addr { return flooder }}
}

// fromManyAddresses sends for manyLast, from another address after every burst.
func fromManyAddresses(p *gatehouse.Process) *flood {
	var used atomic.Int32
	ends := sync.OnceValue(func() time.Time { return time.Now().Add(manyLast) }) // from the first call on
	return &flood{name: "many addresses", process: p, more: func() bool { return time.Now().Before(ends()) }, source: func() netip.Addr {
		n := used.Add(1)
		return netip.AddrFrom4([4]byte{127, 1, byte(n >> 8), byte(n)})
	}}
}

func (f *flood) start(ctx context.Context) {
	f.ended, f.answers = make(chan struct{}), make(map[int]int)
	var senders sync.WaitGroup
	for range connections {
		senders.Go(func() { f.send(ctx) })
	}
	go func() {
		senders.Wait()
		close(f.ended)
	}()
}

func (f *flood) send(ctx context.Context) {
	c := &caller{process: f.process, from: f.source()}
	defer c.close()
	for n := 1; f.more(); n++ {
		status, _, err := c.call(ctx, fmt.Sprintf("wrong password %d", unique.Add(1)), claimsOf(0))
		f.note(status, err)
		if err != nil {
			return
		}
		if n%burst != 0 {
			continue
		}
		if next := f.source(); next != c.from {
			c.close()
			c.from = next
		}
	}
}

func (f *flood) note(status int, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err != nil {
		f.failed = err
		return
	}
	f.answers[status]++
}

// goesOn tells whether the flood has not ended; what number is asked makes no odds.
func (f *flood) goesOn(int) bool {
	select {
	case <-f.ended:
		return false
	default:
		return true
	}
}
