package memo

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestCapacityInEntries(t *testing.T) {
	t.Parallel()
	m, evicted := newMemo(Limits{MaxEntries: 3, MaxBytes: 1 << 20, MaxFlights: 10, MaxWaiters: 1})
	for i := 1; i <= 3; i++ {
		store(t, m, i, "v", 1, time.Hour)
	}
	assert.Equal(t, 3, m.Stats().Entries)
	assert.Empty(t, evicted)
	assert.True(t, holds(m, 1)) // now 2 is the one that was used least recently
	store(t, m, 4, "v", 1, time.Hour)
	for n, want := range map[int]bool{1: true, 2: false, 3: true, 4: true} {
		assert.Equal(t, want, holds(m, n), "key %d", n)
	}
	assert.Equal(t, Stats{Entries: 3, Bytes: 3 * (1 + EntryOverhead)}, m.Stats())
	assert.Equal(t, evictions{CauseCapacity: 1}, evicted)
	m.Close()
}

func TestCapacityInBytes(t *testing.T) {
	t.Parallel()
	const each = 100 + EntryOverhead
	m, evicted := newMemo(Limits{MaxEntries: 100, MaxBytes: 3 * each, MaxFlights: 10, MaxWaiters: 1})
	for i := 1; i <= 3; i++ {
		store(t, m, i, "v", 100, time.Hour)
	}
	assert.Equal(t, Stats{Entries: 3, Bytes: 3 * each}, m.Stats(), "exactly full is not too much")
	store(t, m, 4, "v", 101, time.Hour)
	assert.False(t, holds(m, 1))
	assert.False(t, holds(m, 2), "one byte more costs a second value")
	assert.True(t, holds(m, 3))
	assert.True(t, holds(m, 4))
	assert.Equal(t, Stats{Entries: 2, Bytes: 2*each + 1}, m.Stats())
	assert.Equal(t, evictions{CauseCapacity: 2}, evicted)

	store(t, m, 5, "v", 3*each, time.Hour)
	assert.LessOrEqual(t, m.Stats().Bytes, int64(3*each), "a value that is larger than all the room is not kept")
	assert.False(t, holds(m, 5))
	m.Close()
}

func TestResizeShrinksAndGrows(t *testing.T) {
	t.Parallel()
	const each = 1 + EntryOverhead
	m, evicted := newMemo(wide)
	for i := range 10 {
		store(t, m, i, "v", 1, time.Hour)
	}
	m.Resize(Limits{MaxEntries: 4, MaxBytes: 1 << 20, MaxFlights: 1, MaxWaiters: 1})
	assert.Equal(t, Stats{Entries: 4, Bytes: 4 * each}, m.Stats())
	for i := range 10 {
		assert.Equal(t, i >= 6, holds(m, i), "the latest stay: key %d", i)
	}
	m.Resize(Limits{MaxEntries: 4, MaxBytes: 2 * each, MaxFlights: 1, MaxWaiters: 1})
	assert.Equal(t, Stats{Entries: 2, Bytes: 2 * each}, m.Stats())
	assert.Equal(t, evictions{CauseCapacity: 8}, evicted)

	flying := m.Ask(keyOf(100), time.Now(), budget)
	assert.Nil(t, m.Ask(keyOf(101), time.Now(), budget).Flight, "the bound on flights changed too")
	m.Resize(wide)
	m.Land(flying.Flight, "v", 1, time.Hour)
	for i := 200; i < 297; i++ {
		store(t, m, i, "v", 1, time.Hour)
	}
	assert.Equal(t, Stats{Entries: 100, Bytes: 100 * each}, m.Stats(), "room for more again")
	m.Close()
	m.Resize(wide) // a configuration may end while another takes over
}
