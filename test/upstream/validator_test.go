package upstream_test

import (
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// redemptions is the shared memory of several validators.
type redemptions struct {
	mu   sync.Mutex
	used map[string]bool
}

// redeem reports whether it is the first time.
func (r *redemptions) redeem(what string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.used == nil {
		r.used = make(map[string]bool)
	}
	first := !r.used[what]
	r.used[what] = true
	return first
}

// redeeming is a validator that redeems the code of each person once, and then
// does what after says. What it has redeemed it shares.
func redeeming(redeemed *redemptions, after http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/healthz" {
			return
		}
		body, _ := io.ReadAll(r.Body)
		person := string(body)
		if r.Method == http.MethodGet {
			person = r.URL.RawQuery
		}
		if !redeemed.redeem(person) {
			http.Error(w, "This code has been used.", http.StatusConflict)
			return
		}
		after(w, r)
	}
}

// reset ends the connection with RST before a byte of the answer.
func reset(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return // the client has gone
	}
	_ = conn.(*net.TCPConn).SetLinger(0)
	conn.Close()
}

// pair is two validators.
type pair [2]*gatehouse.Upstream

func (p pair) edit() edit { return two(p[0].Address(), p[1].Address()) }

func (p pair) calls() int { return calls(p[0]) + calls(p[1]) }

// once keeps the connections on which a validator has answered.
type once struct {
	mu   sync.Mutex
	seen map[string]bool
}

// dyingIdle answers the first call of a connection and ends it under the second,
// as a server does whose keep-alive time is over just then.
func dyingIdle(answer http.HandlerFunc) http.HandlerFunc {
	o := &once{seen: make(map[string]bool)}
	return func(w http.ResponseWriter, r *http.Request) {
		o.mu.Lock()
		again := o.seen[r.RemoteAddr]
		o.seen[r.RemoteAddr] = true
		o.mu.Unlock()
		if again {
			reset(w, r)
			return
		}
		answer(w, r)
	}
}

// resetting is healthy, and resets every call.
func resetting(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/healthz" {
		reset(w, r)
	}
}

// await waits for an event at a validator.
func await(t *testing.T, event <-chan struct{}) {
	t.Helper()
	select {
	case <-event:
	case <-time.After(10 * time.Second):
		require.Fail(t, "it has not happened")
	}
}
