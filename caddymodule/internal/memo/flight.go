package memo

import "time"

// Flight is one upstream call in progress, for which any number of identical
// calls may wait.
type Flight[V any] struct {
	done    chan struct{}
	value   V // written before done is closed
	key     Key
	began   time.Time // of the budget; under the Memo's lock
	waiters int       // under the Memo's lock
}

// Done is closed when the flight has landed.
func (f *Flight[V]) Done() <-chan struct{} { return f.done }

// Value is what the flight brought; only after Done.
func (f *Flight[V]) Value() V { return f.value }
