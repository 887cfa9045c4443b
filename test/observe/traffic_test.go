package observe_test

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/internal/contract"
	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

var steps = []string{"PostFederationSignup", "PostAttributeCollection", "PreTokenIssuance", "SomethingNew"}

// everyday are the calls of a day on which all is well, rare the words that bring a
// fault, each now and again.
var (
	everyday = []string{"continue", "continue", "contract", "invalid", "continue", "block", "fields", "continue", "problem", "text", "slow", "continue", "soap", "empty"}
	doors    = []string{"works", "works", "works", "nothing", "works", "works", "fails", "works", "works", "works"}
	rare     = []string{
		"timeout", "unreachable", "truncated", "too_large", "redirect", "upstream_unauthorized", "contradiction", "unknown_action",
		"upstream_error", "overloaded", "gateway_page", "upstream_rejected", "unreadable", "configured",
	}
)

// traffic is a stream of calls that visits everything. In the middle of its time the
// validator breaks and recovers.
type traffic struct {
	process     *gatehouse.Process
	certificate tls.Certificate
	broken      *atomic.Bool
	under       sync.WaitGroup
	failed      atomic.Int64
	firstError  atomic.Pointer[error]
	progress    func(part float64) // called ten times
}

const callEvery = 20 * time.Millisecond

// run makes as many calls as fit into the time, and does at its moments what only happens
// now and then. It returns when all calls have been answered.
func (tr *traffic) run(t *testing.T, lasts time.Duration, moments map[float64]func()) {
	t.Helper()
	tick := time.NewTicker(callEvery)
	defer tick.Stop()
	began := time.Now()
	calls := int(lasts / callEvery)
	for n := range calls {
		<-tick.C // a busy machine loses ticks, so it is the calls that count
		require.Less(t, time.Since(began), 4*lasts, "this machine is too slow for the traffic")
		part := float64(n) / float64(calls)
		tr.broken.Store(part > 0.45 && part < 0.7)
		for at, act := range moments {
			if part >= at {
				delete(moments, at)
				act()
			}
		}
		if n%(calls/10) == calls/20 {
			tr.progress(part)
		}
		tr.call(t.Context(), n)
	}
	tr.under.Wait()
	if first := tr.firstError.Load(); first != nil {
		require.NoError(t, *first, "%d calls got no answer\n%s", tr.failed.Load(), tr.process.Logs())
	}
}

// call sends the nth call of the stream and does not wait for its answer.
func (tr *traffic) call(ctx context.Context, n int) {
	basic := gatehouse.Basic("b2c", secret)
	body := func(word string, who int) string {
		step := steps[n%len(steps)]
		return fmt.Sprintf(`{"step":%q,"email":"%s-%d@example.com"}`, step, word, who)
	}
	switch {
	case n%50 == 9:
		tr.send(ctx, "/signup", body(rare[n/50%len(rare)], n), basic)
	case n%10 == 8:
		tr.send(ctx, "/policy", body(everyday[n/10%len(everyday)], n), basic, gatehouse.Protocol(contract.CustomPolicy))
	case n%50 == 7:
		tr.send(ctx, "/signup", body("continue", n), gatehouse.Certificate(tr.certificate))
	case n%50 == 17:
		tr.refusal(ctx, n/50)
	case n%50 == 27:
		tr.send(ctx, "/open/"+doors[n/50%len(doors)], body("continue", n))
	case n%50 == 37: // two at once share a flight
		tr.send(ctx, "/signup", body("slow", n), basic)
		tr.send(ctx, "/signup", body("slow", n), basic)
	case n%4 == 1: // ten people who come back
		tr.send(ctx, "/signup", fmt.Sprintf(`{"step":"PostAttributeCollection","email":"continue-%d@example.com"}`, n/4%10), basic)
	default:
		tr.send(ctx, "/signup", body(everyday[n%len(everyday)], n), basic)
	}
}

// refusal sends one of the requests that are no calls.
func (tr *traffic) refusal(ctx context.Context, n int) {
	basic, call := gatehouse.Basic("b2c", secret), `{"email":"continue-1@example.com"}`
	switch n % 6 {
	case 0:
		tr.send(ctx, "/signup", call)
	case 1:
		tr.send(ctx, "/signup", call, gatehouse.Basic("b2c", "wrong"))
	case 2:
		tr.send(ctx, "/signup", "", basic, gatehouse.Method(http.MethodPut))
	case 3:
		tr.send(ctx, "/signup", `{"email":"`+strings.Repeat("a", 65<<10)+`"}`, basic)
	case 4:
		tr.send(ctx, "/signup", `{"email":`, basic)
	case 5:
		tr.send(ctx, "/signup", "email=a", basic, gatehouse.Header("Content-Type", "text/csv"))
	}
}

func (tr *traffic) send(ctx context.Context, path, body string, options ...gatehouse.CallOption) {
	tr.under.Go(func() {
		if _, err := tr.process.Try(ctx, path, body, options...); err != nil {
			tr.failed.Add(1)
			tr.firstError.CompareAndSwap(nil, &err)
		}
	})
}

// guess sends wrong passwords until they are limited.
func (tr *traffic) guess(t *testing.T) {
	t.Helper()
	for range 200 {
		exchange, err := tr.process.Try(t.Context(), "/policy", `{}`, gatehouse.Basic("b2c", "wrong"), gatehouse.Protocol(contract.CustomPolicy))
		require.NoError(t, err)
		if exchange.Status == http.StatusTooManyRequests {
			return
		}
	}
	assert.Fail(t, "nobody limits who guesses")
}

// dawdle begins a body and never ends it.
func (tr *traffic) dawdle(t *testing.T) {
	t.Helper()
	credentials := base64.StdEncoding.EncodeToString([]byte("b2c:" + secret))
	tr.process.Raw(t, "POST /signup HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic "+credentials+"\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"email\":")
}
