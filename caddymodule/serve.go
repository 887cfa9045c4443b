package caddymodule

import (
	"net/http"
	"slices"
	"time"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.opentelemetry.io/otel/trace"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/memo"
	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/protocol"
	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/verdict"
)

// exchange is one request on its way through the stages.
type exchange struct {
	question
	began   time.Time
	caller  caller
	query   string // what goes upstream behind the path
	body    []byte // canonical claims: what is hashed and what is sent upstream
	forward []headerLine
	raw     []byte  // the body as it came, until it is read
	kept    *[]byte // the room for it
	asSent  memo.Key
	key     memo.Key

	bodyRead bool          // to its end; a GET's never is
	reading  time.Duration // the body, from the network
	waiting  time.Duration // for the upstream
}

// headerLine is one header of the call that goes upstream.
type headerLine struct{ name, value string }

// ServeHTTP answers one request: authenticate, take, recognise or read, normalise,
// key, memo, forward, judge, render.
func (c *Connector) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	x := &exchange{began: time.Now()}
	x.span = trace.SpanFromContext(r.Context())
	var refused verdict.Reason
	if x.caller, refused = c.authenticate(r); refused != 0 {
		return c.refuse(w, r, x, refused)
	}
	x.id = newRequestID()
	if !slices.Contains(c.dialect.Methods(), r.Method) {
		return c.refuse(w, r, x, verdict.Method)
	}
	if err := c.take(w, r, x); err != nil {
		x.step = c.guessStep(x.raw)
		return c.answerRefused(w, r, x, err)
	}
	if l, known := c.recognise(r, x); known {
		return c.answer(w, r, x, l, fromCache)
	}
	call, err := c.read(r, x)
	if err != nil {
		return c.answerRefused(w, r, x, err)
	}
	c.normalise(x, call)
	x.key = c.key(r, x)
	c.logRead(x)

	seat := c.state.memo.Ask(x.key, x.began, c.budget())
	switch {
	case seat.Hit:
		c.state.memo.Name(x.key, x.asSent, uint8(x.step))
		return c.answer(w, r, x, seat.Value, fromCache)
	case seat.Flight == nil:
		l, from := standIn(seat, c.fault(x.question, verdict.Overloaded), fromFault)
		return c.answer(w, r, x, l, from)
	case seat.Leader:
		seat.Flight.Name(x.asSent, uint8(x.step))
		c.launch(seat.Flight, r, x, next)
		return c.await(w, r, x, seat, fromUpstream)
	default:
		return c.await(w, r, x, seat, fromFlight)
	}
}

// await waits for the flight, for the end of the budget or for the caller to
// hang up, whichever is first. The flight goes on in any case.
func (c *Connector) await(w http.ResponseWriter, r *http.Request, x *exchange, seat memo.Seat[landed], from source) error {
	// net/http goes on reading, to learn whether the caller has hung up.
	_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
	since := time.Now()
	budget := time.NewTimer(seat.Deadline.Sub(since))
	defer budget.Stop()
	gone := false
	select {
	case <-seat.Flight.Done():
	case <-budget.C:
	case <-r.Context().Done():
		gone = true
	}
	hasLanded := c.state.memo.Leave(seat) // before a byte is written: who has hung up hears nothing
	x.waiting = time.Since(since)
	var l landed
	if hasLanded { // perhaps at the very end of the budget: then it has counted on us
		l = seat.Flight.Value()
	} else {
		l = c.fault(x.question, verdict.Timeout)
	}
	if !seat.Leader {
		x.linkTo(seat.Flight)
	}

	l, from = standIn(seat, l, from)
	if gone {
		// Perhaps only its sending half is closed; with nothing written it would
		// read an empty 200, which a policy takes for a yes.
		c.send(w, r, x, l.answer)
		c.logAbandoned(r, x)
		return nil
	}
	return c.answer(w, r, x, l, from)
}

// standIn puts a stale verdict in the place of a fault, where there is one. The
// reason stays: the call has failed, whatever its caller reads.
func standIn(seat memo.Seat[landed], l landed, from source) (landed, source) {
	if l.reason == 0 {
		return l, from
	}
	stale, found := seat.Stale()
	if !found {
		return l, fromFault
	}
	stale.reason, stale.upstream = l.reason, l.upstream
	return stale, fromStale
}

// answer writes what leaves and keeps the books.
func (c *Connector) answer(w http.ResponseWriter, r *http.Request, x *exchange, l landed, from source) error {
	c.send(w, r, x, l.answer)
	c.metrics.call(x, l, from)
	c.logCall(r, x, l, from)
	c.traceCall(x, l, from)
	if !x.bodyRead {
		drain(w, r)
	}
	return nil
}

// send writes an answer to an authenticated caller.
func (c *Connector) send(w http.ResponseWriter, r *http.Request, x *exchange, a protocol.Answer) {
	if x.bodyRead {
		write(w, a, x.id)
		return
	}
	leaveBody(w, r, c.Request.MaxSize)
	write(w, a, x.id)
	flush(w)
}
