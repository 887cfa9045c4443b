package credential

import (
	"context"
	"runtime"
	"sync"
	"time"
)

// waitLimit is how long an attempt waits for its turn to hash. The identity
// provider gives a call 5 s: more than half stays for the upstream.
const waitLimit = 2 * time.Second

// gate lets as many goroutines hash at the same time as it has capacity.
type gate chan struct{}

// processGate is one for the process, not one for each Accounts: connectors
// share the cores, and during a reload the old and the new configuration run
// side by side. Made at the first use, after main has settled GOMAXPROCS.
//
// One core stays for what needs no hash. With hashes on both of two cores a right
// call had to wait until one was preempted: 20 ms at the median under wrong
// passwords from many addresses, measured, and under 2 ms with one core left.
var processGate = sync.OnceValue(func() gate {
	return make(gate, hashingCores(runtime.GOMAXPROCS(0)))
})

func hashingCores(all int) int { return max(1, all-1) }

// enter waits for a turn until ctx ends or waitLimit has passed, and tells
// whether it came. Whoever entered must leave.
func (g gate) enter(ctx context.Context) bool {
	if ctx.Err() != nil {
		return false // select would choose at random between a free place and an ended ctx
	}
	limit := time.NewTimer(waitLimit)
	defer limit.Stop()
	select {
	case g <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	case <-limit.C:
		return false
	}
}

func (g gate) leave() { <-g }
