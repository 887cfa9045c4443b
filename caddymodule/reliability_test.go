package caddymodule

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/protocol"
	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/verdict"
)

// The tests of this file are the laws of time: each runs in a bubble in which
// hours pass at once, and the moments are exact.

const anyCall = `{"step":"PostAttributeCollection","email":"a@example.com"}`

const continued = `{"version":"1.0.0","action":"Continue","promoCode":"1"}`

// counting counts what reaches the validator. header is of its answer, which comes
// after the time takes.
func counting(calls *atomic.Int32, takes time.Duration, header ...string) caddyhttp.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) error {
		calls.Add(1)
		time.Sleep(takes) //nolint:forbidigo // the time of the bubble
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Add(header[i], header[i+1])
		}
		_, err := w.Write([]byte(`{"promoCode":"1"}`))
		return err
	}
}

func broken(http.ResponseWriter, *http.Request) error {
	return caddyhttp.Error(http.StatusBadGateway, errors.New("refused"))
}

func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func (m *connectorMetrics) from(kind protocol.Kind, s source) prometheus.Counter {
	return m.requests[protocol.StepByName("PostAttributeCollection")][kind][s]
}

// Defaults by protocol, and their one rule: attempts × attempt less a tenth.
func TestBudget(t *testing.T) {
	t.Parallel()
	for config, want := range map[string]time.Duration{
		"":                            9 * time.Second,
		"protocol b2c_custom_policy":  18 * time.Second,
		"timeouts {\n attempt 10s\n}": 18 * time.Second,
		"timeouts {\n attempts 1\n}":  4500 * time.Millisecond,
		"timeouts {\n attempt 400ms\nattempts 3\n}": 1080 * time.Millisecond,
	} {
		c := provisioned(t, config)
		assert.Equal(t, want, c.budget(), config)
		assert.Equal(t, 2*want, time.Duration(c.Timeouts.Upstream), config)
	}
}

// answersFor holds that a verdict answers equal calls up to the very end of window,
// and the validator is asked again then. header is of its answer.
func answersFor(t *testing.T, c *Connector, window time.Duration, name string, header ...string) {
	t.Helper()
	var calls atomic.Int32
	next := counting(&calls, 0, header...)
	serve(t, c, newCall(anyCall), next)
	if window > 0 {
		pass(window - 1)
		serve(t, c, newCall(anyCall), next)
		assert.EqualValues(t, 1, calls.Load(), name)
		pass(1)
	}
	serve(t, c, newCall(anyCall), next)
	assert.EqualValues(t, 2, calls.Load(), name)
}

// A fresh verdict answers identical calls for one budget, since such a call is the
// retry; `cache` prolongs that, `cache off` ends it.
func TestReplayWindow(t *testing.T) {
	t.Parallel()
	for config, window := range map[string]time.Duration{
		"":                          9 * time.Second,
		"cache {\n ttl 1s\n}":       9 * time.Second,
		"cache":                     time.Minute,
		"cache {\n ttl 2h\n}":       2 * time.Hour,
		"timeouts {\nattempts 1\n}": 4500 * time.Millisecond,
		"cache off":                 0,
	} {
		synctest.Test(t, func(t *testing.T) {
			answersFor(t, provisioned(t, config), window, config)
		})
	}
}

// At the end of the budget a fault leaves; the flight lives on, and its verdict
// answers the person's next try.
func TestALateVerdictAnswersTheNextTry(t *testing.T) {
	t.Parallel()
	for name, header := range map[string][]string{"": nil, "even one not to be stored": {"Cache-Control", "no-store"}} {
		synctest.Test(t, func(t *testing.T) {
			c := provisioned(t, "")
			var calls atomic.Int32
			slow := counting(&calls, 12*time.Second, header...)
			began := time.Now()
			w := serve(t, c, newCall(anyCall), slow)
			assert.Equal(t, 9*time.Second, time.Since(began), name)
			assert.Equal(t, http.StatusBadRequest, w.Code, name)
			pass(5 * time.Second)
			w = serve(t, c, newCall(anyCall), slow)
			assert.JSONEq(t, continued, w.Body.String(), name)
			assert.EqualValues(t, 1, calls.Load(), name)
		})
	}
}

// The first attempt hangs up, the verdict lands, the second arrives: it must not
// make the validator redeem a code again.
func TestTheVerdictThatNobodyHeardIsForTheRetry(t *testing.T) {
	t.Parallel()
	for _, header := range []string{"", "no-store", "no-cache, no-store, max-age=0, must-revalidate", "max-age=1"} {
		synctest.Test(t, func(t *testing.T) {
			c := provisioned(t, "")
			var calls atomic.Int32
			next := counting(&calls, 5*time.Second+time.Millisecond, "Cache-Control", header)
			first := newCall(anyCall)
			ctx, hangUp := context.WithTimeout(first.Context(), 5*time.Second)
			defer hangUp()
			serve(t, c, first.WithContext(ctx), next)
			pass(2 * time.Second)
			w := serve(t, c, newCall(anyCall), next)
			assert.JSONEq(t, continued, w.Body.String(), header)
			assert.EqualValues(t, 1, calls.Load(), header)
		})
	}
}

// The validator knows best when its answer is no longer true; the operator, what
// is remembered at all.
func TestCacheControlShortens(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]time.Duration{
		"":                    time.Minute,
		"max-age=30":          30 * time.Second,
		"max-age=1":           time.Second,
		"max-age=3600":        time.Minute,
		"private, max-age=30": 30 * time.Second,
		"max-age=0":           0,
		"no-store":            0,
		"no-cache":            0,
	} {
		synctest.Test(t, func(t *testing.T) {
			answersFor(t, provisioned(t, "cache"), want, header, "Cache-Control", header)
		})
	}
}

// A stale verdict stands in for a fault of any kind, for as long as was said, and
// both the answer and the fault are counted.
func TestStaleIfError(t *testing.T) {
	t.Parallel()
	never := func(http.ResponseWriter, *http.Request) error {
		pass(time.Hour)
		return nil
	}
	for name, tc := range map[string]struct {
		next   caddyhttp.HandlerFunc
		reason verdict.Reason
	}{
		"refused":       {broken, verdict.Unreachable},
		"5xx":           {answering(http.StatusInternalServerError, "", "oops"), verdict.UpstreamError},
		"a page":        {answering(http.StatusNotFound, "text/html", "<html><p>Not here</p></html>"), verdict.GatewayPage},
		"not in time":   {never, verdict.Timeout},
		"a panic":       {func(http.ResponseWriter, *http.Request) error { panic("bug") }, verdict.Internal},
		"wrong secrets": {answering(http.StatusUnauthorized, "", ""), verdict.UpstreamUnauthorized},
	} {
		synctest.Test(t, func(t *testing.T) {
			c := provisioned(t, "name \"stale "+name+"\"\ncache {\n ttl 1m\n stale_if_error 1h\n}")
			var calls atomic.Int32
			serve(t, c, newCall(anyCall), counting(&calls, 0))
			pass(time.Minute)
			w := serve(t, c, newCall(anyCall), tc.next)
			assert.JSONEq(t, continued, w.Body.String(), name)
			assert.InDelta(t, 1, testutil.ToFloat64(c.metrics.from(protocol.KindContinue, fromStale)), 0, name)
			assert.InDelta(t, 1, testutil.ToFloat64(c.metrics.faults[tc.reason]), 0, name)
			pass(time.Hour)
			w = serve(t, c, newCall(anyCall), tc.next)
			assert.Equal(t, http.StatusBadRequest, w.Code, "%s: no longer", name)
			assert.InDelta(t, 1, testutil.ToFloat64(c.metrics.from(protocol.KindInvalid, fromFault)), 0, name)
			pass(time.Hour) // the handler that takes one
		})
	}
}

// What may not be stale: what the operator did not ask for, what the validator
// forbids, what a later verdict has replaced.
func TestNotStale(t *testing.T) {
	t.Parallel()
	const stale = "cache {\n ttl 1m\n stale_if_error 1h\n}"
	for name, tc := range map[string]struct{ config, header string }{
		"not configured":          {"cache", ""},
		"must-revalidate":         {stale, "must-revalidate"},
		"s-maxage":                {stale, "s-maxage=60"},
		"no-store":                {stale, "no-store"},
		"a call without a memory": {"request {\n secret email\n}\n" + stale, ""},
	} {
		synctest.Test(t, func(t *testing.T) {
			c := provisioned(t, tc.config)
			var calls atomic.Int32
			serve(t, c, newCall(anyCall), counting(&calls, 0, "Cache-Control", tc.header))
			pass(time.Minute)
			w := serve(t, c, newCall(anyCall), broken)
			assert.Equal(t, http.StatusBadRequest, w.Code, name)
		})
	}
	synctest.Test(t, func(t *testing.T) {
		c := provisioned(t, stale)
		var calls atomic.Int32
		serve(t, c, newCall(anyCall), counting(&calls, 0))
		pass(time.Minute)
		serve(t, c, newCall(anyCall), answering(http.StatusForbidden, "text/plain", "You are barred."))
		pass(time.Minute)
		w := serve(t, c, newCall(anyCall), broken)
		assert.JSONEq(t, `{"version":"1.0.0","action":"ShowBlockPage","userMessage":"You are barred."}`, w.Body.String(), "the newest verdict counts")
	})
}

// Flights and waiters beyond the bounds do not reach the validator. Who has a
// stale verdict gets that.
func TestFlightsAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := provisioned(t, "name bounded\nflights {\n max 1\n max_waiters 1\n}\ncache {\n ttl 9s\n stale_if_error 1h\n}")
		var calls atomic.Int32
		serve(t, c, newCall(`{"email":"known@example.com"}`), counting(&calls, 0))
		pass(9 * time.Second)
		slow := counting(&calls, 5*time.Second)
		for range 2 { // the leader and the one who may wait
			go serve(t, c, newCall(anyCall), slow)
		}
		synctest.Wait()
		for _, body := range []string{anyCall, `{"step":"PostAttributeCollection","email":"b@example.com"}`} {
			w := serve(t, c, newCall(body), slow)
			assert.Equal(t, http.StatusBadRequest, w.Code, body)
		}
		w := serve(t, c, newCall(`{"email":"known@example.com"}`), slow)
		assert.JSONEq(t, continued, w.Body.String())
		assert.InDelta(t, 3, testutil.ToFloat64(c.metrics.faults[verdict.Overloaded]), 0)
		pass(5 * time.Second)
		assert.EqualValues(t, 2, calls.Load())
	})
}

// The validator can tell the provider's retry from a later try, even where nothing
// is remembered, and learns nothing of the claims by it.
func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	for _, config := range []string{"cache off", ""} {
		synctest.Test(t, func(t *testing.T) {
			c := provisioned(t, config)
			ask := func(body string) (key string) {
				serve(t, c, newCall(body), func(_ http.ResponseWriter, r *http.Request) error {
					key = r.Header.Get("Idempotency-Key")
					return caddyhttp.Error(http.StatusBadGateway, nil)
				})
				return key
			}
			first := ask(anyCall)
			require.NotEmpty(t, first)
			pass(c.budget() - 1)
			assert.Equal(t, first, ask(anyCall), "within one budget")
			assert.NotEqual(t, first, ask(`{"email":"b@example.com"}`))
			pass(1)
			assert.NotEqual(t, first, ask(anyCall), "the person's own later try")
		})
	}
}

// Go's transport sends a POST again only if it can have its body anew.
func TestOnlyAnIdempotentValidatorIsSentACallAgain(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"json", "form", "query"} {
		c := provisioned(t, "request {\n idempotent\n format "+format+"\n}")
		serve(t, c, newCall(`{}`), func(_ http.ResponseWriter, r *http.Request) error {
			assert.NotNil(t, r.GetBody, format)
			assert.NotEmpty(t, r.Header["Idempotency-Key"], format)
			return nil
		})
	}
}

// Without a verdict in memory the provider's retry would redeem a code twice, however
// large the verdict is.
func TestALargeVerdictAnswersTheRetry(t *testing.T) {
	t.Parallel()
	assert.EqualValues(t, 80<<20, provisioned(t, "max_response 40MiB").Cache.MaxSize, "the default has room for two")
	c := provisioned(t, "max_response 8MiB")
	var calls atomic.Int32
	large := answering(http.StatusOK, "application/json", `{"a":"`+strings.Repeat("x", 5<<20)+`"}`)
	for range 2 {
		w := serve(t, c, newCall(anyCall), func(w http.ResponseWriter, r *http.Request) error {
			calls.Add(1)
			return large(w, r)
		})
		assert.Greater(t, w.Body.Len(), 5<<20)
	}
	assert.EqualValues(t, 1, calls.Load())
}
