package upstream_test

import (
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

func TestOneValidatorDiesAndNobodyNotices(t *testing.T) {
	t.Parallel()
	first, second := gatehouse.NewUpstream(t, named("first")), gatehouse.NewUpstream(t, named("second"))
	g := start(t, example(t, "several", two(first.Address(), second.Address()), noIdle))
	for i := range 4 {
		requireContinue(t, g, fmt.Sprintf("before%d", i))
	}
	first.Stop()
	for i := range 20 {
		answer := requireContinue(t, g, fmt.Sprintf("after%d", i))
		assert.Equal(t, "second", answer.Text("validator"))
	}
	g.AssertMetric(t, 0, "gatehouse_faults_total", nil)
	assert.Equal(t, 24, calls(first)+calls(second), "each call is sent once")
}

func TestAllValidatorsDieAndTheAnswerIsInTime(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		edits []edit
		waits bool // for lb_try_duration
	}{
		"as on the page":  {nil, true},
		"without looking": {[]edit{{"lb_try_duration 2s", ""}}, false},
	}
	texts, validators := make(map[string]string), make(map[string]pair)
	for name, c := range cases {
		first, second := gatehouse.NewUpstream(t, named("first")), gatehouse.NewUpstream(t, named("second"))
		texts[name] = example(t, "several", append(c.edits, two(first.Address(), second.Address()))...)
		validators[name] = pair{first, second}
	}
	sites := startAll(t, texts)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := sites[name]
			for _, validator := range validators[name] {
				validator.Stop()
			}
			answer := requireFault(t, g, "unreachable", "john")
			assert.Equal(t, c.waits, answer.Exchange.Elapsed >= 1900*time.Millisecond, answer.Exchange.Elapsed)
			assert.Zero(t, validators[name].calls())
		})
	}
}

// TestDeadValidatorComesBack: by the health check, with no call in between.
func TestDeadValidatorComesBack(t *testing.T) {
	t.Parallel()
	addresses := gatehouse.FreeAddresses(t, 2)
	second := gatehouse.NewUpstreamAt(t, addresses[1], named("second"))
	g := start(t, example(t, "several", two(addresses[0], addresses[1]), noIdle,
		edit{"least_conn", "first"}, edit{"health_interval 5s", "health_interval 20ms"}, edit{"fail_duration 10s", "fail_duration 20ms"}))
	assert.Equal(t, "second", requireContinue(t, g, "john").Text("validator"))
	first := gatehouse.NewUpstreamAt(t, addresses[0], named("first"))
	tries := 0
	assert.True(t, gatehouse.Await(func() bool {
		tries++
		return requireContinue(t, g, fmt.Sprintf("jane%d", tries)).Text("validator") == "first"
	}))
	first.Stop()
	assert.Equal(t, "second", requireContinue(t, g, "jim").Text("validator"))
	g.AssertMetric(t, 0, "gatehouse_faults_total", nil)
	assert.Equal(t, 1+tries+1, calls(first)+calls(second))
}

// TestHangingValidatorGetsNoMore: least_conn, as the page says.
func TestHangingValidatorGetsNoMore(t *testing.T) {
	t.Parallel()
	arrived := make(chan struct{}, 1)
	hanging := gatehouse.NewUpstream(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/healthz" {
			arrived <- struct{}{}
			<-r.Context().Done()
		}
	})
	well := gatehouse.NewUpstream(t, named("well"))
	g := start(t, example(t, "several", two(hanging.Address(), well.Address())))
	var stuck <-chan error
	for i := 0; stuck == nil; i++ {
		require.Less(t, i, 20, "no call goes to the first validator")
		back := send(t.Context(), g, fmt.Sprintf("maybe%d", i))
		select {
		case <-arrived:
			stuck = back
		case err := <-back:
			require.NoError(t, err)
		}
	}
	for i := range 20 {
		assert.Equal(t, "well", requireContinue(t, g, fmt.Sprintf("next%d", i)).Text("validator"))
	}
	assert.Equal(t, 1, calls(hanging))
}

// TestLeastConnAsksTheDeadOneAgainAndAgain: why the page wants fail_duration
// with it. The dead one has no calls, the one that is well has one.
func TestLeastConnAsksTheDeadOneAgainAndAgain(t *testing.T) {
	t.Parallel()
	texts, reasons := make(map[string]string), map[string]string{"as on the page": "", "without fail_duration": "unreachable"}
	validators, busy := make(map[string]*gatehouse.Upstream), make(chan struct{}, len(reasons))
	for name, reason := range reasons {
		well := gatehouse.NewUpstream(t, func(w http.ResponseWriter, r *http.Request) {
			if body, _ := io.ReadAll(r.Body); string(body) == callOf("busy") {
				busy <- struct{}{}
				<-r.Context().Done()
			}
			named("well")(w, r)
		})
		passive := "fail_duration 10s"
		if reason != "" {
			passive = ""
		}
		validators[name] = well
		texts[name] = example(t, "several", two(gatehouse.DeadAddress(t), well.Address()),
			edit{"fail_duration 10s", passive}, edit{"lb_try_duration 2s", "lb_try_duration 700ms"},
			// No help of the health check, whose first round could be over.
			edit{"health_uri /healthz", ""}, edit{"health_interval 5s", ""}, edit{"health_timeout 2s", ""})
	}
	sites := startAll(t, texts)
	for name, reason := range reasons {
		send(t.Context(), sites[name], "busy")
		await(t, busy)
		if reason != "" {
			requireFault(t, sites[name], reason, "john")
			assert.Equal(t, 1, validators[name].Calls())
			continue
		}
		requireContinue(t, sites[name], "john")
	}
}

// TestLookingForAValidatorBeyondTheBudget: lb_try_duration longer than the
// budget. The person has an answer in time, the validator that comes up later
// gets the call once, and what it says answers the next try.
func TestLookingForAValidatorBeyondTheBudget(t *testing.T) {
	t.Parallel()
	addresses := gatehouse.FreeAddresses(t, 2)
	g := start(t, example(t, "several", two(addresses[0], addresses[1]), short, edit{"lb_try_duration 2s", "lb_try_duration 30s"},
		edit{"health_interval 5s", "health_interval 20ms"}, edit{"fail_duration 10s", "fail_duration 20ms"}))
	answer := requireFault(t, g, "timeout", "john", gatehouse.Within(withinShort))
	assert.GreaterOrEqual(t, answer.Exchange.Elapsed, 500*time.Millisecond)
	g.RequireMetric(t, 1, "gatehouse_flights", nil) // it goes on

	late := gatehouse.NewUpstreamAt(t, addresses[1], named("late"))
	g.RequireMetric(t, 1, "gatehouse_cache_entries", nil)
	assert.Equal(t, "late", requireContinue(t, g, "john").Text("validator"))
	assert.Equal(t, 1, calls(late))
}
