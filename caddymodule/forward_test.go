package caddymodule

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/memo"
	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/verdict"
)

// Whatever the handler behind the connector does, the caller gets an answer and
// the reason is counted.
func TestWhateverTheHandlerBehindDoes(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		next   caddyhttp.HandlerFunc
		reason verdict.Reason
	}{
		"no upstream":     {failing(http.StatusServiceUnavailable), verdict.Unreachable},
		"refused":         {failing(http.StatusBadGateway), verdict.Unreachable},
		"timeout":         {failing(http.StatusGatewayTimeout), verdict.Timeout},
		"own error":       {failing(http.StatusInternalServerError), verdict.Internal},
		"basic_auth":      {failing(http.StatusUnauthorized), verdict.UpstreamUnauthorized},
		"file not found":  {failing(http.StatusNotFound), verdict.UpstreamRejected},
		"plain error":     {func(http.ResponseWriter, *http.Request) error { return errors.New("broken") }, verdict.Internal},
		"context ended":   {answering(statusClientGone, "", ""), verdict.Unreachable},
		"panic":           {func(http.ResponseWriter, *http.Request) error { panic("a secret of the call") }, verdict.Internal},
		"abort at once":   {func(http.ResponseWriter, *http.Request) error { panic(http.ErrAbortHandler) }, verdict.Unreachable},
		"abort in body":   {abortInBody, verdict.Truncated},
		"too large":       {answering(http.StatusOK, "application/json", `{"a":"`+strings.Repeat("x", defaultMaxResponse)+`"}`), verdict.TooLarge},
		"too large panic": {tooLargeThenPanic, verdict.TooLarge},
		"switching":       {answering(http.StatusSwitchingProtocols, "", ""), verdict.Redirect},
		"redirect":        {answering(http.StatusFound, "", ""), verdict.Redirect},
		"nothing written": {func(http.ResponseWriter, *http.Request) error { return nil }, verdict.Internal},
		"no handler, and something written": {func(w http.ResponseWriter, r *http.Request) error {
			caddyhttp.SetVar(r.Context(), "unhandled", true)
			_, err := w.Write(nil)
			return err
		}, verdict.NoHandler},
		"no handler": {func(_ http.ResponseWriter, r *http.Request) error {
			caddyhttp.SetVar(r.Context(), "unhandled", true)
			return nil
		}, verdict.NoHandler},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := provisioned(t, "name "+strings.ReplaceAll(t.Name(), "/", "_"))
			w := serve(t, c, newCall(`{"step":"PostAttributeCollection"}`), tc.next)
			assert.Equal(t, http.StatusBadRequest, w.Code)
			assert.JSONEq(t, `{"version":"1.0.0","status":400,"action":"ValidationError","userMessage":"`+faultText+`"}`, w.Body.String())
			assert.Equal(t, strconv.Itoa(w.Body.Len()), w.Header().Get("Content-Length"))
			assert.InDelta(t, 1, testutil.ToFloat64(c.metrics.faults[tc.reason]), 0, "counted as %s", tc.reason)
		})
	}
}

func failing(status int) caddyhttp.HandlerFunc {
	return func(http.ResponseWriter, *http.Request) error { return caddyhttp.Error(status, errors.New("behind")) }
}

// abortInBody is what reverse_proxy does when an upstream breaks off.
func abortInBody(w http.ResponseWriter, _ *http.Request) error {
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write([]byte(`{"promo`))
	panic(http.ErrAbortHandler)
}

func tooLargeThenPanic(w http.ResponseWriter, _ *http.Request) error {
	for {
		if _, err := w.Write(make([]byte, 4096)); err != nil {
			panic(http.ErrAbortHandler)
		}
	}
}

func TestInformationalResponsesAreNotTheAnswer(t *testing.T) {
	t.Parallel()
	c := provisioned(t, "")
	w := serve(t, c, newCall(`{}`), func(w http.ResponseWriter, _ *http.Request) error {
		w.WriteHeader(http.StatusEarlyHints)
		w.WriteHeader(http.StatusOK)
		_, err := w.Write([]byte(`{"a":"b"}`))
		return errors.Join(err, http.NewResponseController(w).Flush())
	})
	assert.JSONEq(t, `{"version":"1.0.0","action":"Continue","a":"b"}`, w.Body.String())
}

// The handler behind may look for an upstream beyond the deadline of its request
// (lb_try_duration). The answer leaves at the end of the budget, the flight ends
// at timeouts.upstream, and the next call starts anew.
func TestHandlerThatNeverReturns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := provisioned(t, "timeouts {\n attempt 5s\n}")
		var calls atomic.Int32
		release := make(chan struct{})
		stuck := func(http.ResponseWriter, *http.Request) error {
			calls.Add(1)
			<-release
			return nil
		}
		began := time.Now()
		w := serve(t, c, newCall(`{"step":"PostFederationSignup"}`), stuck)
		assert.Equal(t, 9*time.Second, time.Since(began), "2 × 5 s less a tenth")
		assert.JSONEq(t, `{"version":"1.0.0","action":"ShowBlockPage","userMessage":"`+faultText+`"}`, w.Body.String())

		time.Sleep(9*time.Second + 2*lateness) //nolint:forbidigo // the time of the bubble
		assert.Equal(t, 0, c.state.memo.Stats().Flights, "landed at timeouts.upstream")
		serve(t, c, newCall(`{"step":"PostFederationSignup"}`), stuck)
		assert.EqualValues(t, 2, calls.Load())
		close(release)
		synctest.Wait()
	})
}

// A first attempt that hangs up at 5 s and a second that arrives then share one
// upstream call, and a validator that needs 7 s answers the second.
func TestRetryIsAnsweredByTheFirstAttemptsFlight(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := provisioned(t, "")
		var calls atomic.Int32
		slow := func(w http.ResponseWriter, _ *http.Request) error {
			calls.Add(1)
			time.Sleep(7 * time.Second) //nolint:forbidigo // the time of the bubble
			_, err := w.Write([]byte(`{"promoCode":"1"}`))
			return err
		}
		const body = `{"step":"PostAttributeCollection","email":"a@example.com"}`
		first := newCall(body)
		ctx, hangUp := context.WithTimeout(first.Context(), 5*time.Second)
		defer hangUp()
		w := serve(t, c, first.WithContext(ctx), slow)
		assert.JSONEq(t, `{"version":"1.0.0","status":400,"action":"ValidationError","userMessage":"`+faultText+`"}`, w.Body.String(),
			"perhaps only its sending half is closed")

		began := time.Now()
		w = serve(t, c, newCall(body), slow)
		assert.Equal(t, 2*time.Second, time.Since(began))
		assert.JSONEq(t, `{"version":"1.0.0","action":"Continue","promoCode":"1"}`, w.Body.String())
		w = serve(t, c, newCall(body), slow)
		assert.JSONEq(t, `{"version":"1.0.0","action":"Continue","promoCode":"1"}`, w.Body.String())
		assert.EqualValues(t, 1, calls.Load())

		time.Sleep(c.budget()) //nolint:forbidigo // the time of the bubble
		synctest.Wait()
		require.Zero(t, c.state.memo.Stats().Entries, "without `cache` a verdict lives for one budget")
	})
}

// What the handler behind sees is a request of our own: nothing of the caller's
// that is not part of what tells calls apart.
func TestSnapshotHasOnlyWhatTellsCallsApart(t *testing.T) {
	t.Parallel()
	c := provisioned(t, "request {\n forward_header X-Tenant\n}")
	r := newCall(`{"email":"A@EXAMPLE.com","ui_locales":"de-AT en"}`)
	for _, name := range []string{"Cookie", "X-Forwarded-For", "Client-Cert", "Traceparent", "Accept-Encoding", "Incremental", "X-Other", "Expect"} {
		r.Header.Set(name, "1")
	}
	r.Header.Set("X-Tenant", "contoso")
	var got http.Header
	var address string
	serve(t, c, r, func(w http.ResponseWriter, r *http.Request) error {
		got, address = r.Header.Clone(), r.RemoteAddr
		w.WriteHeader(http.StatusNoContent)
		return nil
	})
	key := got.Get("Idempotency-Key")
	assert.Len(t, key, 32)
	assert.Equal(t, http.Header{
		"Accept":          {"application/json"},
		"Accept-Language": {"de-AT, en;q=0.9"},
		"Content-Length":  {strconv.Itoa(len(`{"email":"A@example.com","ui_locales":"de-AT en"}`))},
		"Content-Type":    {"application/json"},
		"Idempotency-Key": {key},
		"User-Agent":      {"Gatehouse"},
		"X-Tenant":        {"contoso"},
	}, got)
	assert.Empty(t, address)
}

// A handler behind may add to a header and change it in place, as header_up of
// reverse_proxy does.
func TestWhatIsChangedInOneHeaderIsInNoOther(t *testing.T) {
	t.Parallel()
	for _, format := range []string{formatJSON, formatForm, formatQuery} {
		c := provisioned(t, "request {\n format "+format+"\n forward_header X-Tenant\n }")
		r := newCall(`{"email":"a@example.com","ui_locales":"de"}`)
		r.Header["X-Tenant"] = []string{"a", "b"}
		w := serve(t, c, r, func(w http.ResponseWriter, r *http.Request) error {
			before := r.Header.Clone()
			assert.Contains(t, before, "Accept-Language")
			for name, lines := range r.Header {
				lines[0] = "changed"
				r.Header.Add(name, "added")
				want := before.Clone()
				want[name][0] = "changed"
				want.Add(name, "added")
				assert.Equal(t, want, r.Header, format)
				r.Header[name] = before[name]
			}
			w.WriteHeader(http.StatusNoContent)
			return nil
		})
		assert.Equal(t, http.StatusOK, w.Code)
	}
}

// Of the handle blocks of a site one at most runs. A sibling of the connector's
// must not answer for a validator that is not there: its 200 would be a continue.
func TestSiblingsDoNotAnswerForTheValidator(t *testing.T) {
	t.Parallel()
	c := provisioned(t, "")
	r := newCall(`{"step":"PreTokenIssuance"}`)
	groups, _ := r.Context().Value(caddy.CtxKey("route_group")).(map[string]struct{})
	groups["group1"] = struct{}{}
	var seen map[string]struct{}
	serve(t, c, r, func(_ http.ResponseWriter, r *http.Request) error {
		seen, _ = r.Context().Value(caddy.CtxKey("route_group")).(map[string]struct{})
		return nil
	})
	assert.Contains(t, seen, "group1")
}

// What is not in the key does not go upstream: the caller's certificate, an opaque
// URL, the version of HTTP.
func TestWhatIsNotInTheKeyDoesNotGoUpstream(t *testing.T) {
	t.Parallel()
	c := provisioned(t, "")
	r := newCall(`{}`)
	r.URL.Opaque, r.URL.Host, r.URL.Scheme = "opaque1", "elsewhere.example", "x"
	r.TLS = &tls.ConnectionState{PeerCertificates: []*x509.Certificate{{}}, ServerName: "a"}
	r.Proto, r.ProtoMajor = "HTTP/2.0", 2
	serve(t, c, r, func(_ http.ResponseWriter, r *http.Request) error {
		assert.Equal(t, &url.URL{Path: "/signup"}, r.URL)
		assert.Equal(t, &tls.ConnectionState{HandshakeComplete: true}, r.TLS)
		assert.Equal(t, "HTTP/1.1", r.Proto)
		return nil
	})
}

// Go's transport sends a request again where a kept-alive connection dies, unless
// it is a POST without GetBody, or has a body of unknown length.
func TestNothingCanBeSentTwice(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"json", "form", "query"} {
		c := provisioned(t, "request {\n format "+format+"\n}")
		serve(t, c, newCall(`{}`), func(_ http.ResponseWriter, r *http.Request) error {
			assert.Nil(t, r.GetBody, format)
			switch {
			case r.Method == http.MethodGet: // reverse_proxy takes a body of length 0 away
				assert.NotZero(t, r.ContentLength)
				assert.NotNil(t, r.Body)
				assert.NotEqual(t, http.NoBody, r.Body)
			case r.ContentLength == 0:
				assert.Empty(t, r.Header["Idempotency-Key"])
			}
			return nil
		})
	}
}

// What is remembered is the answer's own bytes and nothing of what the upstream
// sent beside them.
func TestMemoCountsWhatItKeeps(t *testing.T) {
	t.Parallel()
	c := provisioned(t, "cache")
	serve(t, c, newCall(`{}`), answering(http.StatusOK, "application/json", `{"user":{"a":"`+strings.Repeat("x", 60_000)+`"}}`))
	assert.LessOrEqual(t, c.state.memo.Stats().Bytes, int64(memo.EntryOverhead+64))
}
