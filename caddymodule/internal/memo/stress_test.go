package memo

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// Many calls for few keys, with all that can happen at once. The race detector
// is half of this test; the other half is that no key ever has two flights,
// nobody gets another key's value and every number ends at zero.
func TestManyCallsAtOnce(t *testing.T) {
	t.Parallel()
	var evicted atomic.Int64
	store := NewMemory(Capacity{Entries: 8, Bytes: 20 * EntryOverhead}, func(Cause) { evicted.Add(1) })
	m := New(Limits{Flights: 12, Waiters: 6}, store, text)
	const keys, workers, calls = 16, 8, 2000
	var flying [keys]atomic.Int32
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			random := rand.New(rand.NewPCG(1, uint64(w)))
			for range calls {
				n := random.IntN(keys)
				want := fmt.Sprint("value of ", n)
				seat := m.Ask(keyOf(n), time.Now(), time.Hour)
				switch {
				case seat.Hit:
					assert.Equal(t, want, seat.Value)
					m.Name(keyOf(n), nameOf(n), uint8(n))
				case seat.Leader && random.IntN(4) == 0:
					m.Fail(seat.Flight, want)
					m.Leave(seat)
				case seat.Leader:
					assert.Equal(t, int32(1), flying[n].Add(1), "flights for one key")
					seat.Flight.Name(nameOf(n), uint8(n))
					keep := time.Duration(random.IntN(3)) * time.Millisecond
					flying[n].Add(-1)
					m.Land(seat.Flight, want, Keeping{Fresh: keep})
					m.Leave(seat)
				case seat.Flight != nil:
					<-seat.Flight.Done()
					assert.Equal(t, want, seat.Flight.Value())
					m.Leave(seat)
				}
				if value, key, note, fresh := m.Recall(nameOf(n)); fresh {
					assert.Equal(t, want, value)
					assert.Equal(t, keyOf(n), key)
					assert.Equal(t, uint8(n), note)
				}
				if random.IntN(100) == 0 {
					m.Forget(keyOf(n).Prefix())
				}
				if random.IntN(500) == 0 {
					if s := m.Stats(); s.Entries > 8 || s.Bytes > 20*EntryOverhead || s.Bytes < 0 || s.Flights > 12 {
						t.Errorf("out of bounds: %+v", s)
					}
				}
			}
			m.Close() // the others go on
		})
	}
	all.Wait()
	assert.Zero(t, m.Stats().Flights)
	assert.Zero(t, m.Stats().Waiters)
	m.Close()
	assert.Equal(t, Stats{}, m.Stats())
}

func nameOf(n int) Key { return keyOf(-1 - n) }
