package memo

import (
	"container/heap"
	"sync"
	"time"
)

// shard is a part of a Memory, with a lock and bounds of its own.
//
// The collector marks what pointers lead to, so a million entries with a few each
// are felt in every call's time. Here an entry is a slot in one array without a
// pointer, and its value is one of many in a chunk.
type shard struct {
	onEvict  func(Cause)
	names    *names // shared by all shards
	capacity Capacity
	began    time.Time // what the times in slots count from

	mu      sync.Mutex
	index   map[Key]int32 // to slots
	slots   []slot
	values  values // of the slots
	unused  int32  // the first free slot; others by next
	lru     list
	queue   []int32 // slots, a heap: what ends first is its head
	bytes   int64
	sweeper *time.Timer
	closed  bool
}

// slot is an entry less its value.
type slot struct {
	key, name    Key           // the zero name is none
	fresh, until time.Duration // since began
	newer, older int32         // neighbours in the order of use
	queued       int32         // its place in the queue
	size, at     int32         // of its value, and where that is
}

// list is the order of use.
type list struct{ newest, oldest int32 }

// none is no slot.
const none int32 = -1

func newShard(capacity Capacity, names *names, onEvict func(Cause)) *shard {
	s := &shard{onEvict: onEvict, names: names, capacity: capacity, began: time.Now()}
	s.clear()
	return s
}

// clear gives all memory back.
func (s *shard) clear() {
	for _, n := range s.index {
		s.unname(n)
	}
	s.values.removeAll()
	s.index, s.slots, s.queue, s.bytes = make(map[Key]int32), nil, nil, 0
	s.unused, s.lru = none, list{none, none}
}

func (s *shard) find(key Key) (Record, bool) {
	now := time.Since(s.began) // before the lock, for which others wait
	s.mu.Lock()
	defer s.mu.Unlock()
	n, found := s.index[key]
	if !found {
		return Record{}, false
	}
	e := &s.slots[n]
	if now >= e.until {
		s.forget(n, CauseExpired)
		return Record{}, false
	}
	if n != s.lru.newest {
		s.unlink(n)
		s.link(n)
	}
	return Record{Value: s.values.of(int(e.size), e.at), Fresh: s.began.Add(e.fresh), Until: s.began.Add(e.until)}, true
}

func (s *shard) keep(key Key, r Record) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	if n, found := s.index[key]; found {
		s.remove(n)
	}
	if weight(len(r.Value)) > s.capacity.Bytes { // it would only drive out all others first
		s.onEvict(CauseCapacity)
		return
	}
	n := s.room()
	s.slots[n] = slot{
		key: key, name: r.Name, fresh: r.Fresh.Sub(s.began), until: r.Until.Sub(s.began),
		size: int32(len(r.Value)), at: s.values.add(r.Value, n), //nolint:gosec // bounded by max_response
	}
	s.bytes += weight(len(r.Value))
	s.index[key] = n
	if r.Name != (Key{}) {
		s.names.keep(r.Name, named{key, r.Note})
	}
	s.link(n)
	heap.Push((*queue)(s), n)
	for len(s.index) > s.capacity.Entries || s.bytes > s.capacity.Bytes {
		s.forget(s.lru.oldest, CauseCapacity)
	}
	if len(s.queue) > 0 && s.queue[0] == n { // else the sweeper comes in time
		s.sweepIn(time.Until(r.Until))
	}
}

func weight(size int) int64 { return int64(blockSize(classOf(size))) + EntryOverhead }

// room finds a free slot or makes one.
func (s *shard) room() int32 {
	if n := s.unused; n != none {
		s.unused = s.slots[n].newer
		return n
	}
	s.slots = append(s.slots, slot{})
	return int32(len(s.slots) - 1) //nolint:gosec // flights and numbers bound entries far below
}

func (s *shard) forget(n int32, cause Cause) {
	s.remove(n)
	s.onEvict(cause)
}

func (s *shard) remove(n int32) {
	e := s.slots[n]
	heap.Remove((*queue)(s), int(e.queued))
	s.unlink(n)
	s.unname(n)
	s.bytes -= weight(int(e.size))
	if moved := s.values.remove(int(e.size), e.at); moved != none {
		s.slots[moved].at = e.at
	}
	delete(s.index, e.key)
	if len(s.index) == 0 {
		s.clear()
		return
	}
	s.slots[n] = slot{newer: s.unused}
	s.unused = n
}

// name gives the record of key another name, in place of the one it had.
func (s *shard) name(key, name Key, note uint8) {
	if name == (Key{}) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	n, found := s.index[key]
	if !found {
		return
	}
	s.unname(n)
	s.slots[n].name = name
	s.names.keep(name, named{key, note})
}

func (s *shard) unname(n int32) {
	if e := &s.slots[n]; e.name != (Key{}) {
		s.names.drop(e.name, e.key)
		e.name = Key{}
	}
}

// link makes a slot the one that was used last.
func (s *shard) link(n int32) {
	s.slots[n].newer, s.slots[n].older = none, s.lru.newest
	if s.lru.newest == none {
		s.lru.oldest = n
	} else {
		s.slots[s.lru.newest].newer = n
	}
	s.lru.newest = n
}

func (s *shard) unlink(n int32) {
	e := s.slots[n]
	if e.newer == none {
		s.lru.newest = e.older
	} else {
		s.slots[e.newer].older = e.older
	}
	if e.older == none {
		s.lru.oldest = e.newer
	} else {
		s.slots[e.older].newer = e.newer
	}
}

func (s *shard) drop(key Key) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n, found := s.index[key]; found {
		s.remove(n)
	}
}

func (s *shard) forgetPrefix(prefix string) (forgotten int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if prefix == "" {
		forgotten = len(s.index)
		s.clear()
		for range forgotten {
			s.onEvict(CausePurged)
		}
		return forgotten
	}
	for key, n := range s.index {
		if key.begins(prefix) {
			s.forget(n, CausePurged)
			forgotten++
		}
	}
	return forgotten
}

func (s *shard) size() (entries int, bytes int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.index), s.bytes
}

func (s *shard) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.clear()
	if s.sweeper != nil {
		s.sweeper.Stop()
	}
}
