package caddymodule

import (
	"net/http"
	"sync"
	"time"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/claims"
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
	finding  judge.Finding
	upstream upstreamCall
	dropped  []protocol.Dropped
}

// upstreamCall is what is known of one.
type upstreamCall struct {
	status int
	took   time.Duration
}

// isFault reports whether the answer is our own and not a verdict.
func (l landed) isFault() bool {
	_, fault := l.finding.Verdict.(verdict.Fault)
	return fault
}

// launch starts the flight that the call leads. It lands by itself: with what
// the handler behind us brings, or, where that does not return in time (a load
// balancer may look for an upstream beyond the request's deadline), at
// timeouts.upstream.
func (c *Connector) launch(f *memo.Flight[landed], r *http.Request, x *exchange, next caddyhttp.Handler) {
	req, rec, cancel := c.snapshot(r, x)
	// A copy: x stays with the client's goroutine.
	call := x.question
	began := time.Now()
	var once sync.Once
	land := func(finding judge.Finding, status int) {
		once.Do(func() {
			l := c.land(call, finding)
			l.upstream = upstreamCall{status, time.Since(began)}
			c.metrics.flight(l)
			c.state.memo.Land(f, l, sizeOf(l), c.keep(call, l))
		})
	}
	latest := time.AfterFunc(time.Duration(c.Timeouts.Upstream)+lateness, func() {
		land(judge.Failed(verdict.Timeout), 0)
	})
	go func() {
		defer cancel()
		defer latest.Stop()
		finding := c.forward(next, call.id, req, rec)
		land(finding, rec.status)
	}()
}

// lateness lets a handler that keeps to its deadline report it by itself.
const lateness = 100 * time.Millisecond

// question is what of a call gives a verdict its form.
type question struct {
	id        string // of the request that asks it first
	step      protocol.Step
	appID     string // in the names of extension claims
	languages message.Languages
	claims    claims.Object // as they came
	memorable bool          // false: the call carries a secret, nothing of it is remembered
}

// land turns a finding into the answer that leaves.
func (c *Connector) land(q question, finding judge.Finding) landed {
	var kind protocol.Kind
	var content protocol.Content
	var dropped []protocol.Dropped
	switch v := finding.Verdict.(type) {
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
	answer := c.dialect.Write(c.dialect.Legal(q.step, kind), content)
	return landed{answer: answer, finding: finding, dropped: dropped}
}

// fault is the answer for a call that has no verdict.
func (c *Connector) fault(q question, reason verdict.Reason) landed {
	return c.land(q, judge.Failed(reason))
}

// keep is how long the memo remembers: at least one budget, in which the
// provider may retry; a fault not at all.
func (c *Connector) keep(q question, l landed) time.Duration {
	if c.Cache.Off || !q.memorable {
		return 0
	}
	var ttl time.Duration
	switch l.finding.Verdict.(type) {
	case verdict.Continue:
		ttl = time.Duration(c.Cache.TTL.Continue)
	case verdict.Block:
		ttl = time.Duration(c.Cache.TTL.Block)
	case verdict.Invalid:
		ttl = time.Duration(c.Cache.TTL.Invalid)
	case verdict.Fault:
		return 0
	}
	return max(ttl, c.budget())
}

// sizeOf is what the memo's value takes beside the fixed part.
func sizeOf(l landed) int64 { return int64(cap(l.answer.Body)) }
