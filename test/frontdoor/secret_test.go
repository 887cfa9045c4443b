package frontdoor_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/test/contract"
	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// getsIn tells whether a call is answered; a 401 is the only other thing allowed.
func getsIn(t *testing.T, g *gatehouse.Process, password string) bool {
	t.Helper()
	exchange, err := g.Try(t.Context(), "/", call, gatehouse.Basic("b2c", password))
	require.NoError(t, err)
	if exchange.Status == http.StatusUnauthorized {
		return false
	}
	gatehouse.Judge(t, exchange)
	return true
}

func TestASecretInAFileRotatesWithoutAReload(t *testing.T) {
	t.Parallel()
	for name, newFile := range map[string]func(testing.TB, string) gatehouse.SecretFile{
		"rename": gatehouse.RenamedFile, "swap of a Kubernetes volume": gatehouse.KubernetesFile,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := newFile(t, "plain:"+secret+"\n")
			g := gatehouse.Start(t, site(gatehouse.Answering(t, http.StatusOK, `{}`), "basic b2c {file."+file.Path+"}"))
			require.True(t, getsIn(t, g, secret))
			require.False(t, getsIn(t, g, rotatedSecret))

			file.Change(t, "plain:"+rotatedSecret+"\n")
			assert.True(t, gatehouse.Await(func() bool { return getsIn(t, g, rotatedSecret) }), "the new secret")
			assert.False(t, getsIn(t, g, secret), "the old secret")

			file.Change(t, "not a credential")
			assert.True(t, gatehouse.Await(func() bool {
				getsIn(t, g, "wrong") // makes the file be read
				return strings.Contains(g.Logs(), "the last good credential stays")
			}))
			assert.True(t, getsIn(t, g, rotatedSecret))
			assert.NotContains(t, g.Logs(), secret)
			assert.NotContains(t, g.Logs(), rotatedSecret)
			assert.NotContains(t, g.Logs(), "not a credential")
		})
	}
}

// Wrong passwords against slow hashes are limited for each address, and whoever
// needs no hash is not held up.
func TestWrongPasswordsAreLimited(t *testing.T) {
	t.Parallel()
	g := gatehouse.Start(t, site(gatehouse.Answering(t, http.StatusOK, `{}`), `
		basic b2c `+gatehouse.HashPassword(t, "bcrypt", secret)+`
		basic fast plain:`+rotatedSecret))
	require.True(t, getsIn(t, g, secret))
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

	assert.True(t, getsIn(t, g, secret), "a remembered password")
	assert.Equal(t, contract.Continue, g.Post(t, "/", call, gatehouse.Basic("fast", rotatedSecret)).Kind, "a digest")
}

func TestABcryptCostThatBlocksTheDoorIsRefused(t *testing.T) {
	t.Parallel()
	result := gatehouse.Validate(t, `{
	admin off
}
http://localhost:8080 {
	api_connector {
		auth {
			basic b2c $2b$15$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZabcde
		}
	}
	reverse_proxy 127.0.0.1:9000
}
`)
	assert.Equal(t, 1, result.Status, result.Output)
	assert.Contains(t, result.Output, "cost is outside 04 to 14")
	assert.Contains(t, result.Output, "gatehouse connector secret")
}
