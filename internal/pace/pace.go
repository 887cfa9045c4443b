// Package pace sets how often the binary collects garbage.
//
// Go collects when as much has been allocated as was live (GOGC=100). Beside a small
// memory that is some 10 MiB, or a thousand calls, and marking the same objects so
// often costs each of them a tenth (docs/performance.md). A fixed higher GOGC would
// let a large memory grow as many times over; a least headroom does not.
package pace

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

const (
	// Headroom is what may be allocated between two collections, at least, in bytes.
	// A hit by 16 clients costs 2 % more with half of it and 3 % less with twice as
	// much, measured. A process that has little to do never uses it: Go collects
	// every two minutes in any case.
	Headroom = 64 << 20
	// leastLive is what Go takes the live heap for where it is less: GOGC counts from
	// 4 MiB.
	leastLive = 4 << 20
)

// Collector lets Headroom be allocated before Go collects. Where more is live, Go's
// own rule holds. A GOGC in the environment is the operator's and is left as it is;
// so is the limit of memory, which Caddy takes from the cgroup, and which Go puts
// before both.
func Collector() {
	if os.Getenv("GOGC") == "" {
		adjust(100)
	}
}

// adjust sets GOGC by what is live, now and after each collection; percent is what
// holds.
func adjust(percent int) {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	wanted := percentOf(live[0].Value.Uint64())
	if wanted*10 > percent*11 || wanted*10 < percent*9 { // each change stops the world
		debug.SetGCPercent(wanted)
		percent = wanted
	}
	// What nobody holds is gone with the next collection.
	runtime.AddCleanup(new([2]*byte), adjust, percent)
}

// percentOf is the GOGC that gives Headroom beside so much that is live.
func percentOf(live uint64) int {
	return int(max(100, Headroom*100/max(live, leastLive))) //nolint:gosec // at most 1600
}
