package load

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/internal/contract"
	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// caller plays the identity provider for a load generator: it is the transport
// that sends each call, judges its answer and enters it in the ledger.
type caller struct {
	*ledger
	url       string
	transport *http.Transport
	validator *validator

	// How long the provider waits before it hangs up and calls once more.
	attempt time.Duration
	// In which time every answer has to come.
	budget time.Duration
	// What is sent again where the connection ended before an answer.
	again again
	// Whether a fault may be the answer at any time.
	faultsAllowed bool
}

// again says what a client sends again, on another connection, where the one it
// used ended before a byte of the answer.
type again int

const (
	// nothing: RFC 9110, section 9.2.2, lets a client send a POST again only if it
	// knows better, and most do not.
	nothing again = iota
	// stale is what met a connection kept alive that the server had ended meanwhile,
	// as net/http does for requests that are marked as idempotent.
	stale
	// once is every call, one more time.
	once
)

func newCaller(name string, g *gatehouse.Process, v *validator) *caller {
	transport := g.Transport()
	transport.MaxIdleConnsPerHost = 4096 // no connection ends for want of a place
	return &caller{
		ledger: newLedger(name), url: g.URL() + "/", transport: transport, validator: v,
		attempt: patience, budget: patience, again: once,
	}
}

// timed marks a response whose time is worth reporting.
const timed = "Load-Timed"

// RoundTrip implements http.RoundTripper.
func (c *caller) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	var asked call
	if err := json.Unmarshal(body, &asked); err != nil {
		return nil, err
	}
	began := time.Now()
	exchange, lost := c.ask(req.Context(), asked, body)
	resp := &http.Response{StatusCode: http.StatusBadGateway, Header: http.Header{}, Body: http.NoBody, Request: req}
	if lost != nil {
		c.lose(asked, lost)
		return resp, nil
	}
	resp.StatusCode = exchange.Status
	got, err := asked.judge(exchange)
	outage := c.validator.missed(began, time.Now())
	switch {
	case got == failed && !outage && !c.faultsAllowed:
		got, err = wrong, errors.New("a fault, though the validator answered")
	case got == right && asked.Kind == slow && !outage && c.validator.timesAsked(asked) > 1:
		got, err = wrong, errors.New("the validator was asked again for the provider's retry")
	}
	c.enter(asked, got, exchange, err)
	if got == right && !outage && (asked.Kind == accepted || asked.Kind == rejected || asked.Kind == blocked) {
		resp.Header.Set(timed, "yes")
	}
	return resp, nil
}

// once makes one call.
func (c *caller) once(t *testing.T, asked call) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.url, bytes.NewReader(asked.body()))
	require.NoError(t, err)
	resp, err := c.RoundTrip(req)
	require.NoError(t, err)
	resp.Body.Close()
}

// ask calls as the provider does: where no answer comes in time it hangs up and
// calls once more with the same claims.
func (c *caller) ask(ctx context.Context, asked call, body []byte) (contract.Exchange, error) {
	exchange, err := c.try(ctx, asked, body)
	if errors.Is(err, context.DeadlineExceeded) {
		c.count(&c.tally.HungUp)
		return c.try(ctx, asked, body)
	}
	return exchange, err
}

// try is one attempt of the provider, with what its HTTP client sends again.
func (c *caller) try(ctx context.Context, asked call, body []byte) (contract.Exchange, error) {
	exchange, err := c.send(ctx, asked, body)
	if err == nil || c.again != once || errors.Is(err, context.DeadlineExceeded) {
		return exchange, err
	}
	c.count(&c.tally.SentAgain)
	return c.send(ctx, asked, body)
}

// lostCall is why a call got no answer.
type lostCall struct {
	error
	reused bool // the connection had served a call before
}

func (c *caller) send(ctx context.Context, asked call, body []byte) (contract.Exchange, error) {
	ctx, cancel := context.WithTimeout(ctx, c.attempt)
	defer cancel()
	reused := false
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(info httptrace.GotConnInfo) { reused = info.Reused },
	})
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		return contract.Exchange{}, err
	}
	req.Header.Set("Content-Type", "application/json")
	if c.again != nothing {
		// net/http, type Transport: an empty value marks a request that may be sent
		// again and puts no header on the wire.
		req.Header["X-Idempotency-Key"] = []string{}
	}
	password := secret
	if asked.Kind == stranger {
		password = "nobody-ever-chose-this-one"
	}
	req.SetBasicAuth(username, password)
	began := time.Now()
	resp, err := c.transport.RoundTrip(req)
	if err != nil {
		return contract.Exchange{}, lostCall{err, reused}
	}
	exchange, err := contract.FromResponse(contract.UserFlow, resp)
	if err != nil {
		return contract.Exchange{}, lostCall{err, reused}
	}
	exchange.Step, exchange.Elapsed, exchange.Budget = asked.Step, time.Since(began), c.budget
	return exchange, nil
}

// Unwrap is for errors.Is.
func (l lostCall) Unwrap() error { return l.error }
