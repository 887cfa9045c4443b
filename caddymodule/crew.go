package caddymodule

import (
	"sync/atomic"
	"time"
)

// crew runs flights on goroutines that stay for the next one. On its way through
// reverse_proxy and net/http a new goroutine outgrows its stack several times, and
// all that is on it moves each time: a fourteenth of what a miss costs.
type crew struct {
	work chan func()
	free atomic.Int32  // goroutines that wait for work
	over chan struct{} // closed when nobody is to wait any more
}

// How many goroutines wait, at most, and for how long. A stack of theirs is 16 to 32 KiB.
const (
	crewSize     = 64
	crewPatience = 2 * time.Second
)

func newCrew() *crew { return &crew{work: make(chan func()), over: make(chan struct{})} }

// dismiss sends away who waits. Work can still be done.
func (c *crew) dismiss() { close(c.over) }

// run hands the work to a goroutine that waits, else to a new one.
func (c *crew) run(work func()) {
	select {
	case c.work <- work:
	default:
		go c.serve(work)
	}
}

func (c *crew) serve(work func()) {
	patience := time.NewTimer(crewPatience)
	defer patience.Stop()
	for work != nil {
		work()
		work = c.wait(patience)
	}
}

// wait returns the next work, or nil where there is none for long, or enough others
// wait already.
func (c *crew) wait(patience *time.Timer) (work func()) {
	defer c.free.Add(-1)
	if c.free.Add(1) > crewSize {
		return nil
	}
	patience.Reset(crewPatience)
	select {
	case work = <-c.work:
		return work
	case <-patience.C:
		return nil
	case <-c.over:
		return nil
	}
}
