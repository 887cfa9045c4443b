package memo

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

// A bubble ends only when its goroutines have; a timer that is due in it would
// run first. The clock moves an hour without one sweep.
func TestNothingRunsAfterClose(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		expired := 0
		s := newShard[string](Capacity{Entries: 100, Bytes: 1 << 20}, func(Cause) { expired++ })
		keepFor := func(n int, d time.Duration) {
			s.keep(keyOf(n), Record[string]{Fresh: time.Now().Add(d), Until: time.Now().Add(d)})
		}
		for i := range 10 {
			keepFor(i, time.Duration(i+1)*time.Second)
		}
		pass(1500 * time.Millisecond)
		s.close()
		assert.False(t, s.sweeper.Stop(), "the timer is stopped already")
		keepFor(1, time.Second)
		pass(time.Hour)
		assert.False(t, s.sweeper.Stop(), "and nothing starts it")
		assert.Equal(t, 1, expired)
	})
}

// The queue keeps places of what was evicted; it must not grow with the calls.
func TestTheQueueIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShard[string](Capacity{Entries: 10, Bytes: 1 << 20}, func(Cause) {})
		for i := range 10_000 {
			s.keep(keyOf(i), Record[string]{Until: time.Now().Add(time.Hour)})
			assert.LessOrEqual(t, len(s.expiry), 2*10+64)
		}
		pass(time.Hour)
		assert.Zero(t, s.entries.Len())
		assert.Empty(t, s.expiry)
		s.close()
	})
}

func keyOf(n int) Key { return keyer.Start().String(fmt.Sprint(n)).Sum() }

var keyer = NewKeyer()

// pass moves the clock of the bubble; no time passes outside it.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}
