package memo

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A bubble ends only when its goroutines have; a timer that is due in it would
// run first. The clock moves an hour without one sweep.
func TestNothingRunsAfterClose(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		expired := 0
		s := newShard(Capacity{Entries: 100, Bytes: 1 << 20}, func(Cause) { expired++ })
		keepFor := func(n int, d time.Duration) {
			s.keep(keyOf(n), Record{Fresh: time.Now().Add(d), Until: time.Now().Add(d)})
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

// What the parts of a shard say of one another holds after any order of calls.
func TestPartsOfAShardAgree(t *testing.T) {
	t.Parallel()
	s := newShard(Capacity{Entries: 20, Bytes: 1 << 20}, func(Cause) {})
	random := rand.New(rand.NewPCG(1, 2))
	for range 10_000 {
		n := random.IntN(40)
		switch random.IntN(6) {
		case 0:
			s.drop(keyOf(n))
		case 1:
			s.find(keyOf(n))
		case 2:
			if random.IntN(50) == 0 {
				s.forgetPrefix("")
			}
		default:
			until := time.Now().Add(time.Duration(random.IntN(1000)) * time.Second)
			s.keep(keyOf(n), Record{Value: make([]byte, random.IntN(100)), Until: until})
		}
		requireSound(t, s)
	}
	s.close()
}

func requireSound(t *testing.T, s *shard) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	require.Len(t, s.queue, len(s.index))
	require.Len(t, s.values, len(s.slots))
	var bytes int64
	for key, n := range s.index {
		require.Equal(t, key, s.slots[n].key)
		require.Equal(t, n, s.queue[s.slots[n].queued])
		bytes += weight(s.values[n])
	}
	require.Equal(t, bytes, s.bytes)
	used := 0
	for n, newer := s.lru.newest, none; n != none; n, newer = s.slots[n].older, n {
		require.Equal(t, newer, s.slots[n].newer)
		require.Equal(t, n, s.index[s.slots[n].key])
		used++
	}
	require.Len(t, s.index, used)
	free := 0
	for n := s.unused; n != none; n = s.slots[n].newer {
		require.Nil(t, s.values[n], "what is not used holds nothing")
		free++
	}
	require.Len(t, s.slots, used+free)
	require.LessOrEqual(t, len(s.slots), s.capacity.Entries+1, "slots are used again")
}

func keyOf(n int) Key { return keyer.Start().String(fmt.Sprint(n)).Sum() }

var keyer = NewKeyer()

// pass moves the clock of the bubble; no time passes outside it.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}
