package credential

import (
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
	slow := newFakeHashes()
	kept, other := slow.bcrypt("password"), slow.bcrypt("password")
	before, err := NewAccounts([]Account{{"b2c", mustParse(t, kept)}}, slow.compare())
	require.NoError(t, err)
	require.Equal(t, Accepted{"b2c"}, before.Verify(t.Context(), nobodyKnows, "b2c", "password"))
	slow.take()

	for name, tc := range map[string]struct {
		after      []Account
		username   string
		password   string
		want       Result
		remembered bool
	}{
		"the same line":                   {[]Account{{"b2c", mustParse(t, kept)}}, "b2c", "password", Accepted{"b2c"}, true},
		"beside others":                   {[]Account{{"b2c", mustParse(t, other)}, {"b2c", mustParse(t, kept)}}, "b2c", "password", Accepted{"b2c"}, true},
		"another password":                {[]Account{{"b2c", mustParse(t, kept)}}, "b2c", "wrong", Rejected{}, false},
		"another hash of the same":        {[]Account{{"b2c", mustParse(t, other)}}, "b2c", "password", Accepted{"b2c"}, false},
		"the hash under another name":     {[]Account{{"new", mustParse(t, kept)}}, "new", "password", Accepted{"new"}, false},
		"the name that is gone":           {[]Account{{"new", mustParse(t, kept)}}, "b2c", "password", Rejected{}, false},
		"a digest in the place of a hash": {[]Account{{"b2c", mustParse(t, "plain:"+canarySecret)}}, "b2c", "password", Rejected{}, true},
	} {
		t.Run(name, func(t *testing.T) { // one after the other: they count comparisons
			after, err := NewAccounts(tc.after, slow.compare())
			require.NoError(t, err)
			assert.Equal(t, tc.want, after.Verify(t.Context(), nobodyKnows, tc.username, tc.password))
			assert.Equal(t, tc.remembered, len(slow.take()) == 0)
			for _, s := range after.slow { // what the others remember must not reach the next case
				if string(s.hash) == other || s.accepted == (Accepted{"new"}) {
					s.verified.Store(nil)
				}
			}
		})
	}
	runtime.KeepAlive(before)
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
