package memo

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// Limits bound the flights of a Memo.
type Limits struct {
	Flights int // at once
	Waiters int // calls that wait for one flight
}

// Codec turns values into what a store keeps, and back.
type Codec[V any] struct {
	Encode func(V) []byte
	Decode func([]byte) V // of what Encode has made
}

// Memo remembers values of type V and coalesces the flights that make them.
type Memo[V any] struct {
	store Store
	codec Codec[V]

	changes atomic.Uint64 // landings and purges, so far

	mu       sync.Mutex
	limits   Limits
	flights  map[Key]*Flight[V]
	waiters  int
	episodes episodes
}

// New returns a Memo that remembers in store, which it closes.
func New[V any](limits Limits, store Store, codec Codec[V]) *Memo[V] {
	return &Memo[V]{store: store, codec: codec, limits: limits, flights: make(map[Key]*Flight[V])}
}

// SetLimits changes the limits for what comes from now on.
func (m *Memo[V]) SetLimits(limits Limits) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.limits = limits
}

// Seat is the answer to Ask: a value, a place in a flight, or neither when there
// are too many flights or waiters. Who has a place in a flight gives it back by
// Leave.
type Seat[V any] struct {
	Value    V
	Hit      bool       // Value is a remembered one
	Flight   *Flight[V] // else: what to wait for
	Leader   bool       // the caller has to make the flight land
	Deadline time.Time  // until when the call may wait

	stale  Record // where there is no hit
	decode func([]byte) V
}

// Stale returns the remembered value that is past its time, where it still may
// stand in for a fault. What was forgotten while the call waited no longer may.
func (s Seat[V]) Stale() (value V, found bool) {
	if !time.Now().Before(s.stale.Until) || s.Flight != nil && s.Flight.purged.Load() {
		return value, false
	}
	return s.decode(s.stale.Value), true
}

// Ask looks for key, and joins or starts a flight where it is not remembered.
// budget is the time in which the call must be answered, counted from the arrival
// of the call that started the flight: the provider's retry joins its first
// attempt's flight and has to be answered with it. Whoever arrives when the budget
// is over is a new try of the person, and has a budget anew, as have all who join
// after it.
func (m *Memo[V]) Ask(key Key, arrived time.Time, budget time.Duration) Seat[V] {
	changes := m.changes.Load()
	seat, hit := m.recall(key)
	if hit {
		return seat
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.changes.Load() != changes { // perhaps of this key
		if seat, hit = m.recall(key); hit {
			return seat
		}
	}
	f, flying := m.flights[key]
	switch {
	case !flying && len(m.flights) >= m.limits.Flights:
		return seat
	case !flying:
		f = &Flight[V]{done: make(chan struct{}), key: key, began: arrived, episode: m.episodes.of(key, arrived, budget)}
		m.flights[key] = f
		seat.Flight, seat.Leader, seat.Deadline = f, true, arrived.Add(budget)
		return seat
	case f.waiters >= m.limits.Waiters:
		return seat
	}
	f.waiters++
	m.waiters++
	if time.Since(f.began) >= budget {
		f.began = arrived
	}
	first := f.began
	if arrived.Before(first) { // its body came slowly
		first = arrived
	}
	seat.Flight, seat.Deadline = f, first.Add(budget)
	return seat
}

// Name lets Recall find what is remembered of key by another name of the call,
// and gives it a note. A key has one such name, the latest.
func (m *Memo[V]) Name(key, name Key, note uint8) { m.store.Name(key, name, note) }

// Recall returns the value that is remembered under the name, if it answers calls,
// with its key and the note.
func (m *Memo[V]) Recall(name Key) (value V, key Key, note uint8, fresh bool) {
	key, note, found := m.store.Named(name)
	if !found {
		return value, key, note, false
	}
	seat, hit := m.recall(key)
	return seat.Value, key, note, hit
}

// recall is a seat with what is remembered of key.
func (m *Memo[V]) recall(key Key) (seat Seat[V], hit bool) {
	r, found := m.store.Find(key)
	switch {
	case !found:
		return seat, false
	case time.Now().Before(r.Fresh):
		return Seat[V]{Value: m.codec.Decode(r.Value), Hit: true}, true
	default:
		return Seat[V]{stale: r, decode: m.codec.Decode}, false
	}
}

// Leave says that a call no longer waits for the flight of its seat, and reports
// whether that has landed. What has landed was for this call too, and Land counted
// on its taking it: a value that is not remembered further is lost otherwise.
func (m *Memo[V]) Leave(s Seat[V]) (hasLanded bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if s.Leader {
		s.Flight.alone = true
	} else {
		s.Flight.waiters--
		m.waiters--
	}
	select {
	case <-s.Flight.done:
		return true
	default:
		return false
	}
}

// Keeping says how long a value is remembered.
type Keeping struct {
	Fresh time.Duration // it answers calls
	Stale time.Duration // after that it stands in for a fault
	// Unheard is for a value for which nobody waits any more when it comes: it is
	// fresh at least so long, for the retry of those who hung up.
	Unheard time.Duration
}

// Land gives the value to all who wait and remembers it, in place of what was
// remembered for its key.
func (m *Memo[V]) Land(f *Flight[V], value V, keeping Keeping) {
	record := m.codec.Encode(value) // a large one takes its time
	m.mu.Lock()
	defer m.mu.Unlock()
	fresh := keeping.Fresh
	if !f.heard() {
		fresh = max(fresh, keeping.Unheard)
	}
	if f.purged.Load() || fresh <= 0 {
		m.store.Drop(f.key)
	} else {
		now := time.Now()
		m.store.Keep(f.key, Record{
			Value: record, Name: f.name, Note: f.note,
			Fresh: now.Add(fresh), Until: now.Add(fresh + keeping.Stale),
		})
	}
	m.end(f, value)
}

// Fail gives the value to all who wait. What was remembered for its key stays.
func (m *Memo[V]) Fail(f *Flight[V], value V) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.end(f, value)
}

func (m *Memo[V]) end(f *Flight[V], value V) {
	f.value = value
	m.changes.Add(1)
	delete(m.flights, f.key)
	close(f.done)
}

// Forget forgets all keys whose text begins with prefix, and returns how many
// there were. What flights for them bring is not remembered either. Who asks for such
// a key still joins its flight, as there is never a second one.
func (m *Memo[V]) Forget(prefix string) int {
	m.disown(prefix)
	// A large store takes its time, and calls go on meanwhile. Flights that they have
	// begun may hold what was still there.
	defer m.disown(prefix)
	return m.store.Forget(prefix)
}

// disown lets the flights in the air bring nothing that is remembered and fall back on
// nothing stale. Who has found something just before looks again.
func (m *Memo[V]) disown(prefix string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.changes.Add(1)
	for key, f := range m.flights {
		if key.begins(prefix) {
			f.purged.Store(true)
		}
	}
	for key := range m.episodes.byKey { // a validator that has been mended is asked, not reminded
		if key.begins(prefix) {
			delete(m.episodes.byKey, key)
		}
	}
}

// Drain waits until no flight is in the air or ctx ends, and reports whether none
// is left.
func (m *Memo[V]) Drain(ctx context.Context) bool {
	for {
		f := m.anyFlight()
		if f == nil {
			return true
		}
		select {
		case <-f.done:
		case <-ctx.Done():
			return false
		}
	}
}

func (m *Memo[V]) anyFlight() *Flight[V] {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, f := range m.flights {
		return f
	}
	return nil
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
	entries, bytes := m.store.Size()
	m.mu.Lock()
	defer m.mu.Unlock()
	return Stats{entries, bytes, len(m.flights), m.waiters}
}

// Close forgets everything and remembers nothing from now on.
func (m *Memo[V]) Close() { m.store.Close() }
