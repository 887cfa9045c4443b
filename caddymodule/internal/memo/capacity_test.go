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
