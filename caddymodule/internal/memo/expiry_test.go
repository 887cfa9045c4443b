package memo

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

// pass moves the clock of the bubble; no time passes outside it.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func TestEachValueHasItsOwnTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m, evicted := newMemo(wide)
		store(t, m, 1, "long", 1, time.Hour)
		store(t, m, 2, "short", 1, time.Second)
		store(t, m, 3, "middle", 1, time.Minute)
		pass(time.Second - 1)
		assert.True(t, holds(m, 2))
		pass(1)
		assert.False(t, holds(m, 2), "gone at the very moment")
		assert.True(t, holds(m, 3))
		pass(time.Minute)
		assert.False(t, holds(m, 3))
		assert.True(t, holds(m, 1))
		assert.Equal(t, evictions{CauseExpired: 2}, evicted)
		m.Close()
	})
}

func TestAHitDoesNotProlong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m, _ := newMemo(wide)
		store(t, m, 1, "v", 1, time.Second)
		for range 3 {
			pass(300 * time.Millisecond)
			assert.True(t, holds(m, 1))
		}
		pass(100 * time.Millisecond)
		assert.False(t, holds(m, 1))
		m.Close()
	})
}

// Claims leave memory in time even if nobody asks for them again. Values that
// end one shortly after another may leave together, sweepPause late.
func TestUnaskedValuesLeaveMemory(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m, evicted := newMemo(wide)
		for i := range 50 {
			store(t, m, i, "v", 100, time.Duration(50-i)*10*time.Millisecond) // the last to come is the first to go
		}
		assert.Equal(t, 50, m.Stats().Entries)
		for at := 10 * time.Millisecond; at <= 500*time.Millisecond; at += 10 * time.Millisecond {
			pass(10 * time.Millisecond)
			overdue := int((at - sweepPause) / (10 * time.Millisecond))
			assert.LessOrEqual(t, m.Stats().Entries, 50-max(overdue, 0), "after %v", at)
		}
		pass(sweepPause)
		assert.Equal(t, Stats{}, m.Stats())
		assert.Equal(t, evictions{CauseExpired: 50}, evicted)
		m.Close()
	})
}

func TestTheSweeperStartsAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m, _ := newMemo(wide)
		for round := range 3 {
			store(t, m, 1, "v", 1, time.Minute)
			store(t, m, 2, "v", 1, time.Second)
			pass(time.Second + sweepPause)
			assert.Equal(t, 1, m.Stats().Entries, "round %d", round)
			pass(time.Minute)
			assert.Zero(t, m.Stats().Entries, "round %d", round)
		}
		m.Close()
	})
}

// A bubble ends only when its goroutines have; a timer that is due in it would
// run first. The clock moves an hour without one sweep.
func TestNothingRunsAfterClose(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m, evicted := newMemo(wide)
		for i := range 10 {
			store(t, m, i, "v", 1, time.Duration(i+1)*time.Second)
		}
		pass(1500 * time.Millisecond)
		m.Close()
		assert.False(t, m.sweeper.Stop(), "the timer is stopped already")
		store(t, m, 1, "v", 1, time.Second)
		pass(time.Hour)
		assert.False(t, m.sweeper.Stop(), "and nothing starts it")
		assert.Equal(t, Stats{}, m.Stats())
		assert.Equal(t, evictions{CauseExpired: 1}, evicted)
	})
}

func queued(m *Memo[string]) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.expiry)
}

// The queue keeps places of what was evicted; it must not grow with the calls.
func TestTheQueueIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m, _ := newMemo(Limits{MaxEntries: 10, MaxBytes: 1 << 20, MaxFlights: 10, MaxWaiters: 1})
		for i := range 10_000 {
			store(t, m, i, "v", 1, time.Hour)
			assert.LessOrEqual(t, queued(m), 2*10+64)
		}
		pass(time.Hour)
		assert.Equal(t, Stats{}, m.Stats())
		assert.Zero(t, queued(m))
		m.Close()
	})
}
