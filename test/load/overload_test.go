package load

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// TestOverload: twice of what the validator can answer, all of it different, so
// that no cache helps. Every call is answered as the protocol defines, the
// validator is kept as busy as it can be, and when the attack is over everything
// is as before.
func TestOverload(t *testing.T) {
	const (
		latency = 200 * time.Millisecond
		seats   = 16
		warm    = 3 * time.Second
		// As many again may wait for a seat as have one.
		bound = "flights {\n max 32\n }"
		// How soon after the attack calls are answered as before. What waits in the
		// bounded flights drains first.
		recoverWithin = 10 * time.Second
	)
	v := newValidator(t, latency, latency, seats)
	g := gatehouse.Start(t, v.site(0, bound))
	client := func(name string) *caller {
		c := newCaller(name, g, v)
		c.attempt, c.budget = budget+attempt, budget
		return c
	}

	closed := client("capacity: as many as it has seats")
	began := time.Now()
	capacity := closed.beginClosed(t, distinct, seats, warm).tally()
	perSecond := int(float64(capacity.Answered) / time.Since(began).Seconds())
	require.Positive(t, perSecond)
	before := client("before: half the capacity").begin(t, distinct, perSecond/2, warm).tally()
	vitalsBefore := quiet(t, g)

	attacking := client("attack: twice the capacity")
	attacking.faultsAllowed = true
	faultsBefore := g.Metric(t, "gatehouse_faults_total", nil)
	attack := attacking.begin(t, distinct, 2*perSecond, *attackFor)
	seen := watch{}
	began = time.Now()
	seen.follow(t, g, attack)
	overload := attack.tally()
	ended := time.Now()
	lasted := ended.Sub(began)
	faults := g.Metric(t, "gatehouse_faults_total", nil) - faultsBefore
	shed := g.Metric(t, "gatehouse_faults_total", gatehouse.Labels{"reason": "overloaded"})

	probe := client("recovery: one after the other")
	probe.faultsAllowed = true
	require.True(t, await(func() bool {
		before, asked := probe.now().Faults, time.Now()
		probe.once(t, distinct())
		return probe.now().Faults == before && time.Since(asked) < 5*latency
	}), "it does not recover")
	recovery := time.Since(ended)
	after := client("after: half the capacity").begin(t, distinct, perSecond/2, warm).tally()

	r := report{
		Scenario: "overload", Clients: []tally{capacity, before, overload, probe.now(), after},
		PeakResident: seen.peak, Before: vitalsBefore, After: flat(t, g, vitalsBefore),
		Measured: map[string]float64{
			"capacity, calls per second":                 float64(perSecond),
			"verdicts per second during the attack":      float64(overload.Answered-overload.Faults) / lasted.Seconds(),
			"shed as overloaded":                         shed,
			"seconds after the attack until all is well": recovery.Seconds(),
		},
	}
	r.publish(t)
	r.assertRight(t)
	for _, c := range r.Clients {
		assert.Zerof(t, c.Lost, "%s: lost", c.Client)
	}
	assert.InDelta(t, overload.Faults, faults, 0, "gatehouse_faults_total does not count what was answered")
	assert.Positive(t, shed, "nothing was shed, so this was no overload")
	assert.Less(t, recovery, recoverWithin)
	assert.Less(t, after.P99, 2*before.P99+latency, "before it was %s", before.P99)
	// Work that nobody waits for any more would leave less and less of it useful.
	assert.Greater(t, r.Measured["verdicts per second during the attack"], float64(perSecond)/2)
}
