package load

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// vitals are what grows where something leaks.
type vitals struct {
	Heap        float64 `json:"heap_bytes"` // after a garbage collection
	Goroutines  float64 `json:"goroutines"`
	Descriptors float64 `json:"descriptors"`
}

// What two quiet moments of a process that leaks nothing may differ by. Measured
// over 200 reloads without load, of Caddy alone as of a connector: 5 goroutines, 2
// descriptors, 2 MiB. The connection that an old configuration left behind, before
// the transport was spelled out in the configuration, was 2 goroutines, 1
// descriptor and 70 KiB a reload.
const (
	moreGoroutines  = 6
	moreDescriptors = 4
	moreHeap        = 4 << 20
)

func measure(t *testing.T, g *gatehouse.Process) vitals {
	t.Helper()
	// Twice: what a sync.Pool holds outlives one collection.
	g.CollectGarbage(t)
	g.CollectGarbage(t)
	now := g.Scrape(t)
	return vitals{
		Heap:        now.Sum(t, "go_memstats_heap_alloc_bytes", nil),
		Goroutines:  now.Sum(t, "go_goroutines", nil),
		Descriptors: now.Sum(t, "process_open_fds", nil),
	}
}

// quiet waits until nothing is remembered, nothing under way and two looks in a
// row are the same, and measures.
func quiet(t *testing.T, g *gatehouse.Process) vitals {
	t.Helper()
	last := vitals{}
	assert.True(t, await(func() bool {
		now := g.Scrape(t)
		if now.Sum(t, "gatehouse_cache_entries", nil)+now.Sum(t, "gatehouse_flights", nil) > 0 {
			return false
		}
		before := last
		last = measure(t, g)
		return last.Goroutines == before.Goroutines && last.Descriptors == before.Descriptors
	}), "it does not come to rest: %+v", last)
	return last
}

// flat waits until the process is back to what it was before, and measures. It
// fails where it does not come back.
func flat(t *testing.T, g *gatehouse.Process, before vitals) vitals {
	t.Helper()
	after := quiet(t, g)
	assert.True(t, await(func() bool {
		after = measure(t, g)
		return after.Goroutines <= before.Goroutines+moreGoroutines &&
			after.Descriptors <= before.Descriptors+moreDescriptors &&
			after.Heap <= before.Heap+moreHeap
	}), "it has grown from %+v to %+v", before, after)
	return after
}

// watch keeps the most memory that the process was seen with, and sees that what
// it counts never goes back.
type watch struct {
	peak, requests float64
}

func (w *watch) look(t *testing.T, g *gatehouse.Process) {
	t.Helper()
	now := g.Scrape(t)
	w.peak = max(w.peak, now.Sum(t, "process_resident_memory_bytes", nil))
	requests := now.Sum(t, "gatehouse_requests_total", nil)
	assert.GreaterOrEqual(t, requests, w.requests, "gatehouse_requests_total has gone back")
	w.requests = requests
}

// follow looks until an attack is over.
func (w *watch) follow(t *testing.T, g *gatehouse.Process, a *attack) {
	t.Helper()
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-a.done:
			return
		case <-tick.C:
			w.look(t, g)
		}
	}
}
