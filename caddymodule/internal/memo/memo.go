package memo

import (
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// Limits bound a Memo.
type Limits struct {
	MaxEntries int   // remembered values; at least 1
	MaxBytes   int64 // what they and their bookkeeping take; at least one value's worth
	MaxFlights int   // flights at once
	MaxWaiters int   // calls that wait for one flight
}

// EntryOverhead is what an entry takes beside its value, in bytes: its key
// twice, map and list cells, expiry. An estimate that counts for MaxBytes.
const EntryOverhead = 256

// Cause is why a value was forgotten before anybody asked for it to be.
type Cause string

// The causes.
const (
	CauseExpired  Cause = "expired"
	CauseCapacity Cause = "capacity"
)

// Memo remembers values of type V and coalesces the flights that make them.
type Memo[V any] struct {
	onEvict func(Cause)

	limits Limits

	mu      sync.Mutex
	entries *simplelru.LRU[Key, entry[V]]
	bytes   int64
	waiters int
	flights map[Key]*Flight[V]
	expiry  expiryQueue
	sweeper *time.Timer
	closed  bool
}

type entry[V any] struct {
	value   V
	size    int64
	expires time.Time
}

// New returns an empty Memo. onEvict is told of each value that is forgotten; it
// is called with the Memo locked and must not call back.
func New[V any](limits Limits, onEvict func(Cause)) *Memo[V] {
	m := &Memo[V]{onEvict: onEvict, limits: limits, flights: make(map[Key]*Flight[V])}
	// Only a size below 1 is an error. The Memo evicts by itself, since it
	// bounds bytes too; the LRU's own bound is never reached.
	m.entries, _ = simplelru.NewLRU[Key, entry[V]](max(limits.MaxEntries, 1)+1, nil)
	return m
}

// Seat is the answer to Ask: a value, a place in a flight, or neither when there
// are too many flights or waiters.
type Seat[V any] struct {
	Value    V
	Hit      bool       // Value is a remembered one
	Flight   *Flight[V] // else: what to wait for
	Leader   bool       // the caller has to make the flight land
	Deadline time.Time  // until when the call may wait
}

// Ask looks for key, and joins or starts a flight where it is not remembered.
// budget is the time in which the call must be answered, counted from the arrival
// of the call that started the flight: the provider's retry joins its first
// attempt's flight and has to be answered with it. Whoever arrives when the budget
// is over is a new try of the person, and has a budget anew, as have all who join
// after it.
func (m *Memo[V]) Ask(key Key, arrived time.Time, budget time.Duration) Seat[V] {
	now := time.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	if e, found := m.entries.Get(key); found {
		if now.Before(e.expires) {
			return Seat[V]{Value: e.value, Hit: true}
		}
		m.forget(key, CauseExpired)
	}
	f, flying := m.flights[key]
	switch {
	case !flying && len(m.flights) >= m.limits.MaxFlights:
		return Seat[V]{}
	case !flying:
		f = &Flight[V]{done: make(chan struct{}), key: key, began: arrived}
		m.flights[key] = f
		return Seat[V]{Flight: f, Leader: true, Deadline: arrived.Add(budget)}
	case f.waiters >= m.limits.MaxWaiters:
		return Seat[V]{}
	}
	f.waiters++
	m.waiters++
	if now.Sub(f.began) >= budget {
		f.began = arrived
	}
	return Seat[V]{Flight: f, Deadline: f.began.Add(budget)}
}

// Leave says that a call no longer waits for the flight that it joined.
func (m *Memo[V]) Leave(f *Flight[V]) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f.waiters--
	m.waiters--
}

// Land gives the value to all who wait, and remembers it for the time keep; size
// is what the value takes in bytes. A keep of 0 remembers nothing.
func (m *Memo[V]) Land(f *Flight[V], value V, size int64, keep time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f.value = value
	delete(m.flights, f.key)
	if keep > 0 && !m.closed {
		m.remember(f.key, entry[V]{value, size + EntryOverhead, time.Now().Add(keep)})
	}
	close(f.done)
}

// Stats are the numbers to watch.
type Stats struct {
	Entries int
	Bytes   int64
	Flights int
	Waiters int // calls that wait for a flight that another call started
}

// Stats returns the numbers of this moment.
func (m *Memo[V]) Stats() Stats {
	m.mu.Lock()
	defer m.mu.Unlock()
	return Stats{m.entries.Len(), m.bytes, len(m.flights), m.waiters}
}

// Close forgets everything and remembers nothing from now on.
func (m *Memo[V]) Close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	m.entries.Purge()
	m.bytes = 0
	m.expiry = nil
	if m.sweeper != nil {
		m.sweeper.Stop()
	}
}

func (m *Memo[V]) remember(key Key, e entry[V]) {
	if e.size > m.limits.MaxBytes { // it would only drive out all others first
		m.onEvict(CauseCapacity)
		return
	}
	m.entries.Add(key, e)
	m.bytes += e.size
	m.shrink()
	if m.expiry.push(key, e.expires) {
		m.sweepAt(e.expires)
	}
	// Entries that were evicted or replaced leave their place in the queue.
	if len(m.expiry) > 2*m.entries.Len()+64 {
		m.expiry.keepIf(func(k Key, expires time.Time) bool {
			current, found := m.entries.Peek(k)
			return found && current.expires.Equal(expires)
		})
	}
}

// shrink evicts the least recently used until the limits hold.
func (m *Memo[V]) shrink() {
	for m.entries.Len() > m.limits.MaxEntries || m.bytes > m.limits.MaxBytes {
		key, _, found := m.entries.GetOldest()
		if !found {
			return
		}
		m.forget(key, CauseCapacity)
	}
}

func (m *Memo[V]) forget(key Key, cause Cause) {
	if e, found := m.entries.Peek(key); found {
		m.bytes -= e.size
		m.entries.Remove(key)
		m.onEvict(cause)
	}
}

// sweepAt makes sure that what expires first leaves memory then. It is a timer
// and no goroutine: while nothing is remembered, nothing runs.
func (m *Memo[V]) sweepAt(when time.Time) {
	if m.sweeper == nil {
		m.sweeper = time.AfterFunc(time.Until(when), m.sweep)
		return
	}
	m.sweeper.Reset(time.Until(when))
}

// sweepPause lets many values that expire one after another leave together.
const sweepPause = 100 * time.Millisecond

func (m *Memo[V]) sweep() {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	for len(m.expiry) > 0 && !now.Before(m.expiry[0].when) {
		key, when := m.expiry.pop()
		if e, found := m.entries.Peek(key); found && e.expires.Equal(when) {
			m.forget(key, CauseExpired)
		}
	}
	if len(m.expiry) > 0 && !m.closed {
		next := m.expiry[0].when
		if soonest := now.Add(sweepPause); next.Before(soonest) {
			next = soonest
		}
		m.sweepAt(next)
	}
}
