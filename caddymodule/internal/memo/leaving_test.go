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

// slowStore takes its time to forget.
type slowStore struct {
	Store
	begun, release chan struct{}
}

func (s slowStore) Forget(prefix string) int {
	close(s.begun)
	<-s.release
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
	store := slowStore{NewMemory(Capacity{Entries: 9, Bytes: 1 << 20}, func(Cause) {}), make(chan struct{}), make(chan struct{})}
	defer close(store.release)
	m := New(Limits{Flights: 3, Waiters: 2}, store, text)
	go m.Forget("")
	<-store.begun
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
