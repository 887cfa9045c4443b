package mainjob_test

import (
	"context"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/internal/contract"
	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// gate is an upstream that answers when the test lets it.
type gate struct {
	*gatehouse.Upstream
	arrived chan struct{}
	open    chan struct{}
}

func newGate(t *testing.T) *gate {
	t.Helper()
	g := &gate{arrived: make(chan struct{}, 100), open: make(chan struct{})}
	g.Upstream = gatehouse.NewUpstream(t, func(w http.ResponseWriter, r *http.Request) {
		g.arrived <- struct{}{}
		select {
		case <-g.open:
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"promoCode":"24534"}`)
		case <-r.Context().Done():
		}
	})
	return g
}

func (g *gate) awaitCall(t *testing.T) {
	t.Helper()
	select {
	case <-g.arrived:
	case <-time.After(10 * time.Second):
		require.Fail(t, "the call has not reached the upstream")
	}
}

func TestIdenticalCallsAtOnceAreOneUpstreamCall(t *testing.T) {
	t.Parallel()
	const calls = 20
	upstream := newGate(t)
	g := gatehouse.Start(t, connector(upstream.Address()))
	leader := g.Begin(t.Context(), "/", callBeforeCreation, basic)
	upstream.awaitCall(t)
	var followers []<-chan gatehouse.Begun
	for range calls - 1 {
		followers = append(followers, g.Begin(t.Context(), "/", callBeforeCreation, basic))
	}
	g.RequireMetric(t, calls-1, "gatehouse_flight_waiters", nil)
	g.RequireMetric(t, 1, "gatehouse_flights", nil)
	close(upstream.open)

	first := gatehouse.Ended(t, leader)
	assert.Equal(t, "24534", first.Text("promoCode"))
	for _, follower := range followers {
		assert.Equal(t, string(first.Exchange.Body), string(gatehouse.Ended(t, follower).Exchange.Body))
	}
	assert.Equal(t, 1, upstream.Calls())
	g.AssertMetric(t, 1, "gatehouse_requests_total", gatehouse.Labels{"source": "upstream"})
	g.AssertMetric(t, calls-1, "gatehouse_requests_total", gatehouse.Labels{"source": "flight"})
	g.AssertMetric(t, 0, "gatehouse_faults_total", nil)
	assert.Zero(t, g.Metric(t, "gatehouse_flights", nil))
	assert.True(t, gatehouse.Await(func() bool { return g.Metric(t, "gatehouse_flight_waiters", nil) == 0 }))
}

// TestFlightOutlivesItsFirstCaller: the provider gives up and retries; the
// validator must not be asked twice, since a code can be redeemed but once.
func TestFlightOutlivesItsFirstCaller(t *testing.T) {
	t.Parallel()
	for _, when := range []string{"while another waits", "before another comes", "before the answer is in memory"} {
		t.Run(when, func(t *testing.T) {
			t.Parallel()
			upstream := newGate(t)
			g := gatehouse.Start(t, connector(upstream.Address()))
			impatient, hangUp := context.WithCancel(t.Context())
			defer hangUp()
			first := g.Begin(impatient, "/", callBeforeCreation, basic)
			upstream.awaitCall(t)
			var second <-chan gatehouse.Begun
			if when == "while another waits" {
				second = g.Begin(t.Context(), "/", callBeforeCreation, basic)
				g.RequireMetric(t, 1, "gatehouse_flight_waiters", nil)
			}
			hangUp()
			// Between the alert that closes a TLS connection and the end of the socket an
			// answer can arrive: Gatehouse sends one to whoever no longer sends.
			if gone := <-first; gone.Err != nil {
				require.ErrorIs(t, gone.Err, context.Canceled)
			}
			switch when {
			case "before another comes":
				second = g.Begin(t.Context(), "/", callBeforeCreation, basic)
				g.RequireMetric(t, 1, "gatehouse_flight_waiters", nil)
				close(upstream.open)
			case "before the answer is in memory":
				close(upstream.open)
				g.RequireMetric(t, 1, "gatehouse_cache_entries", nil)
				second = g.Begin(t.Context(), "/", callBeforeCreation, basic)
			default:
				close(upstream.open)
			}
			assert.Equal(t, "24534", gatehouse.Ended(t, second).Text("promoCode"))
			assert.Equal(t, 1, upstream.Calls())
			g.AssertMetric(t, 0, "gatehouse_faults_total", nil)
		})
	}
}

func TestFlightThatOutlivesTheBudgetAnswersTheNextTry(t *testing.T) {
	t.Parallel()
	upstream := newGate(t)
	g := gatehouse.Start(t, connector(upstream.Address(), short))
	first := g.Post(t, "/", callBeforeCreation, basic, gatehouse.Within(withinShort))
	assert.Equal(t, contract.Invalid, first.Kind)
	assert.GreaterOrEqual(t, first.Exchange.Elapsed, 500*time.Millisecond, "it waits for the budget")
	g.AssertMetric(t, 1, "gatehouse_faults_total", gatehouse.Labels{"reason": "timeout"})

	second := g.Begin(t.Context(), "/", callBeforeCreation, basic) // has a budget anew
	g.RequireMetric(t, 1, "gatehouse_flight_waiters", nil)
	close(upstream.open)
	assert.Equal(t, "24534", gatehouse.Ended(t, second).Text("promoCode"))
	third := g.Post(t, "/", callBeforeCreation, basic)
	assert.Equal(t, "24534", third.Text("promoCode"))
	assert.Equal(t, 1, upstream.Calls())
}

func TestFaultsAreNotRemembered(t *testing.T) {
	t.Parallel()
	healthy := make(chan struct{})
	upstream := gatehouse.NewUpstream(t, func(w http.ResponseWriter, _ *http.Request) {
		select {
		case <-healthy:
			_, _ = io.WriteString(w, `{"promoCode":"24534"}`)
		default:
			http.Error(w, "ORA-00942: table or view does not exist", http.StatusInternalServerError)
		}
	})
	g := gatehouse.Start(t, connector(upstream.Address(), "cache"))
	assert.Equal(t, contract.Invalid, g.Post(t, "/", callBeforeCreation, basic).Kind)
	close(healthy)
	assert.Equal(t, contract.Continue, g.Post(t, "/", callBeforeCreation, basic).Kind)
	assert.Equal(t, 2, upstream.Calls())
}
