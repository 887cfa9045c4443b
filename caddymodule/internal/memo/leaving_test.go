package memo

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

// A value that is not remembered is lost where Land counts on a call that gives up
// at that very moment: whoever leaves is told what it would miss.
func TestWhoLeavesIsToldOfWhatHasLanded(t *testing.T) {
	t.Parallel()
	m, _ := newMemo()
	leader, early, late := ask(m, 1), ask(m, 1), ask(m, 1)
	assert.False(t, m.Leave(early))
	m.Land(leader.Flight, "v", Keeping{})
	assert.True(t, m.Leave(leader))
	assert.True(t, m.Leave(late))
	assert.Equal(t, Stats{}, m.Stats())
}

// Who purges has changed what the validator would say, for those who wait too.
func TestAPurgeEndsWhatIsStaleForThoseWhoWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m, _ := newMemo()
		for n := range 2 {
			learn(t, m, n, "old", Keeping{Fresh: time.Second, Stale: time.Hour})
		}
		pass(time.Second)
		leader, waiter, other := ask(m, 0), ask(m, 0), ask(m, 1)
		m.Forget(keyOf(0).Prefix())
		for name, c := range map[string]struct {
			seat Seat[string]
			want bool
		}{"leader": {leader, false}, "waiter": {waiter, false}, "of another key": {other, true}} {
			_, found := c.seat.Stale()
			assert.Equal(t, c.want, found, name)
		}
		m.Close()
	})
}

// During a purge calls go on: what the store still had is of no use to a flight that
// they begin, nor is what a flight brings for a key that the store has forgotten before.
func TestNothingOutlivesAPurge(t *testing.T) {
	t.Parallel()
	const flying, stale = 1, 2
	for name, when := range map[string]func(s *purgedStore, happens func()){
		"before the store forgets": func(s *purgedStore, happens func()) { s.before = happens },
		"when it has forgotten":    func(s *purgedStore, happens func()) { s.after = happens },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				store := &purgedStore{Store: NewMemory(Capacity{Entries: 9, Bytes: 1 << 20}, func(Cause) {})}
				m := New(Limits{Flights: 3, Waiters: 2}, store, text)
				learn(t, m, stale, "old", Keeping{Fresh: time.Second, Stale: time.Hour})
				pass(time.Second)
				old := ask(m, flying)
				var leader, waiter Seat[string]
				when(store, func() {
					m.Land(old.Flight, "old", Keeping{Fresh: time.Hour})
					leader, waiter = ask(m, stale), ask(m, stale)
				})
				m.Forget("")
				assert.False(t, holds(m, flying), "what was in the air")
				for name, seat := range map[string]Seat[string]{"leader": leader, "waiter": waiter} {
					_, found := seat.Stale()
					assert.False(t, found, "a stale verdict for the %s", name)
				}
				m.Close()
			})
		})
	}
}

// A call looks in the store while that forgets, and goes on when the purge is over.
func TestWhoLookedDuringAPurgeLooksAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		looked := &overtakenStore{Store: NewMemory(Capacity{Entries: 9, Bytes: 1 << 20}, func(Cause) {})}
		store := &purgedStore{Store: looked}
		m := New(Limits{Flights: 3, Waiters: 2}, store, text)
		learn(t, m, 1, "old", Keeping{Fresh: time.Second, Stale: time.Hour})
		pass(time.Second)
		over, asked := make(chan struct{}), make(chan Seat[string], 1)
		store.before = func() {
			looked.meanwhile = func() { <-over }
			go func() { asked <- ask(m, 1) }()
			synctest.Wait()
		}
		m.Forget("")
		close(over)
		_, found := (<-asked).Stale()
		assert.False(t, found)
		m.Close()
	})
}

// purgedStore lets something happen just before and just after it forgets.
type purgedStore struct {
	Store
	before, after func()
}

func (s *purgedStore) Forget(prefix string) int {
	if s.before != nil {
		s.before()
	}
	if s.after != nil {
		defer s.after()
	}
	return s.Store.Forget(prefix)
}

// overtakenStore lets something happen between a look and what is made of it.
type overtakenStore struct {
	Store
	meanwhile func()
}

func (s *overtakenStore) Find(key Key) (Record, bool) {
	r, found := s.Store.Find(key)
	if meanwhile := s.meanwhile; meanwhile != nil {
		s.meanwhile = nil
		meanwhile()
	}
	return r, found
}

// What a call has found is looked at again before a flight starts, where something
// has happened meanwhile.
func TestWhatOvertakesALook(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		meanwhile        func(*Memo[string], Seat[string]) // with who flies
		flies            bool
		wantHit, isStale bool
	}{
		"nothing":              {func(*Memo[string], Seat[string]) {}, false, false, true},
		"a landing":            {func(m *Memo[string], s Seat[string]) { m.Land(s.Flight, "", Keeping{Fresh: 1}) }, true, true, false},
		"one that is not kept": {func(m *Memo[string], s Seat[string]) { m.Land(s.Flight, "", Keeping{}) }, true, false, false},
		"a fault":              {func(m *Memo[string], s Seat[string]) { m.Fail(s.Flight, "") }, true, false, true},
		"a purge":              {func(m *Memo[string], _ Seat[string]) { m.Forget("") }, false, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				store := &overtakenStore{Store: NewMemory(Capacity{Entries: 9, Bytes: 1 << 20}, func(Cause) {})}
				m := New(Limits{Flights: 3, Waiters: 2}, store, text)
				learn(t, m, 1, "old", Keeping{Fresh: time.Second, Stale: time.Hour})
				pass(time.Second)
				var flying Seat[string]
				if c.flies {
					flying = ask(m, 1)
				}
				store.meanwhile = func() { c.meanwhile(m, flying) }
				seat := ask(m, 1)
				assert.Equal(t, c.wantHit, seat.Hit)
				assert.Equal(t, !c.wantHit, seat.Leader)
				if !seat.Hit {
					_, found := seat.Stale()
					assert.Equal(t, c.isStale, found, "a stale verdict")
				}
				m.Close()
			})
		})
	}
}

// A purge looks at every record; calls do not wait for that.
func TestCallsGoOnDuringAPurge(t *testing.T) {
	t.Parallel()
	begun, release := make(chan struct{}), make(chan struct{})
	defer close(release)
	store := &purgedStore{
		Store:  NewMemory(Capacity{Entries: 9, Bytes: 1 << 20}, func(Cause) {}),
		before: func() { close(begun); <-release },
	}
	m := New(Limits{Flights: 3, Waiters: 2}, store, text)
	go m.Forget("")
	<-begun
	asked := make(chan Seat[string], 1)
	go func() { asked <- ask(m, 1) }()
	select {
	case <-asked:
	case <-time.After(10 * time.Second):
		t.Error("a call waits for the purge")
	}
}

func TestBegins(t *testing.T) {
	t.Parallel()
	key := keyOf(7)
	for n := range len(key.String()) + 1 {
		prefix := key.String()[:n]
		assert.True(t, key.begins(prefix), prefix)
		for _, other := range []string{prefix + "g", "x" + prefix, strings.ToUpper(prefix) + "A", fmt.Sprint(key.String(), prefix, "0")} {
			assert.Equal(t, strings.HasPrefix(key.String(), other), key.begins(other), other)
		}
	}
}
