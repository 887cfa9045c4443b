package caddymodule

import (
	"context"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/memo"
	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/verdict"
)

// The verdict comes in the moment in which the budget ends. The call has it, or it
// is kept for the retry; it is never lost between the two. Which of both is seen
// first is chance, hence so many.
func TestTheVerdictAtTheVeryEndOfTheBudget(t *testing.T) {
	t.Parallel()
	for range 40 {
		synctest.Test(t, func(t *testing.T) {
			c := provisioned(t, "")
			var calls atomic.Int32
			w := serve(t, c, newCall(anyCall), counting(&calls, c.budget(), "Cache-Control", "no-store"))
			synctest.Wait()
			if w.Code != http.StatusOK {
				w = serve(t, c, newCall(anyCall), broken)
			}
			require.JSONEq(t, continued, w.Body.String())
		})
	}
}

// An operator who purges does not want the old verdicts, not even of those who
// wait already.
func TestNothingStaleAfterAPurge(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := provisioned(t, "cache {\n ttl 1m\n stale_if_error 1h\n}")
		var calls atomic.Int32
		serve(t, c, newCall(anyCall), counting(&calls, 0))
		pass(time.Minute)
		w := serve(t, c, newCall(anyCall), func(w http.ResponseWriter, r *http.Request) error {
			c.state.memo.Forget("")
			return broken(w, r)
		})
		assert.Equal(t, http.StatusBadRequest, w.Code, w.Body.String())
	})
}

// A handler that ends its goroutine leaves no flight that never lands, which would
// hold up every later call of its key.
func TestAHandlerThatEndsItsGoroutine(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := provisioned(t, "name \"goroutine ends\"")
		began := time.Now()
		w := serve(t, c, newCall(anyCall), func(http.ResponseWriter, *http.Request) error {
			runtime.Goexit()
			return nil
		})
		assert.Zero(t, time.Since(began))
		assert.Equal(t, http.StatusBadRequest, w.Code)
		assert.InDelta(t, 1, testutil.ToFloat64(c.metrics.faults[verdict.Internal]), 0)
		assert.Equal(t, memo.Stats{}, c.state.memo.Stats())
	})
}

// deadlines notes when a body has to have come.
type deadlines struct {
	*httptest.ResponseRecorder
	first time.Time
}

func (d *deadlines) SetReadDeadline(at time.Time) error {
	if d.first.IsZero() {
		d.first = at
	}
	return nil
}

// The budget of a single attempt is less than the attempt; a slow sender is
// answered within it too.
func TestABodyHasTheBudgetAtMost(t *testing.T) {
	t.Parallel()
	for config, want := range map[string]time.Duration{
		"":                           5 * time.Second,
		"timeouts {\n attempts 1\n}": 4500 * time.Millisecond,
	} {
		synctest.Test(t, func(t *testing.T) {
			c := provisioned(t, config)
			w := &deadlines{ResponseRecorder: httptest.NewRecorder()}
			began := time.Now()
			require.NoError(t, c.ServeHTTP(w, newCall(anyCall), answering(http.StatusOK, "", "{}")))
			assert.Equal(t, want, w.first.Sub(began), config)
		})
	}
}

// While one configuration replaces another, a state may lose its user in the middle
// of a look at it.
func TestAConnectorThatGoesWhileItIsLookedAt(t *testing.T) {
	t.Parallel()
	c := provisioned(t, "")
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := 0; ctx.Err() == nil || i%2 != 0; i++ { // to the end of a pair: c has it again
			c.state.mu.Lock()
			c.state.newest = []*Connector{nil, c}[i%2]
			c.state.mu.Unlock()
		}
	}()
	for range 10000 {
		require.NoError(t, listConnectors(httptest.NewRecorder(), nil))
		require.NoError(t, ready(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/gatehouse/ready", nil)))
	}
	cancel()
	<-done
}

// What goes upstream is in the key: reverse_proxy says in X-Forwarded-Proto whether
// the call came over TLS, and one server may have both ports.
func TestCallsWithAndWithoutTLSAreTwo(t *testing.T) {
	t.Parallel()
	c := provisioned(t, "")
	var calls atomic.Int32
	serve(t, c, newCall(anyCall), counting(&calls, 0))
	plain := newCall(anyCall)
	plain.TLS = nil
	serve(t, c, plain, counting(&calls, 0))
	assert.EqualValues(t, 2, calls.Load())
}
