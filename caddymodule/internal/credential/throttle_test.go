package credential

import (
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	attacker = netip.MustParseAddr("203.0.113.7")
	neighbor = netip.MustParseAddr("203.0.113.8")
)

func throttled(t *testing.T, slow *fakeHashes) *Accounts {
	t.Helper()
	a, err := NewAccounts([]Account{
		{"b2c", mustParse(t, slow.bcrypt("password"))},
		{"fast", mustParse(t, "plain:"+canarySecret)},
	}, slow.compare())
	require.NoError(t, err)
	a.failures = newThrottle(10)
	return a
}

// CWE-307, CWE-400: what is above the limit costs no hash, and takes nobody's place.
func TestWrongPasswordsAreLimitedForEachAddress(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slow := newFakeHashes()
		a := throttled(t, slow)
		for range failureBurst {
			require.Equal(t, Rejected{}, a.Verify(t.Context(), attacker, "b2c", "wrong"))
		}
		require.Len(t, slow.take(), failureBurst)
		for range 1000 {
			require.Equal(t, Busy{}, a.Verify(t.Context(), attacker, "nobody", "wrong"))
		}
		assert.Empty(t, slow.take(), "nothing is hashed any more")

		assert.Equal(t, Accepted{"fast"}, a.Verify(t.Context(), attacker, "fast", canarySecret), "a digest is never held up")
		assert.Equal(t, Busy{}, a.Verify(t.Context(), attacker, "b2c", "password"), "of a password that nothing remembers nothing is known")
		assert.Equal(t, Accepted{"b2c"}, a.Verify(t.Context(), neighbor, "b2c", "password"), "others are not held up")
		assert.Equal(t, Accepted{"b2c"}, a.Verify(t.Context(), attacker, "b2c", "password"), "a remembered password is never held up")
		slow.take()

		<-time.After(failureEvery)
		assert.Equal(t, Rejected{}, a.Verify(t.Context(), attacker, "b2c", "wrong"), "one a second")
		assert.Equal(t, Busy{}, a.Verify(t.Context(), attacker, "b2c", "wrong"))
		assert.Len(t, slow.take(), 1)
	})
}

func TestRightPasswordsAreNotCounted(t *testing.T) {
	t.Parallel()
	slow := newFakeHashes()
	a := throttled(t, slow)
	for range 10 * failureBurst {
		for _, s := range a.slow {
			s.verified.Store(nil) // as if each were the first
		}
		require.Equal(t, Accepted{"b2c"}, a.Verify(t.Context(), attacker, "b2c", "password"))
	}
}

func TestDigestsAloneHaveNoLimit(t *testing.T) {
	t.Parallel()
	a, err := NewAccounts([]Account{{"b2c", mustParse(t, "plain:"+canarySecret)}}, SlowCompare{})
	require.NoError(t, err)
	for range 10 * failureBurst {
		require.Equal(t, Rejected{}, a.Verify(t.Context(), attacker, "b2c", "wrong"))
	}
}

// Calls that queued for the gate within one burst do not all go through it.
func TestAQueueDoesNotGoRoundTheLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slow := newFakeHashes()
		slow.block = make(chan struct{})
		a := throttled(t, slow)
		a.gate = newGate(1)
		results := make(chan Result, 3*failureBurst)
		for range cap(results) {
			go func() { results <- a.Verify(t.Context(), attacker, "b2c", "wrong") }()
		}
		synctest.Wait()
		close(slow.block)
		synctest.Wait()
		rejected := 0
		for range cap(results) {
			if _, is := (<-results).(Rejected); is {
				rejected++
			}
		}
		assert.Equal(t, failureBurst, rejected)
	})
}

func TestTheThrottleIsBounded(t *testing.T) {
	t.Parallel()
	limit := newThrottle(10)
	for range failureBurst {
		limit.failed(attacker)
	}
	assert.False(t, limit.allows(attacker))
	address := netip.MustParseAddr("198.51.100.0")
	for range 100 {
		limit.failed(address)
		address = address.Next()
	}
	assert.Equal(t, 10, limit.failures.Len())
	assert.True(t, limit.allows(attacker), "the least recently used is forgotten")
	assert.Same(t, processThrottle(), processThrottle())
}

func TestOneClientIsOneNetwork(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"203.0.113.7":              "203.0.113.7/32",
		"::ffff:203.0.113.7":       "203.0.113.7/32",
		"2001:db8:1:2:3:4:5:6":     "2001:db8:1:2::/64",
		"2001:db8:1:2:ffff::1":     "2001:db8:1:2::/64",
		"fe80::1%eth0":             "fe80::/64",
		"2001:db8:1:3:ffff::1%any": "2001:db8:1:3::/64",
	} {
		assert.Equal(t, want, network(netip.MustParseAddr(address)).String())
	}
	limit := newThrottle(10)
	for range 10 * failureBurst {
		limit.failed(nobodyKnows)
	}
	assert.True(t, limit.allows(nobodyKnows), "an address that is not known is not limited")
	assert.Zero(t, limit.failures.Len())
}
