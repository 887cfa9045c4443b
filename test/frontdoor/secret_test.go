package frontdoor_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

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
