package mainjob_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/gatehouse-proxy/gatehouse/internal/contract"
	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

func TestReloadKeepsVerdictsWhileTheyMeanTheSame(t *testing.T) {
	t.Parallel()
	const renewed = "the-secret-of-next-year"
	upstream := gatehouse.Answering(t, http.StatusOK, `{"promoCode":"24534"}`)
	other := gatehouse.Answering(t, http.StatusOK, `{"promoCode":"99999"}`)
	site := connector(upstream.Address())
	g := gatehouse.Start(t, site)
	assert.Equal(t, "24534", g.Post(t, "/", callBeforeCreation, basic).Text("promoCode"))
	g.RequireMetric(t, 1, "gatehouse_cache_entries", nil)

	g.Reload(t, strings.ReplaceAll(site, secret, renewed))
	g.Refused(t, "/", callBeforeCreation, basic)
	renewedBasic := gatehouse.Basic("b2c", renewed)
	assert.Equal(t, "24534", g.Post(t, "/", callBeforeCreation, renewedBasic).Text("promoCode"))
	assert.Equal(t, 1, upstream.Calls(), "only the credential has changed")
	g.AssertMetric(t, 1, "gatehouse_requests_total", gatehouse.Labels{"source": "upstream"})
	g.AssertMetric(t, 1, "gatehouse_requests_total", gatehouse.Labels{"source": "cache"})
	g.AssertMetric(t, 1, "gatehouse_cache_entries", nil)

	g.Reload(t, connector(upstream.Address(), short))
	assert.Equal(t, "24534", g.Post(t, "/", callBeforeCreation, basic).Text("promoCode"))
	assert.Equal(t, 1, upstream.Calls(), "only a time-out has changed")

	g.Reload(t, connector(other.Address()))
	assert.Equal(t, "99999", g.Post(t, "/", callBeforeCreation, basic).Text("promoCode"))
	assert.Equal(t, 1, upstream.Calls())
	assert.Equal(t, 1, other.Calls(), "another upstream may say something else")
	g.AssertMetric(t, 1, "gatehouse_cache_entries", nil)

	g.Reload(t, connector(other.Address(), "messages {\n invalid \"Try another.\"\n }"))
	g.Post(t, "/", callBeforeCreation, basic)
	assert.Equal(t, 2, other.Calls(), "a remembered answer may hold the old text")
	g.AssertMetric(t, 3, "gatehouse_requests_total", gatehouse.Labels{"source": "upstream"})
	g.AssertMetric(t, 2, "gatehouse_requests_total", gatehouse.Labels{"source": "cache"})
	g.AssertMetric(t, 1, "gatehouse_requests_total", gatehouse.Labels{"answer": "refused"})
}

// TestCallUnderWayThroughReload: Caddy cleans a module up while its requests are
// still in flight.
func TestCallUnderWayThroughReload(t *testing.T) {
	t.Parallel()
	upstream := newGate(t)
	other := gatehouse.Answering(t, http.StatusOK, `{"promoCode":"99999"}`)
	g := gatehouse.Start(t, connector(upstream.Address()))
	before := g.Begin(t.Context(), "/", callBeforeCreation, basic)
	upstream.awaitCall(t)

	g.Reload(t, connector(upstream.Address(), short))
	retry := g.Begin(t.Context(), "/", callBeforeCreation, basic)
	g.RequireMetric(t, 1, "gatehouse_flight_waiters", nil) // the flight of the old configuration
	g.Reload(t, connector(other.Address()))
	assert.Equal(t, "99999", g.Post(t, "/", callBeforeCreation, basic).Text("promoCode"))

	close(upstream.open)
	assert.Equal(t, contract.Continue, gatehouse.Ended(t, before).Kind)
	gatehouse.Ended(t, retry) // a verdict or, where the machine was slow, the end of its budget
	assert.Equal(t, 1, upstream.Calls())
}

func TestReloadOfABrokenConfigurationChangesNothing(t *testing.T) {
	t.Parallel()
	upstream := gatehouse.Answering(t, http.StatusOK, `{"promoCode":"24534"}`)
	g := gatehouse.Start(t, connector(upstream.Address()))
	g.Post(t, "/", callBeforeCreation, basic)
	output := g.ReloadFails(t, strings.ReplaceAll(connector(upstream.Address()), secret, "short"))
	assert.Contains(t, output, "too short")
	g.Post(t, "/", callBeforeCreation, basic)
	assert.Equal(t, 1, upstream.Calls(), "the memo is the same")
	g.AssertMetric(t, 1, "gatehouse_requests_total", gatehouse.Labels{"source": "cache"})
}
