package caddymodule

import (
	"context"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.opentelemetry.io/otel/trace"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/claims"
	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/freshness"
	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/judge"
	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/memo"
	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/message"
	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/protocol"
	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/verdict"
)

// landed is what a flight brings and the memo keeps: the rendered answer and
// what the log says of it, nothing of the upstream's own.
type landed struct {
	answer   protocol.Answer
	outcome  string         // the verdict's word
	reason   verdict.Reason // of a fault, else 0
	rule     judge.Rule
	format   judge.Format
	dropped  int // claims that the protocol could not carry
	upstream upstreamCall
}

// upstreamCall is what is known of one.
type upstreamCall struct {
	status int
	took   time.Duration
}

// flight is one upstream call on its way. It belongs to no request: it goes on when
// all who wait for it have hung up.
type flight struct {
	question // a copy: the exchange stays with the client's goroutine
	c        *Connector
	seat     *memo.Flight[landed]
	own      flightSpan
	req      *http.Request
	rec      recorder
	cancel   context.CancelFunc
	latest   *time.Timer
	began    time.Time
	once     sync.Once
}

// launch starts the flight that the call leads. It lands by itself: with what
// the handler behind us brings, or, where that does not return in time (a load
// balancer may look for an upstream beyond the request's deadline), at
// timeouts.upstream.
func (c *Connector) launch(seat *memo.Flight[landed], r *http.Request, x *exchange, next caddyhttp.Handler) {
	span := c.startSpan(r.Context(), x.step)
	if span.traced() {
		seat.Mark(span.SpanContext())
	}
	x.tags = c.texts.Tags(x.languages)
	f := &flight{
		question: x.question, c: c, seat: seat, own: span,
		rec: recorder{header: make(http.Header), limit: c.MaxResponse},
	}
	f.snapshot(r, x)
	f.began = time.Now()
	f.latest = time.AfterFunc(time.Duration(c.Timeouts.Upstream)+lateness, func() {
		f.land(judge.Failed(verdict.Timeout), 0, nil)
	})
	c.crew.run(func() { f.fly(next) })
}

func (f *flight) fly(next caddyhttp.Handler) {
	defer f.cancel()
	defer f.latest.Stop()
	finding := judge.Failed(verdict.Internal) // where the handler ends the goroutine
	defer func() { f.land(finding, f.rec.status, f.rec.header) }()
	finding = f.forward(next)
}

// land gives everybody who waits what the flight has brought, the first time.
func (f *flight) land(finding judge.Finding, status int, header http.Header) {
	f.once.Do(func() {
		l := f.c.landed(f.question, finding)
		l.upstream = upstreamCall{status, time.Since(f.began)}
		f.c.metrics.flight(l, f.span)
		f.own.land(l)
		f.c.state.health.note(l.reason)
		if l.reason != 0 {
			f.c.state.memo.Fail(f.seat, l)
			return
		}
		f.c.state.memo.Land(f.seat, l, f.c.keeping(f.question, finding.Verdict, freshness.Of(header)))
	})
}

// question is what of a call gives a verdict its form.
type question struct {
	id        string     // of the request that asks it first
	span      trace.Span // Caddy's, of that request; one that does nothing where there is no tracing
	step      protocol.Step
	appID     string // in the names of extension claims
	languages message.Languages
	tags      []string      // of languages, once a flight needs them; shared, not to be changed
	sent      claims.Object // the claims as they came
	claims    claims.Object // as they go upstream
	memorable bool          // false: the call carries a secret, nothing of it is remembered
}

// landed turns a finding into what leaves and is remembered. A bug in it is a
// fault and not the end of the process.
func (c *Connector) landed(q question, finding judge.Finding) (l landed) {
	defer func() {
		if p := recover(); p != nil {
			c.logPanicked(q, debug.Stack())
			l = landed{outcome: "fault", reason: verdict.Internal, rule: judge.RuleNoAnswer}
			l.answer = c.dialect.Write(protocol.KindHalt, protocol.Content{Message: c.say(question{}, message.Fault, "")})
		}
	}()
	answer, dropped := c.render(q, finding.Verdict)
	l = landed{answer: answer, outcome: outcome(finding.Verdict), rule: finding.Rule, format: finding.Format, dropped: len(dropped)}
	if fault, isFault := finding.Verdict.(verdict.Fault); isFault {
		l.reason = fault.Reason
	}
	return l
}

// render writes a verdict in the connector's protocol, in a form that the step
// allows.
func (c *Connector) render(q question, v verdict.Verdict) (answer protocol.Answer, dropped []protocol.Dropped) {
	var kind protocol.Kind
	var content protocol.Content
	switch v := v.(type) {
	case verdict.Continue:
		kind, content.Version = protocol.KindContinue, v.Version
		content.Claims, dropped = c.dialect.Leaving(q.step, c.rules.Back(v.Claims, q.appID))
	case verdict.Block:
		kind, content = protocol.KindBlock, protocol.Content{Version: v.Version, Message: c.say(q, message.Block, v.Message)}
	case verdict.Invalid:
		kind, content = protocol.KindInvalid, protocol.Content{Version: v.Version, Message: c.say(q, message.Invalid, v.Message)}
	case verdict.Fault:
		kind, content.Message = c.onFault[q.step], c.say(q, message.Fault, "")
	}
	return c.dialect.Write(c.dialect.Legal(q.step, kind), content), dropped
}

// fault is the answer for a call that has no verdict.
func (c *Connector) fault(q question, reason verdict.Reason) landed {
	return c.landed(q, judge.Failed(reason))
}

// keeping is how long the memo remembers a verdict: at least one budget, in which
// the provider may retry, unless the validator says that it is true for less. What
// no caller has heard is for the retry in any case.
func (c *Connector) keeping(q question, v verdict.Verdict, bound freshness.Bound) memo.Keeping {
	if c.Cache.Off || !q.memorable {
		return memo.Keeping{}
	}
	var ttl caddy.Duration
	switch v.(type) {
	case verdict.Continue:
		ttl = c.Cache.TTL.Continue
	case verdict.Block:
		ttl = c.Cache.TTL.Block
	case verdict.Invalid:
		ttl = c.Cache.TTL.Invalid
	case verdict.Fault: // never remembered
		return memo.Keeping{}
	}
	budget := c.budget()
	return memo.Keeping{
		Fresh:   min(max(time.Duration(ttl), budget), bound.Fresh),
		Stale:   min(time.Duration(c.Cache.StaleIfError), bound.Stale),
		Unheard: budget,
	}
}
