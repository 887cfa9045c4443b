package memo

import (
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// shard is a part of a Memory, with a lock and bounds of its own.
type shard[V any] struct {
	onEvict  func(Cause)
	capacity Capacity

	mu      sync.Mutex
	entries *simplelru.LRU[Key, Record[V]]
	bytes   int64
	expiry  expiryQueue
	sweeper *time.Timer
	closed  bool
}

func newShard[V any](capacity Capacity, onEvict func(Cause)) *shard[V] {
	s := &shard[V]{onEvict: onEvict, capacity: capacity}
	// Only a size below 1 is an error. The shard evicts by itself, since it bounds
	// bytes too; the LRU's own bound is never reached.
	s.entries, _ = simplelru.NewLRU[Key, Record[V]](max(capacity.Entries, 1)+1, nil)
	return s
}

func (s *shard[V]) find(key Key) (Record[V], bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, found := s.entries.Get(key)
	if !found {
		return r, false
	}
	if !time.Now().Before(r.Until) {
		s.forget(key, CauseExpired)
		return Record[V]{}, false
	}
	return r, true
}

func (s *shard[V]) keep(key Key, r Record[V]) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.remove(key)
	if s.weight(r) > s.capacity.Bytes { // it would only drive out all others first
		s.onEvict(CauseCapacity)
		return
	}
	s.entries.Add(key, r)
	s.bytes += s.weight(r)
	s.shrink()
	if s.expiry.push(key, r.Until) {
		s.sweepAt(r.Until)
	}
	// Records that were evicted or replaced leave their place in the queue.
	if len(s.expiry) > 2*s.entries.Len()+64 {
		s.expiry.keepIf(func(k Key, until time.Time) bool {
			current, found := s.entries.Peek(k)
			return found && current.Until.Equal(until)
		})
	}
}

func (s *shard[V]) weight(r Record[V]) int64 { return r.Size + EntryOverhead }

// shrink evicts the least recently used until the bounds hold.
func (s *shard[V]) shrink() {
	for s.entries.Len() > s.capacity.Entries || s.bytes > s.capacity.Bytes {
		key, _, found := s.entries.GetOldest()
		if !found {
			return
		}
		s.forget(key, CauseCapacity)
	}
}

func (s *shard[V]) forget(key Key, cause Cause) {
	if s.remove(key) {
		s.onEvict(cause)
	}
}

func (s *shard[V]) remove(key Key) bool {
	r, found := s.entries.Peek(key)
	if found {
		s.bytes -= s.weight(r)
		s.entries.Remove(key)
	}
	return found
}

func (s *shard[V]) drop(key Key) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.remove(key)
}

func (s *shard[V]) forgetPrefix(prefix string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, key := range s.entries.Keys() {
		if strings.HasPrefix(key.String(), prefix) {
			s.forget(key, CausePurged)
			n++
		}
	}
	return n
}

func (s *shard[V]) size() (entries int, bytes int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.entries.Len(), s.bytes
}

func (s *shard[V]) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.entries.Purge()
	s.bytes = 0
	s.expiry = nil
	if s.sweeper != nil {
		s.sweeper.Stop()
	}
}

// sweepAt makes sure that what expires first leaves memory then. It is a timer
// and no goroutine: while nothing is remembered, nothing runs.
func (s *shard[V]) sweepAt(when time.Time) {
	if s.sweeper == nil {
		s.sweeper = time.AfterFunc(time.Until(when), s.sweep)
		return
	}
	s.sweeper.Reset(time.Until(when))
}

// sweepPause lets many records that expire one after another leave together.
const sweepPause = 100 * time.Millisecond

func (s *shard[V]) sweep() {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	for len(s.expiry) > 0 && !now.Before(s.expiry[0].when) {
		key, when := s.expiry.pop()
		if r, found := s.entries.Peek(key); found && r.Until.Equal(when) {
			s.forget(key, CauseExpired)
		}
	}
	if len(s.expiry) > 0 && !s.closed {
		next := s.expiry[0].when
		if soonest := now.Add(sweepPause); next.Before(soonest) {
			next = soonest
		}
		s.sweepAt(next)
	}
}
