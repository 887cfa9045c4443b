package memo

import (
	"encoding/binary"
	"math/bits"
)

// Capacity bounds a Memory.
type Capacity struct {
	Entries int   // records; at least 1
	Bytes   int64 // what they and their bookkeeping take; at least one record's worth
	Largest int64 // the most that a value has, in bytes
}

// EntryOverhead is what an entry takes beside its value, in bytes: a slot of 72, a
// place in the queue and one beside the value of 4 each, 20 in the index and 33 for its
// name, and what slices and maps have in reserve, which is half of it where they have
// just grown. It counts for Capacity.Bytes, as does what is left of the value's block.
const EntryOverhead = 250

// Memory is a Store in this process. It is cut into shards with a lock each: of 16
// callers on two cores a look-up takes each 165 to 190 ns, and more cores wait for one
// lock longer (BenchmarkFind). A million verdicts of 150 bytes take 378 bytes each with
// their names, and one forced collection beside them 5 ms (BenchmarkCollection). The
// least recently used of a shard gives way to a new record, so that a full Memory holds
// a few percent less than its Capacity.
type Memory struct {
	shards []*shard // a power of two
	names  names
}

// The bounds of sharding: as far as capacity goes, each shard has room for the largest
// value several times over.
const (
	maxShards       = 16
	minShardEntries = 1024
	minShardBytes   = 2 << 20
	minShardValues  = 8
)

// NewMemory returns an empty Memory. onEvict is told of each record that is
// forgotten; it is called with a lock held and must not call back.
func NewMemory(capacity Capacity, onEvict func(Cause)) *Memory {
	leastBytes := max(minShardBytes, minShardValues*capacity.Largest)
	most := min(maxShards, int64(capacity.Entries/minShardEntries), capacity.Bytes/leastBytes)
	n := 1 << (bits.Len64(uint64(max(most, 1))) - 1)
	m := &Memory{shards: make([]*shard, n)}
	for i := range m.shards {
		m.shards[i] = newShard(Capacity{Entries: capacity.Entries / n, Bytes: capacity.Bytes / int64(n)}, &m.names, onEvict)
	}
	return m
}

// shardOf takes the last bytes of a key: the first are those by which Forget
// chooses. All are equally random.
func (m *Memory) shardOf(key Key) *shard {
	return m.shards[int(binary.LittleEndian.Uint16(key[len(key)-2:]))&(len(m.shards)-1)]
}

// Find implements Store.
func (m *Memory) Find(key Key) (Record, bool) { return m.shardOf(key).find(key) }

// Keep implements Store.
func (m *Memory) Keep(key Key, r Record) { m.shardOf(key).keep(key, r) }

// Drop implements Store.
func (m *Memory) Drop(key Key) { m.shardOf(key).drop(key) }

// Name implements Store.
func (m *Memory) Name(key, name Key, note uint8) { m.shardOf(key).name(key, name, note) }

// Named implements Store.
func (m *Memory) Named(name Key) (key Key, note uint8, found bool) {
	known, found := m.names.find(name)
	return known.key, known.note, found
}

// Forget implements Store.
func (m *Memory) Forget(prefix string) (n int) {
	for _, s := range m.shards {
		n += s.forgetPrefix(prefix)
	}
	return n
}

// Size implements Store.
func (m *Memory) Size() (entries int, bytes int64) {
	for _, s := range m.shards {
		e, b := s.size()
		entries, bytes = entries+e, bytes+b
	}
	return entries, bytes
}

// Close implements Store.
func (m *Memory) Close() {
	for _, s := range m.shards {
		s.close()
	}
}

// Interface guard
var _ Store = (*Memory)(nil)
