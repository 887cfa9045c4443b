package caddymodule

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"
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

// read takes the body within its limits and makes a call of it. The error is a
// *protocol.Refusal; the call's step is known even then, if it could be read.
func (c *Connector) read(w http.ResponseWriter, r *http.Request, x *exchange) (protocol.Call, error) {
	if r.URL.Path == "*" { // for OPTIONS alone (RFC 9112, section 3.2.4)
		return protocol.Call{}, &protocol.Refusal{Reason: verdict.Malformed, Err: errTarget}
	}
	if slices.ContainsFunc(r.Header["Content-Encoding"], func(e string) bool { return e != "" && e != "identity" }) {
		return protocol.Call{}, &protocol.Refusal{Reason: verdict.UnsupportedType, Err: errEncoding}
	}
	request := protocol.Request{
		Method: r.Method, Query: r.URL.RawQuery, Header: r.Header, HeaderClaims: c.Request.ClaimHeader,
	}
	if r.Method != http.MethodGet {
		var err error
		if request.Body, err = c.readBody(w, r, x); err != nil {
			return protocol.Call{Step: c.guessStep(request.Body)}, err
		}
	}
	guess := c.guessStep(request.Body) // before Read, which makes the body its own
	call, err := c.dialect.Read(request)
	if err != nil {
		call.Step = guess
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
	// beyond the budget, which is less than a single attempt. A writer that has no deadlines (in tests) is bounded by the server's own.
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(x.began.Add(min(time.Duration(c.Timeouts.Attempt), c.budget())))
	defer func() { _ = control.SetReadDeadline(time.Time{}) }()

	body := make([]byte, 0, min(max(r.ContentLength, 512), defaultMaxSize)+1) // and a byte to see the end
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
func (c *Connector) normalise(r *http.Request, x *exchange, call protocol.Call) {
	x.memorable = c.Cache.RememberSecret || !c.rules.HasSecret(call.Claims)
	x.sent = call.Claims
	if c.Messages.Language != "" {
		x.languages = message.ParseLanguages(call.Claims.Texts(c.Messages.Language))
	}
	for _, name := range c.Request.ForwardHeader {
		for _, value := range r.Header[name] {
			x.forward = append(x.forward, headerLine{name, value})
		}
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

// key names the call. Every field that the upstream gets is in it; the
// configuration is in the choice of the memo.
func (c *Connector) key(r *http.Request, x *exchange) memo.Key {
	h := keyer.Start().
		String(c.state.poolKey).
		String(string(x.caller.by)).
		String(x.caller.name).
		String(r.Method).
		String(r.Host).
		String(strconv.FormatBool(r.TLS != nil)). // reverse_proxy's X-Forwarded-Proto
		String(r.URL.Path).
		String(r.URL.RawPath).
		String(x.query).
		String(x.step.String()).
		String(x.appID).
		String(x.languages.String()).
		String(strconv.Itoa(len(x.forward)))
	for _, line := range x.forward {
		h.String(line.name).String(line.value)
	}
	for _, claim := range c.shown { // even those that go no further
		h.String(c.rules.Shown(x.sent, claim))
	}
	if c.Request.Format != formatJSON { // a form does not tell 17 from "17"; rules do
		h.Bytes(x.claims.Canonical())
	}
	return h.Bytes(x.body).Sum()
}
