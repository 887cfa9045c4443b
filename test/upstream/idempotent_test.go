package upstream_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/internal/contract"
	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// knowing is a validator that gives a call which it has seen the answer that it
// gave before, by its Idempotency-Key.
func knowing(redeemed *redemptions, answer http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		redeemed.redeem(r.Header.Get("Idempotency-Key"))
		answer(w, r)
	}
}

// TestIdempotentCallIsSentAgain: the connection dies under the call, and a new
// one answers. Options of the proxy make Caddy copy the header, or the body.
func TestIdempotentCallIsSentAgain(t *testing.T) {
	t.Parallel()
	texts, validators, redeemed := make(map[string]string), make(map[string]*gatehouse.Upstream), make(map[string]*redemptions)
	for name, change := range map[string]edit{
		"as on the page":    beside(""),
		"looking for 2 s":   beside("lb_try_duration 2s"),
		"beyond the budget": beside("lb_try_duration 30s"),
		"with a header":     beside("header_up X-Api-Key k"),
		"with a buffer":     beside("request_buffers 128KiB"),
		"as a form":         {"\t\tidempotent\n", "idempotent\nformat form\n"},
		"as a query":        {"\t\tidempotent\n", "idempotent\nformat query\n"},
	} {
		redeemed[name] = new(redemptions)
		validators[name] = gatehouse.NewUpstream(t, knowing(redeemed[name], dyingIdle(named("well"))))
		texts[name] = example(t, "idempotent", one(validators[name].Address()), kept, change)
	}
	for name, g := range startAll(t, texts) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			requireContinue(t, g, "john")
			requireContinue(t, g, "jane")
			g.AssertMetric(t, 0, "gatehouse_faults_total", gatehouse.Labels{"connector": g.name})

			received := validators[name].Received()
			require.Len(t, received, 3)
			assert.Equal(t, received[1].Body, received[2].Body)
			assert.Equal(t, received[1].URI, received[2].URI)
			assert.Equal(t, received[1].Header.Get("Idempotency-Key"), received[2].Header.Get("Idempotency-Key"))
			assert.NotEqual(t, received[0].Header.Get("Idempotency-Key"), received[1].Header.Get("Idempotency-Key"))
			assert.Len(t, redeemed[name].used, 2)
		})
	}
}

// TestIdempotentCallOnANewConnectionIsSentOnce: a server that hangs up there does
// not do it because the connection was old.
func TestIdempotentCallOnANewConnectionIsSentOnce(t *testing.T) {
	t.Parallel()
	validator := gatehouse.NewUpstream(t, reset)
	g := start(t, example(t, "idempotent", one(validator.Address())))
	requireFault(t, g, "unreachable", "john")
	assert.Equal(t, 1, validator.Calls())
}

// TestIdempotentIsAPromiseOfTheValidators: one that does not keep it redeems a
// code twice.
func TestIdempotentIsAPromiseOfTheValidators(t *testing.T) {
	t.Parallel()
	validator := gatehouse.NewUpstream(t, redeeming(new(redemptions), dyingIdle(named("well"))))
	g := start(t, example(t, "idempotent", one(validator.Address()), kept))
	requireContinue(t, g, "john")
	answer := g.post(t, "jane")
	assert.Equal(t, contract.Invalid, answer.Kind)
	assert.Equal(t, "This code has been used.", answer.Message)
}
