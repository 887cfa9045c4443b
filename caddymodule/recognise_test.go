package caddymodule

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/memo"
	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/protocol"
)

// known makes a connector recognise a call: the first asks the validator, the second
// need not be read.
func known(t *testing.T, c *Connector, calls *atomic.Int32, call func() *http.Request) {
	t.Helper()
	for range 2 {
		serve(t, c, call(), counting(calls, 0))
	}
	require.EqualValues(t, 1, calls.Load())
}

func recognises(c *Connector, r *http.Request) bool {
	return recognisesBy(c, r, caller{methodBasic, "b2c"})
}

func recognisesBy(c *Connector, r *http.Request, who caller) bool {
	x := &exchange{began: time.Now(), caller: who}
	if c.take(httptest.NewRecorder(), r, x) != nil {
		return false
	}
	_, known := c.recognise(r, x)
	return known
}

// Whatever reading a call looks at, and whatever goes upstream, tells calls apart
// here too.
func TestOnlyTheVerySameCallIsRecognised(t *testing.T) {
	t.Parallel()
	const config = "cache\nrequest {\n forward_header X-Tenant\n }"
	plain := func() *http.Request { return newCall(anyCall) }
	for name, change := range map[string]func(*http.Request){
		"body":                 func(r *http.Request) { *r = *newCall(strings.Replace(anyCall, "a@", "b@", 1)) },
		"a space in the body":  func(r *http.Request) { *r = *newCall(anyCall + " ") },
		"path":                 func(r *http.Request) { r.URL.Path = "/other" },
		"path in another form": func(r *http.Request) { r.URL.RawPath = "/sign%75p" },
		"query":                func(r *http.Request) { r.URL.RawQuery = "a=b" },
		"host":                 func(r *http.Request) { r.Host = "other.example.com" },
		"TLS":                  func(r *http.Request) { r.TLS = nil },
		"media type":           func(r *http.Request) { r.Header.Set("Content-Type", "application/json;charset=utf-8") },
		"media type twice":     func(r *http.Request) { r.Header.Add("Content-Type", "application/json") },
		"forwarded header":     func(r *http.Request) { r.Header.Set("X-Tenant", "a") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := provisioned(t, config)
			var calls atomic.Int32
			known(t, c, &calls, plain)
			require.True(t, recognises(c, plain()))
			r := plain()
			change(r)
			assert.False(t, recognises(c, r))
			for _, who := range []caller{{methodBasic, "other"}, {methodCertificate, "b2c"}} {
				assert.False(t, recognisesBy(c, plain(), who), "%+v", who)
			}
		})
	}
}

// A recognised call is answered, counted and logged as if it had been read.
func TestARecognisedCallIsAHitLikeOthers(t *testing.T) {
	t.Parallel()
	c := provisioned(t, "name recognised\ncache")
	var calls atomic.Int32
	known(t, c, &calls, func() *http.Request { return newCall(anyCall) })
	w := serve(t, c, newCall(anyCall), broken)
	assert.JSONEq(t, continued, w.Body.String())
	assert.InDelta(t, 2, testutil.ToFloat64(c.metrics.from(protocol.KindContinue, fromCache)), 0)
	x := &exchange{began: time.Now()}
	r := newCall(anyCall)
	x.caller, _ = c.door.identify(r)
	require.NoError(t, c.take(httptest.NewRecorder(), r, x))
	_, is := c.recognise(r, x)
	require.True(t, is)
	assert.NotEqual(t, memo.Key{}, x.key)
	assert.Equal(t, protocol.StepByName("PostAttributeCollection"), x.step)
}

// The digest leads to a key and no further: what is not remembered is not known.
func TestWhatIsForgottenIsNotRecognised(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := provisioned(t, "cache {\n ttl 1m\n stale_if_error 1h\n }")
		var calls atomic.Int32
		known(t, c, &calls, func() *http.Request { return newCall(anyCall) })
		c.state.memo.Forget("")
		assert.False(t, recognises(c, newCall(anyCall)), "purged")
		serve(t, c, newCall(anyCall), counting(&calls, 0))
		assert.EqualValues(t, 2, calls.Load())
		assert.True(t, recognises(c, newCall(anyCall)))
		pass(time.Minute)
		assert.False(t, recognises(c, newCall(anyCall)), "stale")
	})
	for _, config := range []string{"cache off", "request {\n secret email\n }"} {
		c := provisioned(t, config)
		var calls atomic.Int32
		for range 3 {
			serve(t, c, newCall(anyCall), counting(&calls, 0))
		}
		assert.EqualValues(t, 3, calls.Load(), config)
		assert.False(t, recognises(c, newCall(anyCall)), config)
	}
}

// A GET has its claims elsewhere and is read each time.
func TestAGetIsRead(t *testing.T) {
	t.Parallel()
	c := provisioned(t, "protocol b2c_custom_policy\ncache")
	get := func() *http.Request {
		r := newCall("")
		r.Method, r.URL.RawQuery, r.Body = http.MethodGet, "email=a@example.com", http.NoBody
		return r
	}
	var calls atomic.Int32
	known(t, c, &calls, get)
	assert.False(t, recognises(c, get()))
}

func TestRoomIsGivenBackEmpty(t *testing.T) {
	t.Parallel()
	const size = 20 << 10 // so large that nobody else gets it
	x := new(exchange)
	x.raw = append(x.room(size), strings.Repeat("x", size)...)
	room := x.raw
	require.GreaterOrEqual(t, cap(*x.kept), size)
	x.giveBack()
	assert.Equal(t, make([]byte, size), room)
	assert.Nil(t, x.raw)
}
