package hardening_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/internal/contract"
	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// TestQ06_WrongPasswordsAreLimited: can a password be guessed, or the door be
// jammed by guessing? CWE-307, CWE-645. Answer: wrong passwords against slow hashes
// are limited for each address, with a count to watch; nobody is locked out: a
// right password that is remembered, or needs no slow hash, is never held up.
// The memory of the limit is bounded: TestTheThrottleIsBounded.
func TestQ06_WrongPasswordsAreLimited(t *testing.T) {
	t.Parallel()
	g := gatehouse.Start(t, `
	api_connector {
		auth {
			basic b2c   `+gatehouse.HashPassword(t, "bcrypt", secret)+`
			basic other plain:`+otherSecret+`
		}
	}
	reverse_proxy `+gatehouse.Answering(t, http.StatusOK, `{}`).Address()+`
`)
	require.Equal(t, contract.Continue, g.Post(t, "/", call, basic).Kind)
	var busy contract.Exchange
	for range 200 {
		exchange, err := g.Try(t.Context(), "/", call, gatehouse.Basic("b2c", "wrong"))
		require.NoError(t, err)
		if exchange.Status == http.StatusTooManyRequests {
			busy = exchange
			break
		}
		require.Equal(t, http.StatusUnauthorized, exchange.Status)
	}
	require.Equal(t, http.StatusTooManyRequests, busy.Status)
	assert.Equal(t, []string{"1"}, busy.Header["Retry-After"])
	g.AssertMetric(t, 1, "gatehouse_refusals_total", gatehouse.Labels{"reason": "auth_busy"})
	g.AssertMetric(t, 1, "gatehouse_auth_total", gatehouse.Labels{"method": "basic", "result": "busy"})

	assert.Equal(t, contract.Continue, g.Post(t, "/", call, basic).Kind, "a remembered password")
	assert.Equal(t, contract.Continue, g.Post(t, "/", call, gatehouse.Basic("other", otherSecret)).Kind, "a digest")
}
