package memo

import (
	"container/heap"
	"time"
)

// sweepIn makes sure that what ends first leaves memory then. It is a timer and no
// goroutine: while nothing is remembered, nothing runs.
func (s *shard) sweepIn(d time.Duration) {
	if s.sweeper == nil {
		s.sweeper = time.AfterFunc(d, s.sweep)
		return
	}
	s.sweeper.Reset(d)
}

// sweepPause lets many records that end one after another leave together.
const sweepPause = 100 * time.Millisecond

func (s *shard) sweep() {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Since(s.began)
	for len(s.queue) > 0 && s.slots[s.queue[0]].until <= now {
		s.forget(s.queue[0], CauseExpired)
	}
	if len(s.queue) > 0 && !s.closed {
		s.sweepIn(max(s.slots[s.queue[0]].until-now, sweepPause))
	}
}

// queue is a shard's slots in a heap by their end.
type queue shard

// Interface guard
var _ heap.Interface = (*queue)(nil)

func (q *queue) Len() int { return len(q.queue) }

func (q *queue) Less(i, j int) bool { return q.slots[q.queue[i]].until < q.slots[q.queue[j]].until }

func (q *queue) Swap(i, j int) {
	q.queue[i], q.queue[j] = q.queue[j], q.queue[i]
	q.slots[q.queue[i]].queued, q.slots[q.queue[j]].queued = int32(i), int32(j) //nolint:gosec // places of slots, see room
}

func (q *queue) Push(x any) {
	n := x.(int32)                          //nolint:forcetypeassert // keep is the only caller
	q.slots[n].queued = int32(len(q.queue)) //nolint:gosec // likewise
	q.queue = append(q.queue, n)
}

func (q *queue) Pop() any {
	last := len(q.queue) - 1
	n := q.queue[last]
	q.queue = q.queue[:last]
	return n
}
