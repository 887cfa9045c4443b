package observability_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// The caller's own trace.
const (
	trace       = "0af7651916cd43dd8448eb211c80319c"
	traceparent = "00-" + trace + "-b7ad6b7169203331-01"
)

func traced(v *validator, directives ...string) string {
	return "tracing\n" + site("reverse_proxy "+v.Address(), directives...)
}

func TestTraceOfACall(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		path, body   string
		call, flight map[string]string // attributes of ours
		failed       bool
	}{
		"continue": {
			"/", `{"email":"canary@example.com","canaryClaim":"canary","step":"PostAttributeCollection"}`,
			map[string]string{"gatehouse.step": "PostAttributeCollection", "gatehouse.answer": "continue", "gatehouse.source": "upstream"},
			map[string]string{"gatehouse.step": "PostAttributeCollection", "gatehouse.outcome": "continue", "http.response.status_code": "200"},
			false,
		},
		"invalid": {
			"/400", `{"email":"canary@example.com","step":"canary"}`,
			map[string]string{"gatehouse.step": "other", "gatehouse.answer": "invalid", "gatehouse.source": "upstream"},
			map[string]string{"gatehouse.step": "other", "gatehouse.outcome": "invalid", "http.response.status_code": "400"},
			false, // no is an answer
		},
		"fault": {
			"/500", `{"email":"canary@example.com"}`,
			map[string]string{"gatehouse.step": "none", "gatehouse.answer": "invalid", "gatehouse.source": "fault", "gatehouse.reason": "upstream_error"},
			map[string]string{"gatehouse.step": "none", "gatehouse.outcome": "fault", "gatehouse.reason": "upstream_error", "http.response.status_code": "500"},
			true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, v := newCollector(t), newValidator(t)
			g := gatehouse.Start(t, traced(v, "name signup"), c.options()...)
			g.Post(t, tc.path+"?code=canary", tc.body, basic, gatehouse.Header("Traceparent", traceparent),
				gatehouse.Header("Tracestate", "vendor=state"), gatehouse.Header("Baggage", "user=canary"))

			calls, flights := c.spans(t, 2)
			require.Len(t, calls, 1)
			require.Len(t, flights, 1)
			call, flight := calls[0], flights[0]
			assert.Equal(t, trace, call.trace)
			assert.Equal(t, trace, flight.trace)
			assert.Equal(t, call.id, flight.parent)
			tc.flight["gatehouse.connector"], tc.call["gatehouse.connector"] = "signup", "signup"
			assert.Equal(t, tc.flight, flight.attributes)
			ours := maps.Clone(call.attributes)
			maps.DeleteFunc(ours, func(key, _ string) bool { return !strings.HasPrefix(key, "gatehouse.") })
			assert.Equal(t, tc.call, ours)
			assert.Equal(t, tc.failed, flight.failed)
			assert.Equal(t, tc.failed, call.failed)
			assert.Empty(t, call.links)
			for _, s := range []span{call, flight} {
				assert.NotContains(t, s.text, "canary")
			}

			header := v.Last(t).Header
			assert.Equal(t, []string{"00-" + trace + "-" + flight.id + "-01"}, header["Traceparent"])
			assert.NotContains(t, header, "Tracestate")
			assert.NotContains(t, header, "Baggage")
			g.Log(t, "call answered").Requires(t, "trace_id", trace)
		})
	}
}

// Calls that wait for one upstream call are in traces of their own. Each is linked
// to the upstream call's, even where it has not waited to the end.
func TestWaitersAreLinkedToTheFlight(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		directive string
		lands     bool
	}{
		"the flight lands":          {"", true},
		"the budget is over before": {"timeouts {\n attempt 300ms\n upstream 60s\n }", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, v := newCollector(t), newValidator(t)
			g := gatehouse.Start(t, traced(v, tc.directive), c.options()...)
			const body = `{"email":"john@example.com"}`
			first := g.Begin(t.Context(), "/gate", body, basic)
			v.awaitCall(t)
			second := g.Begin(t.Context(), "/gate", body, basic)
			if tc.lands {
				g.RequireMetric(t, 1, "gatehouse_flight_waiters", nil)
				close(v.open)
			}
			gatehouse.Ended(t, first)
			gatehouse.Ended(t, second)
			if !tc.lands {
				close(v.open)
			}

			calls, flights := c.spans(t, 3)
			require.Len(t, flights, 1, "the validator was asked once")
			require.Len(t, calls, 2)
			if calls[0].id != flights[0].parent {
				calls[0], calls[1] = calls[1], calls[0]
			}
			leader, waiter := calls[0], calls[1]
			assert.Equal(t, leader.id, flights[0].parent)
			assert.NotEqual(t, leader.trace, waiter.trace)
			assert.Empty(t, leader.links)
			assert.Equal(t, []string{flights[0].trace + "-" + flights[0].id}, waiter.links)
			if tc.lands {
				assert.Equal(t, "flight", waiter.attributes["gatehouse.source"])
			} else {
				assert.Equal(t, "timeout", waiter.attributes["gatehouse.reason"])
			}
			assert.Equal(t, 1, v.Calls())
		})
	}
}

// The trace tells no calls apart: it is not in the key.
func TestAHitHasNoUpstreamSpan(t *testing.T) {
	t.Parallel()
	c, v := newCollector(t), newValidator(t)
	g := gatehouse.Start(t, traced(v), c.options()...)
	for i := range 3 {
		parent := fmt.Sprintf("00-%032x-%016x-01", i+1, i+1)
		g.Post(t, "/", `{"email":"john@example.com"}`, basic, gatehouse.Header("Traceparent", parent))
	}
	g.Refused(t, "/", `{}`)
	calls, flights := c.spans(t, 5)
	require.Len(t, flights, 1)
	sources := map[string]int{}
	for _, call := range calls {
		sources[call.attributes["gatehouse.source"]+call.attributes["gatehouse.reason"]]++
		assert.Empty(t, call.links)
	}
	assert.Equal(t, map[string]int{"upstream": 1, "cache": 2, "no_credentials": 1}, sources)
	assert.Equal(t, 1, v.Calls())
}

// A caller that asks not to be sampled is not, and says so to the validator. What
// is not traced at all has no header.
func TestTraceparentIsOnlyWhatIsTraced(t *testing.T) {
	t.Parallel()
	c, v := newCollector(t), newValidator(t)
	t.Run("not sampled", func(t *testing.T) {
		t.Parallel()
		g := gatehouse.Start(t, traced(v), c.options()...)
		g.Post(t, "/", `{}`, basic, gatehouse.Header("Traceparent", strings.TrimSuffix(traceparent, "1")+"0"))
		assert.Regexp(t, "^00-"+trace+"-[0-9a-f]{16}-00$", v.Last(t).Header.Get("Traceparent"))
		assert.NotContains(t, string(g.ScrapeAs(t, openMetrics)), "trace_id")
	})
	t.Run("no tracing", func(t *testing.T) {
		t.Parallel()
		v := newValidator(t)
		g := gatehouse.Start(t, site("reverse_proxy "+v.Address()))
		g.Post(t, "/", `{}`, basic, gatehouse.Header("Traceparent", traceparent))
		assert.NotContains(t, v.Last(t).Header, "Traceparent")
		assert.NotContains(t, g.Log(t, "call answered"), "trace_id")
	})
}

// A second `tracing` behind the connector sends on what it finds in the context of
// the call: the caller's baggage must not be there. CWE-200.
func TestTracingBehindTheConnectorSendsNoBaggage(t *testing.T) {
	t.Parallel()
	c, v := newCollector(t), newValidator(t)
	g := gatehouse.Start(t, "route {\n tracing\n"+site("tracing\n reverse_proxy "+v.Address())+"}", c.options()...)
	g.Post(t, "/", `{}`, basic, gatehouse.Header("Traceparent", traceparent),
		gatehouse.Header("Tracestate", "vendor=canary"), gatehouse.Header("Baggage", "user=canary"))
	calls, flights := c.spans(t, 3)
	require.Len(t, calls, 2)
	require.Len(t, flights, 1)
	header := v.Last(t).Header
	assert.NotContains(t, fmt.Sprint(header), "canary")
	for _, call := range calls {
		if call.parent == flights[0].id {
			assert.Equal(t, "00-"+trace+"-"+call.id+"-01", header.Get("Traceparent"))
			return
		}
	}
	assert.Fail(t, "the second span is no child of the flight's")
}
