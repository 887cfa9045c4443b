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
		// Mostly 429; a call that comes as the limit lets one more in gets 401.
		assert.NotEqual(t, http.StatusOK, status(), "revoked")
		g.Reload(t, site(upstream, "basic b2c plain:"+rotatedSecret))
		assert.Equal(t, http.StatusUnauthorized, status(), "revoked")
	})
}

// Whose wrong passwords they are is what the connection says, unless it comes from
// a trusted proxy; else a header would be a way round the limit, or a way to use up
// what somebody else has (CWE-348).
func TestTheLimitIsTheCallersOwn(t *testing.T) {
	t.Parallel()
	const limited, free = http.StatusTooManyRequests, http.StatusUnauthorized
	for name, c := range map[string]struct {
		servers string
		used    string         // X-Forwarded-For of the wrong passwords that use it up
		then    map[string]int // X-Forwarded-For to the status of one more
	}{
		"no proxy is trusted": {
			"", "203.0.113.7",
			map[string]int{"": limited, "203.0.113.8": limited, "2001:db8::1": limited},
		},
		"behind a trusted proxy": {
			"trusted_proxies static 127.0.0.1/32\n trusted_proxies_strict", "203.0.113.7",
			map[string]int{
				"203.0.113.7": limited, "203.0.113.8": free, "::ffff:203.0.113.7": limited,
				"198.51.100.1, 203.0.113.7": limited, // what the caller himself wrote stands in front
				"203.0.113.7, 203.0.113.9":  free,    // so it uses up nobody else's
				"":                          free,    // the proxy's own
			},
		},
		"a network of IPv6": {
			"trusted_proxies static 127.0.0.1/32\n trusted_proxies_strict", "2001:db8:1:2::1",
			map[string]int{"2001:db8:1:2:ffff::9": limited, "2001:db8:1:3::1": free},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			upstream := gatehouse.Answering(t, http.StatusOK, `{}`)
			g := gatehouse.Start(t, site(upstream, "basic b2c "+gatehouse.HashPassword(t, "bcrypt", secret)), gatehouse.Servers(c.servers))
			wrongFrom := func(forwardedFor string) int {
				exchange, err := g.Try(t.Context(), "/", call, gatehouse.Basic("b2c", "wrong"), gatehouse.Header("X-Forwarded-For", forwardedFor))
				require.NoError(t, err)
				return exchange.Status
			}
			for forwardedFor, want := range c.then {
				got := 0
				for range 3 { // a second may have passed between the two, which gives one more
					require.True(t, gatehouse.Await(func() bool { return wrongFrom(c.used) == limited }))
					if got = wrongFrom(forwardedFor); got == want {
						break
					}
				}
				assert.Equal(t, want, got, "%q", forwardedFor)
			}
		})
	}
}
