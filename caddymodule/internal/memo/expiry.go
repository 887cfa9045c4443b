package memo

import (
	"container/heap"
	"time"
)

// expiryQueue has what expires first at its head.
type expiryQueue []expiring

type expiring struct {
	key  Key
	when time.Time
}

// push adds a key and reports whether it is the first to expire.
func (q *expiryQueue) push(key Key, when time.Time) (first bool) {
	heap.Push((*expiryHeap)(q), expiring{key, when})
	return (*q)[0].when.Equal(when)
}

func (q *expiryQueue) pop() (Key, time.Time) {
	e, _ := heap.Pop((*expiryHeap)(q)).(expiring)
	return e.key, e.when
}

func (q *expiryQueue) keepIf(keep func(Key, time.Time) bool) {
	kept := (*q)[:0]
	for _, e := range *q {
		if keep(e.key, e.when) {
			kept = append(kept, e)
		}
	}
	*q = kept
	heap.Init((*expiryHeap)(q))
}

type expiryHeap expiryQueue

func (h expiryHeap) Len() int           { return len(h) }
func (h expiryHeap) Less(i, j int) bool { return h[i].when.Before(h[j].when) }
func (h expiryHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *expiryHeap) Push(x any)        { *h = append(*h, x.(expiring)) } //nolint:forcetypeassert // push is the only caller
func (h *expiryHeap) Pop() any {
	last := len(*h) - 1
	e := (*h)[last]
	*h = (*h)[:last]
	return e
}
