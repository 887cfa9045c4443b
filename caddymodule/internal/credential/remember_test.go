package credential

import (
	"cmp"
	"fmt"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A reload makes other Accounts of the same lines: the first call after it must
// not be one that needs a hash.
func TestWhatWasVerifiedSurvivesAReload(t *testing.T) {
	t.Parallel()
	type line struct{ username, hash string } // hash: kept, other, or a credential
	for name, tc := range map[string]struct {
		after              []line
		username, password string
		want               Result
		hashes             int
	}{
		"the same line":                   {[]line{{"b2c", "kept"}}, "b2c", "password", Accepted{"b2c"}, 0},
		"beside others":                   {[]line{{"b2c", "other"}, {"b2c", "kept"}}, "b2c", "password", Accepted{"b2c"}, 0},
		"another password":                {[]line{{"b2c", "kept"}}, "b2c", "wrong", Rejected{}, 1},
		"another hash of the same":        {[]line{{"b2c", "other"}}, "b2c", "password", Accepted{"b2c"}, 1},
		"the hash under another name":     {[]line{{"new", "kept"}}, "new", "password", Accepted{"new"}, 1},
		"the name that is gone":           {[]line{{"new", "kept"}}, "b2c", "password", Rejected{}, 1},
		"a digest in the place of a hash": {[]line{{"b2c", "plain:" + canarySecret}}, "b2c", "password", Rejected{}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			slow := newFakeHashes()
			hashes := map[string]string{"kept": slow.bcrypt("password"), "other": slow.bcrypt("password")}
			before, err := NewAccounts([]Account{{"b2c", mustParse(t, hashes["kept"])}}, slow.compare())
			require.NoError(t, err)
			require.Equal(t, Accepted{"b2c"}, before.Verify(t.Context(), nobodyKnows, "b2c", "password"))
			slow.take()

			var accounts []Account
			for _, l := range tc.after {
				accounts = append(accounts, Account{l.username, mustParse(t, cmp.Or(hashes[l.hash], l.hash))})
			}
			after, err := NewAccounts(accounts, slow.compare())
			require.NoError(t, err)
			assert.Equal(t, tc.want, after.Verify(t.Context(), nobodyKnows, tc.username, tc.password))
			assert.Len(t, slow.take(), tc.hashes)
			runtime.KeepAlive(before) // it still serves while the new configuration is loaded
		})
	}
}

// CWE-401: each reload with other hashes would leave a little behind.
func TestTheMemoryHoldsWhatIsConfigured(t *testing.T) {
	t.Parallel()
	m := newMemory()
	name := func(i int) [32]byte { return digestOf(fmt.Sprint(i)) }
	live := m.account(name(0), nil)
	assert.Same(t, live, m.account(name(0), nil))
	assert.NotSame(t, live, m.account(name(0), []byte("another hash")))
	for i := range 1000 {
		m.account(name(i), nil).Store(new(tag))
	}
	left := func() int {
		m.mu.Lock()
		defer m.mu.Unlock()
		return len(m.of)
	}
	for range 1000 { // cleanups run on a goroutine of the runtime's own
		if runtime.GC(); left() == 1 {
			break
		}
	}
	assert.Equal(t, 1, left())
	assert.NotNil(t, live.Load(), "what is configured is remembered")
	runtime.KeepAlive(live)
}
