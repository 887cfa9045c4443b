package upstream_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// kept keeps a connection long enough for every test.
var kept = edit{"keepalive 1s", "keepalive 1m"}

// beside adds lines to the proxy's options.
func beside(lines string) edit { return edit{"transport http {", lines + "\ntransport http {"} }

// TestConnectionThatDiesUnderACall: the validator has read the call, so it may
// have acted on it. One upstream call, and a fault.
func TestConnectionThatDiesUnderACall(t *testing.T) {
	t.Parallel()
	texts, validators := make(map[string]string), make(map[string]*gatehouse.Upstream)
	for name, lines := range map[string]string{
		"one try":           "",
		"looking for 2 s":   "lb_try_duration 2s",
		"beyond the budget": "lb_try_duration 30s",
		// A header of the proxy's own makes Caddy copy all of them.
		"with a header": "header_up X-Api-Key k",
	} {
		validators[name] = gatehouse.NewUpstream(t, dyingIdle(named("well")))
		texts[name] = example(t, "keepalive", one(validators[name].Address()), kept, beside(lines))
	}
	for name, g := range startAll(t, texts) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			validator := validators[name]
			requireContinue(t, g, "john")
			requireFault(t, g, "unreachable", "jane")
			assert.Equal(t, 2, validator.Calls())
			requireContinue(t, g, "jane") // on a new connection, and not from memory: a fault is not remembered
			assert.Equal(t, 3, validator.Calls())
		})
	}
}

// TestProxyClosesFirst: keepalive of the page, so that no call meets a connection
// that the validator is about to close.
func TestProxyClosesFirst(t *testing.T) {
	t.Parallel()
	closed := make(chan struct{}, 8)
	validator := newWatched(t, dyingIdle(named("well")), closed)
	g := start(t, example(t, "keepalive", one(validator), edit{"keepalive 1s", "keepalive 50ms"}))
	for _, person := range []string{"john", "jane", "jim"} {
		requireContinue(t, g, person)
		await(t, closed)
	}
	g.AssertMetric(t, 0, "gatehouse_faults_total", nil)
}

// TestNoConnectionIsKept: `keepalive off`.
func TestNoConnectionIsKept(t *testing.T) {
	t.Parallel()
	validator := gatehouse.NewUpstream(t, dyingIdle(named("well")))
	g := start(t, example(t, "keepalive", one(validator.Address()), edit{"keepalive 1s", "keepalive off"}))
	for _, person := range []string{"john", "jane", "jim"} {
		requireContinue(t, g, person)
	}
	assert.Equal(t, 3, validator.Calls())
}

// newWatched starts a validator that tells when a client has closed a connection.
func newWatched(t *testing.T, handle http.HandlerFunc, closed chan<- struct{}) string {
	t.Helper()
	server := httptest.NewUnstartedServer(handle)
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateClosed {
			closed <- struct{}{}
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}
