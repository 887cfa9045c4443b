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
var processGate = sync.OnceValue(func() gate {
	return make(gate, runtime.GOMAXPROCS(0))
})

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
