package memo

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const budget = 9 * time.Second

type evictions map[Cause]int

// newMemo has room for three flights with two waiters each, and for all values.
func newMemo() (*Memo[string], evictions) {
	counted := evictions{}
	store := NewMemory(Capacity{Entries: 100, Bytes: 1 << 20}, func(c Cause) { counted[c]++ })
	return New(Limits{Flights: 3, Waiters: 2}, store, text), counted
}

// text is the codec of values that are texts.
var text = Codec[string]{
	Encode: func(s string) []byte { return []byte(s) },
	Decode: func(b []byte) string { return string(b) },
}

func ask(m *Memo[string], n int) Seat[string] { return m.Ask(keyOf(n), time.Now(), budget) }

// learn lets a call bring a value while its caller waits.
func learn(t *testing.T, m *Memo[string], n int, value string, keeping Keeping) {
	t.Helper()
	seat := ask(m, n)
	require.True(t, seat.Leader)
	m.Land(seat.Flight, value, keeping)
	m.Leave(seat)
}

// holds tells what is remembered. It lands what it starts, so that it leaves
// nothing behind.
func holds(m *Memo[string], n int) bool {
	seat := ask(m, n)
	if seat.Leader {
		m.Fail(seat.Flight, "")
	}
	return seat.Hit
}

func TestOneFlightForAKey(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m, _ := newMemo()
		leader := ask(m, 1)
		assert.True(t, leader.Leader)
		assert.False(t, leader.Hit)
		require.NotNil(t, leader.Flight)
		assert.Equal(t, time.Now().Add(budget), leader.Deadline)
		other := ask(m, 2)
		assert.True(t, other.Leader)
		assert.NotSame(t, leader.Flight, other.Flight)

		got := make(chan string, 2)
		for range 2 {
			seat := ask(m, 1)
			assert.False(t, seat.Leader)
			assert.False(t, seat.Hit)
			require.Same(t, leader.Flight, seat.Flight)
			go func() {
				defer m.Leave(seat)
				<-seat.Flight.Done()
				got <- seat.Flight.Value()
			}()
		}
		synctest.Wait()
		assert.Equal(t, Stats{Flights: 2, Waiters: 2}, m.Stats())
		assert.Empty(t, got, "nobody is served before the flight lands")

		m.Land(leader.Flight, "verdict", Keeping{Fresh: time.Minute})
		synctest.Wait()
		for range 2 {
			assert.Equal(t, "verdict", <-got)
		}
		stats := m.Stats()
		assert.GreaterOrEqual(t, stats.Bytes, int64(len("verdict")+EntryOverhead))
		stats.Bytes = 0
		assert.Equal(t, Stats{Entries: 1, Flights: 1}, stats)
		hit := ask(m, 1)
		assert.True(t, hit.Hit)
		assert.Equal(t, "verdict", hit.Value)
		assert.Nil(t, hit.Flight)
		m.Close()
	})
}

func TestLandWithoutKeepingRemembersNothing(t *testing.T) {
	t.Parallel()
	m, evicted := newMemo()
	for _, keeping := range []Keeping{{}, {Fresh: -time.Second}, {Stale: time.Hour}, {Unheard: time.Hour}} {
		learn(t, m, 1, "v", keeping)
		assert.Equal(t, Stats{}, m.Stats())
	}
	assert.Empty(t, evicted)
}

// The provider gives no sign of a retry. What comes when everybody has hung up is
// for the retry, whatever else is said of keeping.
func TestWhatNobodyHeardIsKeptForTheRetry(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for name, c := range map[string]struct {
			keeping Keeping
			want    time.Duration
		}{
			"not remembered otherwise":  {Keeping{Unheard: budget}, budget},
			"remembered for less":       {Keeping{Fresh: time.Second, Unheard: budget}, budget},
			"remembered for more":       {Keeping{Fresh: time.Minute, Unheard: budget}, time.Minute},
			"nothing is ever to be":     {Keeping{}, 0},
			"stale counts from the end": {Keeping{Stale: time.Hour, Unheard: budget}, budget},
		} {
			m, _ := newMemo()
			leader, waiter := ask(m, 1), ask(m, 1)
			m.Leave(leader)
			m.Leave(waiter)
			m.Land(leader.Flight, "v", c.keeping)
			assert.Equal(t, c.want > 0, holds(m, 1), name)
			pass(c.want - 1)
			assert.Equal(t, c.want > 0, holds(m, 1), name)
			pass(1)
			assert.False(t, holds(m, 1), name)
			m.Close()
		}
	})
}

func TestWhoWaitsHears(t *testing.T) {
	t.Parallel()
	for name, gone := range map[string]bool{"the leader waits": false, "only a waiter waits": true} {
		m, _ := newMemo()
		leader, waiter := ask(m, 1), ask(m, 1)
		if gone {
			m.Leave(leader)
		} else {
			m.Leave(waiter)
		}
		m.Land(leader.Flight, "v", Keeping{Unheard: time.Hour})
		assert.False(t, holds(m, 1), name)
	}
}

func TestAStaleValueStandsByUntilItsEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m, evicted := newMemo()
		learn(t, m, 1, "old", Keeping{Fresh: time.Second, Stale: time.Minute})
		fresh := ask(m, 1)
		assert.True(t, fresh.Hit)
		_, found := fresh.Stale()
		assert.False(t, found, "a hit has nothing stale")

		pass(time.Second)
		leader, waiter := ask(m, 1), ask(m, 1)
		assert.False(t, leader.Hit)
		for _, seat := range []Seat[string]{leader, waiter, ask(m, 1), ask(m, 1)} { // the last two are refused
			stale, found := seat.Stale()
			assert.True(t, found)
			assert.Equal(t, "old", stale)
		}
		m.Fail(leader.Flight, "fault")
		assert.False(t, holds(m, 1))
		stale, found := ask(m, 1).Stale()
		assert.True(t, found, "a fault leaves it")
		assert.Equal(t, "old", stale)

		pass(time.Minute - 1)
		_, found = leader.Stale()
		assert.True(t, found)
		pass(1)
		_, found = leader.Stale()
		assert.False(t, found, "a call that still waits may use it no longer either")
		assert.Equal(t, evictions{CauseExpired: 1}, evicted)
	})
}

// A verdict that may not be remembered still says that the one before it is no
// longer true.
func TestANewValueEndsTheStaleOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for _, keeping := range []Keeping{{}, {Fresh: time.Second}} {
			m, _ := newMemo()
			learn(t, m, 1, "old", Keeping{Fresh: time.Second, Stale: time.Hour})
			pass(time.Second)
			learn(t, m, 1, "new", keeping)
			pass(time.Second)
			_, found := ask(m, 1).Stale()
			assert.False(t, found)
			m.Close()
		}
	})
}

// The retry is answered with the first attempt; who presses again later has a
// time of their own, which all who come after them share.
func TestBudgetOfThoseWhoJoin(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m, _ := newMemo()
		began := time.Now()
		leader := ask(m, 1)
		at := func(when time.Duration) time.Duration {
			pass(time.Until(began.Add(when)))
			seat := ask(m, 1)
			require.Same(t, leader.Flight, seat.Flight)
			m.Leave(seat)
			return seat.Deadline.Sub(began)
		}
		assert.Equal(t, budget, at(0))
		assert.Equal(t, budget, at(5*time.Second), "the provider's retry")
		assert.Equal(t, budget, at(budget-1))
		assert.Equal(t, 10*time.Second+budget, at(10*time.Second), "a new try of the person")
		assert.Equal(t, 10*time.Second+budget, at(15*time.Second), "and its retry")
		assert.Equal(t, 10*time.Second+budget, at(10*time.Second+budget-1))
		assert.Equal(t, 60*time.Second+budget, at(60*time.Second), "windows do not follow each other without a gap")

		early := m.Ask(keyOf(1), began.Add(58*time.Second), budget)
		require.Same(t, leader.Flight, early.Flight)
		assert.Equal(t, 58*time.Second+budget, early.Deadline.Sub(began), "who came before, with a body that came slowly")
		m.Fail(leader.Flight, "v")
	})
}

// A deadline that has come already would answer the call with a fault at once,
// while the budget from which it was made is over.
func TestNobodyGetsADeadlineThatHasCome(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m, _ := newMemo()
		leader := ask(m, 1)
		pass(budget)
		seat := ask(m, 1)
		require.Same(t, leader.Flight, seat.Flight)
		assert.True(t, seat.Deadline.After(time.Now()), "joined exactly at the end of the budget: %v left", time.Until(seat.Deadline))
	})
}

// The upstream has to know the provider's retry from a later try of the person,
// also where nothing is remembered.
func TestEpisodes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m, _ := newMemo()
		episode := func(n int) Episode {
			seat := ask(m, n)
			require.True(t, seat.Leader)
			m.Fail(seat.Flight, "fault")
			return seat.Flight.Episode()
		}
		first := episode(1)
		assert.NotEqual(t, first, episode(2), "one for each key")
		assert.Len(t, first.String(), 32)
		assert.NotContains(t, keyOf(1).String(), first.String())
		pass(budget - 1)
		assert.Equal(t, first, episode(1), "within the budget")
		pass(1)
		second := episode(1)
		assert.NotEqual(t, first, second, "a budget later")
		pass(budget - 1)
		assert.Equal(t, second, episode(1), "counted from its own first flight")

		other := episode(2)
		m.Forget(keyOf(1).String())
		assert.NotEqual(t, second, episode(1), "who purges wants the validator to be asked, and not to be reminded")
		assert.Equal(t, other, episode(2))
	})
}

func TestEpisodesAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var e episodes
		began := time.Now()
		for i := range maxEpisodes + 100 {
			e.of(keyOf(i), began, budget)
			assert.LessOrEqual(t, len(e.order), maxEpisodes)
		}
		assert.Len(t, e.byKey, maxEpisodes)
		e.of(keyOf(0), began.Add(budget), budget)
		assert.Len(t, e.byKey, 1, "what is over is forgotten")
		assert.Len(t, e.order, 1)
	})
}

func TestTooManyFlightsOrWaitersGetNeither(t *testing.T) {
	t.Parallel()
	m, _ := newMemo()
	m.SetLimits(Limits{Flights: 2, Waiters: 2})
	learn(t, m, 0, "known", Keeping{Fresh: time.Hour})
	first, second := ask(m, 1), ask(m, 2)
	assert.Equal(t, Seat[string]{}, ask(m, 3), "no third flight")
	assert.True(t, ask(m, 0).Hit, "what is known is still told")

	waiting := ask(m, 1)
	assert.NotNil(t, ask(m, 1).Flight)
	assert.Equal(t, Seat[string]{}, ask(m, 1), "no third waiter")
	assert.NotNil(t, ask(m, 2).Flight, "the bound is for each flight")
	assert.Equal(t, 3, m.Stats().Waiters)
	m.Leave(waiting)
	assert.NotNil(t, ask(m, 1).Flight, "a seat that was left is free")

	m.Fail(second.Flight, "v")
	assert.True(t, ask(m, 3).Leader, "a flight that landed makes room")
	m.Fail(first.Flight, "v")
	assert.True(t, ask(m, 1).Leader, "a new flight for a key has its own waiters")
	assert.NotNil(t, ask(m, 1).Flight)
}

// Who purges has changed what the validator would say; a flight that has asked it
// before brings the old.
func TestForgetHoldsForFlightsToo(t *testing.T) {
	t.Parallel()
	m, evicted := newMemo()
	learn(t, m, 1, "v", Keeping{Fresh: time.Hour})
	learn(t, m, 2, "v", Keeping{Fresh: time.Hour})
	flying, other := ask(m, 3), ask(m, 4)
	assert.Equal(t, 1, m.Forget(keyOf(1).Prefix()))
	assert.Zero(t, m.Forget(keyOf(3).Prefix()))
	m.Land(flying.Flight, "old", Keeping{Fresh: time.Hour})
	m.Land(other.Flight, "v", Keeping{Fresh: time.Hour})
	for n, want := range map[int]bool{1: false, 2: true, 3: false, 4: true} {
		assert.Equal(t, want, holds(m, n), "key %d", n)
	}
	assert.Equal(t, evictions{CausePurged: 1}, evicted)
}

// The same call in other bytes is found by them too, from then on.
func TestWhatIsKnownGetsAnotherName(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m, _ := newMemo()
		flight := ask(m, 1).Flight
		flight.Name(nameOf(1), 1)
		m.Land(flight, "v", Keeping{Fresh: time.Minute})
		m.Name(keyOf(1), nameOf(2), 2)
		_, _, _, fresh := m.Recall(nameOf(1))
		assert.False(t, fresh, "the latest alone")
		value, key, note, fresh := m.Recall(nameOf(2))
		assert.True(t, fresh)
		assert.Equal(t, "v", value)
		assert.Equal(t, keyOf(1), key)
		assert.Equal(t, uint8(2), note)
		pass(time.Minute)
		_, _, _, fresh = m.Recall(nameOf(2))
		assert.False(t, fresh)
		m.Close()
	})
}

func TestDrainWaitsForFlights(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m, _ := newMemo()
		assert.True(t, m.Drain(t.Context()), "nothing flies")
		first, second := ask(m, 1), ask(m, 2)
		time.AfterFunc(time.Second, func() { m.Fail(first.Flight, "") })
		time.AfterFunc(3*time.Second, func() { m.Fail(second.Flight, "") })
		began := time.Now()
		short, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		assert.False(t, m.Drain(short))
		assert.Equal(t, 2*time.Second, time.Since(began))
		assert.True(t, m.Drain(t.Context()))
		assert.Equal(t, 3*time.Second, time.Since(began))
	})
}

func TestCloseForgetsAndKeepsWorking(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m, _ := newMemo()
		learn(t, m, 1, "v", Keeping{Fresh: time.Hour})
		flying, joined := ask(m, 2), ask(m, 2)
		m.Close()
		m.Close()
		assert.Equal(t, Stats{Flights: 1, Waiters: 1}, m.Stats())
		again := ask(m, 2)
		assert.Same(t, flying.Flight, again.Flight, "flights are still shared")
		m.Land(flying.Flight, "late", Keeping{Fresh: time.Hour})
		<-joined.Flight.Done()
		assert.Equal(t, "late", joined.Flight.Value())
		assert.False(t, holds(m, 1))
		assert.False(t, holds(m, 2))
		assert.Zero(t, m.Stats().Entries)
		assert.Zero(t, m.Stats().Bytes)
	})
}
