package memo

import (
	"sync/atomic"
	"time"
)

// Flight is one upstream call in progress, for which any number of identical
// calls may wait.
type Flight[V any] struct {
	done    chan struct{}
	value   V // written before done is closed
	key     Key
	episode Episode
	name    Key // another name of the call, and what comes with it; none is the zero Key
	note    uint8
	mark    atomic.Value
	purged  atomic.Bool // what it brings is not remembered, what it would replace is not used

	// Under the Memo's lock:
	began   time.Time // of the budget
	waiters int       // calls that wait beside the one that started it
	alone   bool      // the one that started it waits no longer
}

// Done is closed when the flight has landed.
func (f *Flight[V]) Done() <-chan struct{} { return f.done }

// Value is what the flight brought; only after Done.
func (f *Flight[V]) Value() V { return f.value }

// Episode names the flight for the upstream.
func (f *Flight[V]) Episode() Episode { return f.episode }

// Name is Memo.Name for what the flight brings. Who has started it may call it once,
// before it can land.
func (f *Flight[V]) Name(name Key, note uint8) { f.name, f.note = name, note }

// Mark puts something on the flight that those who wait for it can see, such as
// its trace.
func (f *Flight[V]) Mark(mark any) { f.mark.Store(mark) }

// Marked is what Mark has put there, or nil.
func (f *Flight[V]) Marked() any { return f.mark.Load() }

// heard tells whether somebody waits for what the flight brings.
func (f *Flight[V]) heard() bool { return !f.alone || f.waiters > 0 }
