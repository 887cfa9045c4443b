package frontdoor_test

import (
	"context"
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// flooded runs f while wrong passwords come at full speed from the address that
// the test calls from, and after they have used up what it has.
func flooded(t *testing.T, g *gatehouse.Process, f func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var senders sync.WaitGroup
	exhausted := make(chan struct{}, 1)
	for range 4 {
		senders.Go(func() {
			for ctx.Err() == nil {
				exchange, err := g.Try(ctx, "/", call, gatehouse.Basic("b2c", "wrong"))
				if err == nil && exchange.Status == http.StatusTooManyRequests {
					select {
					case exhausted <- struct{}{}:
					default:
					}
				}
			}
		})
	}
	defer senders.Wait()
	defer cancel()
	select {
	case <-exhausted:
		f()
	case <-ctx.Done():
		assert.Fail(t, "the wrong passwords were never limited")
	}
}

// What a reload forgets, the right caller pays for: his next call would need a
// hash, and the address has none left.
func TestAReloadForgetsNoPasswordThatStaysConfigured(t *testing.T) {
	t.Parallel()
	hash, other := gatehouse.HashPassword(t, "bcrypt", secret), gatehouse.HashPassword(t, "bcrypt", secret)
	upstream := gatehouse.Answering(t, http.StatusOK, `{}`)
	g := gatehouse.Start(t, site(upstream, "basic b2c "+hash))
	require.True(t, getsIn(t, g, secret))

	status := func() int {
		t.Helper()
		exchange, err := g.Try(t.Context(), "/", call, gatehouse.Basic("b2c", secret))
		require.NoError(t, err)
		return exchange.Status
	}
	flooded(t, g, func() {
		g.Reload(t, site(upstream, "basic another plain:"+rotatedSecret+"\n basic b2c "+hash))
		assert.Equal(t, http.StatusOK, status())
		g.Reload(t, site(upstream, "basic b2c "+hash))
		assert.Equal(t, http.StatusOK, status())
		// The same password behind another hash is another account line.
		g.Reload(t, site(upstream, "basic b2c "+other))
		assert.Equal(t, http.StatusTooManyRequests, status())
		g.Reload(t, site(upstream, "basic another "+hash))
		assert.Equal(t, http.StatusTooManyRequests, status(), "revoked")
		g.Reload(t, site(upstream, "basic b2c plain:"+rotatedSecret))
		assert.Equal(t, http.StatusUnauthorized, status(), "revoked")
	})
}
