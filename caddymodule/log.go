package caddymodule

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp/reverseproxy"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/protocol"
	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/verdict"
)

// What may be logged is decided here: words of closed lists, durations, counts,
// the prefix of a keyed hash, the request's id, the caller's address where it is
// refused, and where a connection to the upstream failed. Never a claim's value, a
// credential, a header or anything that the upstream wrote.

func (c *Connector) logCall(x *exchange, l landed, from source) {
	level := zapcore.InfoLevel
	if l.reason != 0 {
		level = zapcore.WarnLevel
	}
	entry := c.logger.Check(level, "call answered")
	if entry == nil {
		return
	}
	fields := []zap.Field{
		zap.Stringer("step", x.step),
		zap.Stringer("answer", l.answer.Kind),
		zap.Stringer("source", from),
		zap.Stringer("rule", l.rule),
		zap.Stringer("format", l.format),
		zap.Duration("duration", time.Since(x.began)),
		zap.String("key", x.key.Prefix()),
		zap.String("request_id", x.id),
	}
	if l.reason != 0 {
		fields = append(fields, zap.Stringer("reason", l.reason))
	}
	if from != fromCache && l.upstream.took > 0 {
		fields = append(fields, zap.Duration("upstream_duration", l.upstream.took), zap.Int("upstream_status", l.upstream.status))
	}
	if l.dropped > 0 {
		fields = append(fields, zap.Int("claims_dropped", l.dropped))
	}
	entry.Write(fields...)
}

// logRefusal logs a request that is no call. cause says what is wrong with it in
// words that quote nothing of it.
func (c *Connector) logRefusal(r *http.Request, x *exchange, reason verdict.Reason, cause error) {
	entry := c.logger.Check(zapcore.WarnLevel, "request refused")
	if entry == nil {
		return
	}
	fields := []zap.Field{
		zap.Stringer("reason", reason),
		zap.String("remote_addr", r.RemoteAddr),
	}
	if x.id != "" { // only an authenticated caller was told one
		fields = append(fields, zap.String("request_id", x.id), zap.Error(cause))
	}
	entry.Write(fields...)
}

// logFailed logs what the handler behind us did instead of an answer; status is
// that of its error. It comes before the line of the call.
func (c *Connector) logFailed(id string, status int, err error) {
	if entry := c.logger.Check(zapcore.WarnLevel, "the validator could not be asked"); entry != nil {
		entry.Write(zap.String("request_id", id), zap.Int("status", status), zap.String("cause", causeOf(err)))
	}
}

// logPanicked logs a bug in a handler behind us: where, not what, since a panic's
// value may hold what was sent.
func (c *Connector) logPanicked(id string, stack []byte) {
	c.logger.Error("the handler behind the connector panicked", zap.String("request_id", id), zap.ByteString("stack", stack))
}

// causeOf describes an error in words that cannot hold what was sent or what the
// upstream wrote ("malformed HTTP response" quotes it): a network operation with
// its configured address, else the kind of the innermost error.
func causeOf(err error) string {
	var dial reverseproxy.DialError // it does not unwrap
	var network *net.OpError
	switch {
	case errors.As(err, &dial):
		return dial.Error()
	case errors.As(err, &network):
		return network.Error()
	}
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
		err = inner
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return err.Error()
	default:
		return fmt.Sprintf("%T", err)
	}
}

// logAbandoned logs a caller that hung up. The flight goes on for its retry.
func (c *Connector) logAbandoned(x *exchange) {
	if entry := c.logger.Check(zapcore.InfoLevel, "caller hung up before the answer"); entry != nil {
		entry.Write(
			zap.Stringer("step", x.step),
			zap.Duration("duration", time.Since(x.began)),
			zap.String("key", x.key.Prefix()),
			zap.String("request_id", x.id),
		)
	}
}

// call counts an answered call.
func (m *connectorMetrics) call(x *exchange, l landed, from source) {
	m.answered(x, l.answer.Kind, from)
	if l.reason != 0 {
		m.faults[l.reason].Inc()
	}
}

func (m *connectorMetrics) answered(x *exchange, kind protocol.Kind, from source) {
	took := time.Since(x.began)
	m.requests[x.step][kind][from].Inc()
	m.durations[x.step][from].Observe(took.Seconds())
	m.overhead.Observe((took - x.reading - x.waiting).Seconds())
}

// flight counts what an upstream call brought.
func (m *connectorMetrics) flight(l landed) {
	m.upstream[l.outcome].Observe(l.upstream.took.Seconds())
	m.rewrites[l.format][l.answer.Kind].Inc()
}

// refusal counts a request that is no call; answered is false where the caller
// is authenticated and gets an answer of the protocol, which counts as one.
func (m *connectorMetrics) refusal(reason verdict.Reason, refused bool) {
	m.refusals[reason].Inc()
	if refused {
		m.requests[protocol.StepNone][protocol.KindRefused][fromFault].Inc()
	}
}

func (m *connectorMetrics) authentication(by method, refused verdict.Reason) {
	result := authRejected
	switch {
	case refused == 0:
		result = authAccepted
	case refused == verdict.AuthBusy:
		result = authBusy
	}
	m.auth[by][result].Inc()
}
