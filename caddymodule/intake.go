package caddymodule

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/memo"
	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/message"
	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/protocol"
	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/verdict"
)

// authenticate looks at the TLS state and the headers; not one byte of the body
// has been read when it refuses.
func (c *Connector) authenticate(r *http.Request) (caller, verdict.Reason) {
	who, refused := c.door.identify(r)
	c.metrics.authentication(who.by, refused)
	return who, refused
}

// take takes a call off the network, within its limits. The error is a
// *protocol.Refusal.
func (c *Connector) take(w http.ResponseWriter, r *http.Request, x *exchange) (err error) {
	if r.URL.Path == "*" { // for OPTIONS alone (RFC 9112, section 3.2.4)
		return &protocol.Refusal{Reason: verdict.Malformed, Err: errTarget}
	}
	if slices.ContainsFunc(r.Header["Content-Encoding"], func(e string) bool { return e != "" && e != "identity" }) {
		return &protocol.Refusal{Reason: verdict.UnsupportedType, Err: errEncoding}
	}
	for _, name := range c.Request.ForwardHeader {
		for _, value := range r.Header[name] {
			x.forward = append(x.forward, headerLine{name, value})
		}
	}
	if r.Method != http.MethodGet {
		x.raw, err = c.readBody(w, r, x)
	}
	return err
}

// read makes a call of what was taken. The error is a *protocol.Refusal.
func (c *Connector) read(r *http.Request, x *exchange) (protocol.Call, error) {
	x.step = c.guessStep(x.raw) // before Read, which makes the body its own
	call, err := c.dialect.Read(protocol.Request{
		Method: r.Method, Query: r.URL.RawQuery, Header: r.Header, HeaderClaims: c.Request.ClaimHeader, Body: x.raw,
	})
	if err == nil {
		x.step = call.Step
	}
	if err == nil && strings.ContainsFunc(call.Query, func(c rune) bool { return c <= ' ' || c >= 0x7f }) {
		// HTTP/2 lets it through, and it would split the request line upstream.
		err = &protocol.Refusal{Reason: verdict.Malformed, Err: errQuery}
	}
	return call, err
}

// guessStep looks for the step before the token in a call that cannot be read. A
// wrong guess halts a journey; without it a page would leave there, which is
// ignored, and the user would get the token.
func (c *Connector) guessStep(body []byte) protocol.Step {
	if slices.Contains(c.dialect.Steps(), protocol.StepToken) && bytes.Contains(body, []byte("PreToken")) {
		return protocol.StepToken
	}
	return protocol.StepNone
}

var (
	errTarget   = errors.New("the request's target is an asterisk")
	errEncoding = errors.New("a compressed body")
	errQuery    = errors.New("the query has a character that no URL has")
	errTooLarge = errors.New("the body is larger than request.max_size")
	errSlow     = errors.New("the body did not arrive within timeouts.attempt")
	errBroken   = errors.New("the body broke off")
)

func (c *Connector) readBody(w http.ResponseWriter, r *http.Request, x *exchange) ([]byte, error) {
	began := time.Now()
	defer func() { x.reading = time.Since(began) }()
	if r.ContentLength > c.Request.MaxSize {
		return nil, &protocol.Refusal{Reason: verdict.BodyTooLarge, Err: errTooLarge}
	}
	// The provider does not wait longer than one attempt, so neither do we, nor
	// beyond the budget, which is less than a single attempt. A writer that has no
	// deadlines (in tests) is bounded by the server's own.
	// It holds until the handler returns, or until await, which may take longer.
	_ = http.NewResponseController(w).SetReadDeadline(x.began.Add(min(time.Duration(c.Timeouts.Attempt), c.budget())))

	body := x.room(min(max(r.ContentLength, 512), defaultMaxSize) + 1) // and a byte to see the end
	for {
		n, err := r.Body.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		switch {
		case int64(len(body)) > c.Request.MaxSize:
			return body, &protocol.Refusal{Reason: verdict.BodyTooLarge, Err: errTooLarge}
		case err == nil:
		case errors.Is(err, io.EOF):
			x.bodyRead = true
			return body, nil
		case errors.Is(err, os.ErrDeadlineExceeded):
			return body, &protocol.Refusal{Reason: verdict.SlowSender, Err: errSlow}
		default:
			return body, &protocol.Refusal{Reason: verdict.Malformed, Err: errBroken}
		}
		if len(body) == cap(body) {
			body = append(body, 0)[:len(body)]
		}
	}
}

// normalise settles what the call says and what of it goes upstream.
func (c *Connector) normalise(x *exchange, call protocol.Call) {
	x.memorable = c.Cache.RememberSecret || !c.rules.HasSecret(call.Claims)
	x.sent = call.Claims
	if c.Messages.Language != "" {
		x.languages = message.ParseLanguages(call.Claims.Texts(c.Messages.Language))
	}
	x.claims, x.appID = c.rules.Apply(call.Claims)
	x.query = call.Query
	switch c.Request.Format {
	case formatForm:
		x.body = x.claims.AppendForm(make([]byte, 0, 1024))
	case formatQuery:
		x.query = string(x.claims.AppendForm([]byte(x.query)))
	default:
		x.body = x.claims.Canonical()
	}
}

// keyer has one secret for the process, so that keys stay equal through a reload.
var keyer = memo.NewKeyer()
