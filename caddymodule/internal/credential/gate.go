package credential

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// waitLimit is how long an attempt waits for its turn to hash. The identity
// provider gives a call 5 s: more than half stays for the upstream.
const waitLimit = 2 * time.Second

// maxWaiting bounds the attempts that wait, since each holds its request, and over
// HTTP/2 one connection brings 250 of them. It is more than any hash but the
// cheapest lets through within waitLimit.
const maxWaiting = 1000

// gate lets as many goroutines hash at the same time as it has places.
type gate struct {
	places  chan struct{}
	waiting atomic.Int64
}

func newGate(places int) *gate { return &gate{places: make(chan struct{}, places)} }

// processGate is one for the process, not one for each Accounts: connectors
// share the cores, and during a reload the old and the new configuration run
// side by side. Made at the first use, after main has settled GOMAXPROCS.
//
// One core stays for what needs no hash. With hashes on both of two cores a right
// call had to wait until one was preempted: 20 ms at the median under wrong
// passwords from many addresses, measured, and under 2 ms with one core left.
var processGate = sync.OnceValue(func() *gate {
	return newGate(hashingCores(runtime.GOMAXPROCS(0)))
})

func hashingCores(all int) int { return max(1, all-1) }

// enter waits for a turn until ctx ends or waitLimit has passed, and tells
// whether it came. Whoever entered must leave.
func (g *gate) enter(ctx context.Context) bool {
	if ctx.Err() != nil {
		return false // select would choose at random between a free place and an ended ctx
	}
	defer g.waiting.Add(-1)
	if g.waiting.Add(1) > maxWaiting {
		return false
	}
	limit := time.NewTimer(waitLimit)
	defer limit.Stop()
	select {
	case g.places <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	case <-limit.C:
		return false
	}
}

func (g *gate) leave() { <-g.places }
