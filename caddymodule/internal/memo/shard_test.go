package memo

import (
	"bytes"
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
		s := newShard(Capacity{Entries: 100, Bytes: 1 << 20}, new(names), func(Cause) { expired++ })
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
	s := newShard(Capacity{Entries: 20, Bytes: 1 << 20}, new(names), func(Cause) {})
	random := rand.New(rand.NewPCG(1, 2))
	for range 10_000 {
		n := random.IntN(40)
		switch random.IntN(8) {
		case 0:
			s.drop(keyOf(n))
		case 1:
			if r, found := s.find(keyOf(n)); found {
				require.Equal(t, valueOf(n), r.Value)
			}
		case 2:
			if random.IntN(50) == 0 {
				s.forgetPrefix("")
			}
		case 3, 4: // sometimes the name of another
			s.name(keyOf(n), keyOf(-random.IntN(40)), uint8(n))
		default:
			until := time.Now().Add(time.Duration(random.IntN(1000)) * time.Second)
			s.keep(keyOf(n), Record{Value: valueOf(n), Until: until})
		}
		requireSound(t, s)
	}
	s.close()
}

// A purge of everything and the end of the store forget as one record's end does.
func TestWhatIsForgottenAtOnceIsOverwritten(t *testing.T) {
	t.Parallel()
	for name, forget := range map[string]func(*shard){
		"purge": func(s *shard) { s.forgetPrefix("") },
		"close": (*shard).close,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShard(Capacity{Entries: 1000, Bytes: 1 << 30}, new(names), func(Cause) {})
			for n := range 100 { // values of several sizes, each in several chunks
				value := bytes.Repeat([]byte{1}, []int{1000, 3000, 9000}[n%3])
				s.keep(keyOf(n), Record{Value: value, Until: time.Now().Add(time.Hour)})
			}
			var chunks [][]byte
			for _, stack := range s.values.stacks {
				chunks = append(chunks, stack.chunks...)
			}
			require.Greater(t, len(chunks), 33+2*2)
			for _, chunk := range chunks {
				require.Contains(t, string(chunk), "\x01")
			}
			forget(s)
			for _, chunk := range chunks {
				require.Equal(t, make([]byte, len(chunk)), chunk)
			}
		})
	}
}

func requireSound(t *testing.T, s *shard) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	require.Len(t, s.queue, len(s.index))
	var weights int64
	named := 0
	for key, n := range s.index {
		require.Equal(t, key, s.slots[n].key)
		require.Equal(t, n, s.queue[s.slots[n].queued])
		weights += weight(int(s.slots[n].size))
		if known, found := s.names.find(s.slots[n].name); found && known.key == key {
			named++
		}
	}
	require.Equal(t, weights, s.bytes)
	for i := range s.names.shards {
		named -= len(s.names.shards[i].keys)
	}
	require.Zero(t, named, "names of nothing")
	stacked := 0
	for class, stack := range s.values.stacks {
		for at, owner := range stack.owners {
			require.Equal(t, class, classOf(int(s.slots[owner].size)))
			require.EqualValues(t, at, s.slots[owner].at)
			stacked++
		}
	}
	require.Len(t, s.index, stacked)
	used := 0
	for n, newer := s.lru.newest, none; n != none; n, newer = s.slots[n].older, n {
		require.Equal(t, newer, s.slots[n].newer)
		require.Equal(t, n, s.index[s.slots[n].key])
		used++
	}
	require.Len(t, s.index, used)
	free := 0
	for n := s.unused; n != none; n = s.slots[n].newer {
		require.Equal(t, slot{newer: s.slots[n].newer}, s.slots[n], "what is not used holds nothing")
		free++
	}
	require.Len(t, s.slots, used+free)
	require.LessOrEqual(t, len(s.slots), s.capacity.Entries+1, "slots are used again")
}

// valueOf is another for each key, of sizes in many classes.
func valueOf(n int) []byte { return bytes.Repeat([]byte{byte(n + 1)}, n*n) }

func keyOf(n int) Key { return keyer.Start().String(fmt.Sprint(n)).Sum() }

var keyer = NewKeyer()

// pass moves the clock of the bubble; no time passes outside it.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}
