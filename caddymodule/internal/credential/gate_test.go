package credential

import (
	"context"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestOneGateForTheProcess(t *testing.T) {
	t.Parallel()

	slow := newFakeHashes()
	first, second := gatedAccounts(t, slow, nil), gatedAccounts(t, slow, nil)
	assert.Same(t, first.gate, second.gate)
	assert.Equal(t, hashingCores(runtime.GOMAXPROCS(0)), cap(first.gate.places))
}

// Right calls that need no hash must not wait until one is preempted.
func TestACoreStaysForWhatNeedsNoHash(t *testing.T) {
	t.Parallel()
	for cores, want := range map[int]int{1: 1, 2: 1, 3: 2, 64: 63} {
		assert.Equal(t, want, hashingCores(cores))
	}
}

func TestNoMoreHashesAtATimeThanTheGateHolds(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		slow := newFakeHashes()
		slow.block = make(chan struct{})
		shared := newGate(2)
		connectors := []*Accounts{gatedAccounts(t, slow, shared), gatedAccounts(t, slow, shared)}
		results := make(chan Result, 6)
		for i := range 6 {
			go func() { results <- connectors[i%2].Verify(t.Context(), nobodyKnows, "b2c", "wrong") }()
		}
		for left := 6; left > 0; left-- {
			synctest.Wait()
			assert.Equal(t, min(left, 2), slow.inProgress())
			slow.block <- struct{}{}
			assert.Equal(t, Rejected{}, <-results)
		}
		assert.Empty(t, shared.places, "every place is free again")
	})
}

func TestBusyWhenTheWaitIsOver(t *testing.T) {
	t.Parallel()

	for name, tc := range map[string]struct {
		username, password string
		patience           time.Duration // of the caller
		want               time.Duration
	}{
		"limit, wrong password":  {"b2c", "wrong", time.Minute, 2 * time.Second},
		"limit, unknown name":    {"nobody", "wrong", time.Minute, 2 * time.Second},
		"limit, right password":  {"b2c", "password", time.Minute, 2 * time.Second},
		"context ends first":     {"b2c", "wrong", time.Second, time.Second},
		"context already ended":  {"b2c", "wrong", 0, 0},
		"and for a right secret": {"b2c", "password", 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				slow := newFakeHashes()
				full := newGate(1)
				full.places <- struct{}{}
				accounts := gatedAccounts(t, slow, full)
				ctx, cancel := context.WithTimeout(t.Context(), tc.patience)
				defer cancel()
				start := time.Now()
				assert.Equal(t, Busy{}, accounts.Verify(ctx, nobodyKnows, tc.username, tc.password))
				assert.Equal(t, tc.want, time.Since(start))
				assert.Empty(t, slow.take(), "nothing was hashed")
				assert.Len(t, full.places, 1, "nobody else's place was given away")
			})
		})
	}
}

// CWE-770: requests that wait are memory that anybody can take.
func TestTheQueueIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slow := newFakeHashes()
		full := newGate(1)
		full.places <- struct{}{}
		accounts := gatedAccounts(t, slow, full)
		results := make(chan Result, maxWaiting)
		for range maxWaiting {
			go func() { results <- accounts.Verify(t.Context(), nobodyKnows, "b2c", "password") }()
		}
		synctest.Wait()
		start := time.Now()
		assert.Equal(t, Busy{}, accounts.Verify(t.Context(), nobodyKnows, "b2c", "password"))
		assert.Zero(t, time.Since(start), "at once")
		full.leave()
		for range maxWaiting {
			assert.Equal(t, Accepted{"b2c"}, <-results, "who waited keeps his place")
		}
		assert.Zero(t, full.waiting.Load())
	})
}

// An ended context must not take a place even where one is free.
func TestAnEndedContextNeverHashes(t *testing.T) {
	t.Parallel()

	slow := newFakeHashes()
	accounts := gatedAccounts(t, slow, newGate(1))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 50 {
		require.Equal(t, Busy{}, accounts.Verify(ctx, nobodyKnows, "b2c", "wrong"))
	}
	assert.Empty(t, slow.take())
}

// Wrong passwords fill the gate; who is known by then is not held up.
func TestAFullGateHoldsUpNeitherFastNorRememberedSecrets(t *testing.T) {
	t.Parallel()

	slow := newFakeHashes()
	accounts, err := NewAccounts([]Account{
		{"fast", mustParse(t, "plain:"+canarySecret)},
		{"slow", mustParse(t, slow.bcrypt("password"))},
	}, slow.compare())
	require.NoError(t, err)
	require.Equal(t, Accepted{"slow"}, accounts.Verify(t.Context(), nobodyKnows, "slow", "password"))

	accounts.gate = newGate(0) // no places
	assert.Equal(t, Accepted{"fast"}, accounts.Verify(t.Context(), nobodyKnows, "fast", canarySecret))
	assert.Equal(t, Accepted{"slow"}, accounts.Verify(t.Context(), nobodyKnows, "slow", "password"))
}

func TestRightCallsThatQueuedTogetherHashOnce(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		slow := newFakeHashes()
		slow.block = make(chan struct{})
		accounts := gatedAccounts(t, slow, newGate(1))
		results := make(chan Result, 5)
		for range cap(results) {
			go func() { results <- accounts.Verify(t.Context(), nobodyKnows, "b2c", "password") }()
		}
		synctest.Wait()
		slow.block <- struct{}{}
		for range cap(results) {
			assert.Equal(t, Accepted{"b2c"}, <-results)
		}
		assert.Len(t, slow.take(), 1)
	})
}

func TestAPanickingComparerLeavesTheGate(t *testing.T) {
	t.Parallel()

	own := newGate(1)
	accounts := gatedAccounts(t, newFakeHashes(), own)
	accounts.slow[0].compare = func(_, _ []byte) (bool, error) { panic("comparer") }
	assert.Panics(t, func() { accounts.Verify(t.Context(), nobodyKnows, "b2c", "wrong") })
	assert.Empty(t, own.places)
}

// gatedAccounts has one slow account, b2c with "password", and its own gate
// unless that is nil.
func gatedAccounts(t *testing.T, slow *fakeHashes, own *gate) *Accounts {
	t.Helper()
	accounts, err := NewAccounts([]Account{{"b2c", mustParse(t, slow.bcrypt("password"))}}, slow.compare())
	require.NoError(t, err)
	if own != nil {
		accounts.gate = own
	}
	return accounts
}
