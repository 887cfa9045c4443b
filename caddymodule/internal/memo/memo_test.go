package memo

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const budget = 9 * time.Second

var wide = Limits{MaxEntries: 100, MaxBytes: 1 << 20, MaxFlights: 100, MaxWaiters: 100}

type evictions map[Cause]int

func newMemo(limits Limits) (*Memo[string], evictions) {
	counted := evictions{}
	return New[string](limits, func(c Cause) { counted[c]++ }), counted
}

func keyOf(n int) Key { return keyer.Start().String(fmt.Sprint(n)).Sum() }

var keyer = NewKeyer()

func store(t *testing.T, m *Memo[string], n int, value string, size int64, keep time.Duration) {
	t.Helper()
	seat := m.Ask(keyOf(n), time.Now(), budget)
	require.True(t, seat.Leader)
	m.Land(seat.Flight, value, size, keep)
}

// holds tells what is remembered. It lands what it starts, so that it leaves
// nothing behind.
func holds(m *Memo[string], n int) bool {
	seat := m.Ask(keyOf(n), time.Now(), budget)
	if seat.Leader {
		m.Land(seat.Flight, "", 0, 0)
	}
	return seat.Hit
}

func TestOneFlightForAKey(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m, _ := newMemo(wide)
		leader := m.Ask(keyOf(1), time.Now(), budget)
		assert.True(t, leader.Leader)
		assert.False(t, leader.Hit)
		require.NotNil(t, leader.Flight)
		assert.Equal(t, time.Now().Add(budget), leader.Deadline)
		other := m.Ask(keyOf(2), time.Now(), budget)
		assert.True(t, other.Leader)
		assert.NotSame(t, leader.Flight, other.Flight)

		got := make(chan string, 3)
		for range 3 {
			seat := m.Ask(keyOf(1), time.Now(), budget)
			assert.False(t, seat.Leader)
			assert.False(t, seat.Hit)
			require.Same(t, leader.Flight, seat.Flight)
			go func() {
				defer m.Leave(seat.Flight)
				<-seat.Flight.Done()
				got <- seat.Flight.Value()
			}()
		}
		synctest.Wait()
		assert.Equal(t, Stats{Flights: 2, Waiters: 3}, m.Stats())
		assert.Empty(t, got, "nobody is served before the flight lands")

		m.Land(leader.Flight, "verdict", 10, time.Minute)
		synctest.Wait()
		for range 3 {
			assert.Equal(t, "verdict", <-got)
		}
		assert.Equal(t, Stats{Entries: 1, Bytes: 10 + EntryOverhead, Flights: 1}, m.Stats())
		hit := m.Ask(keyOf(1), time.Now(), budget)
		assert.True(t, hit.Hit)
		assert.Equal(t, "verdict", hit.Value)
		assert.Nil(t, hit.Flight)
		m.Close()
	})
}

func TestLandWithoutKeepingRemembersNothing(t *testing.T) {
	t.Parallel()
	m, evicted := newMemo(wide)
	for _, keep := range []time.Duration{0, -time.Second} {
		store(t, m, 1, "v", 1, keep)
		assert.Equal(t, Stats{}, m.Stats())
	}
	assert.Empty(t, evicted)
}

// The retry is answered with the first attempt; who presses again later has a
// time of their own, which all who come after them share.
func TestBudgetOfThoseWhoJoin(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m, _ := newMemo(wide)
		began := time.Now()
		leader := m.Ask(keyOf(1), time.Now(), budget)
		at := func(when time.Duration) time.Duration {
			pass(time.Until(began.Add(when)))
			seat := m.Ask(keyOf(1), time.Now(), budget)
			require.Same(t, leader.Flight, seat.Flight)
			m.Leave(seat.Flight)
			return seat.Deadline.Sub(began)
		}
		assert.Equal(t, budget, at(0))
		assert.Equal(t, budget, at(5*time.Second), "the provider's retry")
		assert.Equal(t, budget, at(budget-1))
		assert.Equal(t, 10*time.Second+budget, at(10*time.Second), "a new try of the person")
		assert.Equal(t, 10*time.Second+budget, at(15*time.Second), "and its retry")
		assert.Equal(t, 10*time.Second+budget, at(10*time.Second+budget-1))
		assert.Equal(t, 60*time.Second+budget, at(60*time.Second), "windows do not follow each other without a gap")
		m.Land(leader.Flight, "v", 1, 0)
		m.Close()
	})
}

// A deadline that has come already would answer the call with a fault at once,
// while the budget from which it was made is over.
func TestNobodyGetsADeadlineThatHasCome(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m, _ := newMemo(wide)
		leader := m.Ask(keyOf(1), time.Now(), budget)
		pass(budget)
		seat := m.Ask(keyOf(1), time.Now(), budget)
		require.Same(t, leader.Flight, seat.Flight)
		assert.True(t, seat.Deadline.After(time.Now()), "joined exactly at the end of the budget: %v left", time.Until(seat.Deadline))
	})
}

func TestTooManyFlightsOrWaitersGetNeither(t *testing.T) {
	t.Parallel()
	m, _ := newMemo(Limits{MaxEntries: 10, MaxBytes: 1 << 20, MaxFlights: 2, MaxWaiters: 2})
	store(t, m, 0, "known", 1, time.Hour)
	first, second := m.Ask(keyOf(1), time.Now(), budget), m.Ask(keyOf(2), time.Now(), budget)
	assert.Equal(t, Seat[string]{}, m.Ask(keyOf(3), time.Now(), budget), "no third flight")
	assert.True(t, m.Ask(keyOf(0), time.Now(), budget).Hit, "what is known is still told")

	waiting := m.Ask(keyOf(1), time.Now(), budget)
	assert.NotNil(t, m.Ask(keyOf(1), time.Now(), budget).Flight)
	assert.Equal(t, Seat[string]{}, m.Ask(keyOf(1), time.Now(), budget), "no third waiter")
	assert.NotNil(t, m.Ask(keyOf(2), time.Now(), budget).Flight, "the bound is for each flight")
	assert.Equal(t, 3, m.Stats().Waiters)
	m.Leave(waiting.Flight)
	assert.NotNil(t, m.Ask(keyOf(1), time.Now(), budget).Flight, "a seat that was left is free")

	m.Land(second.Flight, "v", 1, 0)
	assert.True(t, m.Ask(keyOf(3), time.Now(), budget).Leader, "a flight that landed makes room")
	m.Land(first.Flight, "v", 1, 0)
	assert.True(t, m.Ask(keyOf(1), time.Now(), budget).Leader, "a new flight for a key has its own waiters")
	assert.NotNil(t, m.Ask(keyOf(1), time.Now(), budget).Flight)
	m.Close()
}

func TestCloseForgetsAndKeepsWorking(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m, _ := newMemo(wide)
		store(t, m, 1, "v", 1, time.Hour)
		flying := m.Ask(keyOf(2), time.Now(), budget)
		joined := m.Ask(keyOf(2), time.Now(), budget)
		m.Close()
		m.Close()
		assert.Equal(t, Stats{Flights: 1, Waiters: 1}, m.Stats())
		assert.Same(t, flying.Flight, m.Ask(keyOf(2), time.Now(), budget).Flight, "flights are still shared")
		m.Land(flying.Flight, "late", 1, time.Hour)
		<-joined.Flight.Done()
		assert.Equal(t, "late", joined.Flight.Value())
		assert.False(t, holds(m, 1))
		assert.False(t, holds(m, 2))
		assert.Zero(t, m.Stats().Entries)
		assert.Zero(t, m.Stats().Bytes)
	})
}
