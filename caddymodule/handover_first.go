package caddymodule

import (
	"net"
	"net/http"
	"reflect"
	"sync"
	"sync/atomic"
	"time"
)

// firstRequests knows which connections of a server have not had their first request
// read. Once its shutdown has begun, net/http ends such a connection when it has read
// the request (conn.serve in net/http/server.go asks shuttingDown after readRequest),
// and a client cannot know that nobody looked at it.
type firstRequests struct {
	patience time.Duration // with each connection
	waiting  atomic.Int64  // len(since), so that a later request need not lock
	changed  chan struct{}

	mu    sync.Mutex
	since map[net.Conn]time.Time
	last  time.Time // when a first request was read
}

// settle is between the hook that says a request was read and the moment that
// net/http has looked whether it shuts down. That is a few instructions, unless the
// system gives the processor to others: 100 ms is what the CPU quota of a container
// may make of it (CFS bandwidth control, cpu.cfs_period_us).
const settle = 100 * time.Millisecond

func (f *firstRequests) init(patience time.Duration) {
	f.patience = patience
	f.changed = make(chan struct{}, 1)
	f.since = make(map[net.Conn]time.Time)
}

// note is an http.Server's ConnState.
func (f *firstRequests) note(conn net.Conn, state http.ConnState) {
	if state != http.StateNew && f.waiting.Load() == 0 {
		return
	}
	if !reflect.ValueOf(conn).Comparable() { // some other wrapper's; not worth a panic
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if state == http.StateNew {
		f.since[conn] = time.Now()
	} else if _, waits := f.since[conn]; waits {
		delete(f.since, conn)
		f.last = time.Now()
		select {
		case f.changed <- struct{}{}:
		default:
		}
	}
	f.waiting.Store(int64(len(f.since)))
}

// await waits until no connection is about to send its first request. One that has
// been silent for longer than the patience is kept by its client for later, and ends
// like any that is idle.
func (f *firstRequests) await(late <-chan time.Time) {
	for {
		still := f.remaining()
		if still <= 0 {
			return
		}
		pause := time.NewTimer(still)
		select {
		case <-f.changed:
		case <-pause.C:
		case <-late:
			pause.Stop()
			return
		}
		pause.Stop()
	}
}

// remaining is how long to wait if nothing changes.
func (f *firstRequests) remaining() time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	longest := settle - time.Since(f.last)
	for _, since := range f.since {
		longest = max(longest, f.patience-time.Since(since))
	}
	return longest
}
