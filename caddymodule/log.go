package caddymodule

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/reverseproxy"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/claims"
	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/verdict"
)

// What may be logged is decided here: words of closed lists, durations, counts,
// the prefix of a keyed hash, the ids of the request and of its trace, the caller's
// address where it is refused, where a connection to the upstream failed, and at
// level debug the names of claims. Never a claim's value, a credential, a header or
// anything that the upstream wrote. docs/observability.md lists every line and field,
// and test/observability keeps it complete.

func (c *Connector) logCall(r *http.Request, x *exchange, l landed, from source) {
	level := zapcore.InfoLevel
	if l.reason != 0 {
		level = zapcore.WarnLevel
	}
	c.logEnd(r, c.logger.Check(level, "call answered"), 0, func() []zap.Field {
		fields := append(make([]zap.Field, 0, 12),
			zap.Stringer("step", x.step),
			zap.Stringer("answer", l.answer.Kind),
			zap.Stringer("source", from),
			zap.Stringer("rule", l.rule),
			zap.Stringer("format", l.format),
			zap.Duration("duration", time.Since(x.began)),
			zap.String("key", x.key.Prefix()),
			zap.String("request_id", x.id),
		)
		if l.reason != 0 {
			fields = append(fields, zap.Stringer("reason", l.reason))
		}
		if from != fromCache && l.upstream.took > 0 {
			fields = append(fields, zap.Duration("upstream_duration", l.upstream.took), zap.Int("upstream_status", l.upstream.status))
		}
		if l.dropped > 0 {
			fields = append(fields, zap.Int("claims_dropped", l.dropped))
		}
		return traced(fields, x.span)
	})
}

// logRefusal logs a request that is no call. cause says what is wrong with it in
// words that quote nothing of it.
func (c *Connector) logRefusal(r *http.Request, x *exchange, reason verdict.Reason, cause error) {
	const alone = 1 // the access log has the address too, perhaps masked
	c.logEnd(r, c.logger.Check(zapcore.WarnLevel, "request refused"), alone, func() []zap.Field {
		fields := []zap.Field{zap.String("remote_addr", r.RemoteAddr), zap.Stringer("reason", reason)}
		if x.id != "" { // only an authenticated caller was told one
			fields = append(fields, zap.String("request_id", x.id))
		}
		if cause != nil {
			fields = append(fields, zap.Error(cause))
		}
		return traced(fields, x.span)
	})
}

// logAbandoned logs a caller that hung up. The flight goes on for its retry.
func (c *Connector) logAbandoned(r *http.Request, x *exchange) {
	c.logEnd(r, c.logger.Check(zapcore.InfoLevel, "caller hung up before the answer"), 0, func() []zap.Field {
		return traced([]zap.Field{
			zap.Stringer("step", x.step),
			zap.Duration("duration", time.Since(x.began)),
			zap.String("key", x.key.Prefix()),
			zap.String("request_id", x.id),
		}, x.span)
	})
}

// logEnd writes the one line that a request has, and puts its fields, but for the
// first few that it alone has, into Caddy's access log too, where there is one. Only
// on the request's own goroutine.
func (c *Connector) logEnd(r *http.Request, entry *zapcore.CheckedEntry, alone int, fields func() []zap.Field) {
	access := accessLog(r)
	if entry == nil && access == nil {
		return
	}
	all := fields()
	if entry != nil {
		entry.Write(all...)
	}
	if access != nil {
		// In an object of their own: the access log has a duration too.
		access.Add(zap.Dict("gatehouse", append(all[alone:], zap.String("connector", c.Name))...))
	}
}

// accessLog is what Caddy's line of this request gets besides, or nil where it
// writes none: then the fields are not even made.
func accessLog(r *http.Request) *caddyhttp.ExtraLogFields {
	ctx := r.Context()
	server, _ := ctx.Value(caddyhttp.ServerCtxKey).(*caddyhttp.Server)
	if server == nil || server.Logs == nil {
		return nil
	}
	extra, _ := ctx.Value(caddyhttp.ExtraLogFieldsCtxKey).(*caddyhttp.ExtraLogFields)
	return extra
}

// traced adds the id of the trace, where the request is in one.
func traced(fields []zap.Field, span trace.Span) []zap.Field {
	if span == nil || !span.SpanContext().IsValid() {
		return fields
	}
	return append(fields, zap.String("trace_id", span.SpanContext().TraceID().String()))
}

// logRead shows at level debug which claims a call has, as they came and as they go
// upstream: a rename that does not match is seen here. Names alone, no value.
func (c *Connector) logRead(x *exchange) {
	if entry := c.logger.Check(zapcore.DebugLevel, "call read"); entry != nil {
		entry.Write(traced([]zap.Field{
			zap.Stringer("step", x.step),
			zap.Strings("claims", names(x.sent)),
			zap.Strings("claims_upstream", names(x.claims)),
			zap.String("key", x.key.Prefix()),
			zap.String("request_id", x.id),
		}, x.span)...)
	}
}

func names(o claims.Object) []string {
	names := make([]string, 0, o.Len())
	for name := range o.All() {
		names = append(names, name)
	}
	return names
}

// logFailed logs what the handler behind us did instead of an answer; status is
// that of its error. It comes before the line of the call.
func (c *Connector) logFailed(q question, status int, err error) {
	if entry := c.logger.Check(zapcore.WarnLevel, "the validator could not be asked"); entry != nil {
		entry.Write(traced([]zap.Field{
			zap.String("request_id", q.id), zap.Int("status", status), zap.String("cause", causeOf(err)),
		}, q.span)...)
	}
}

// logPanicked logs a bug in a handler behind us: where, not what, since a panic's
// value may hold what was sent.
func (c *Connector) logPanicked(q question, stack []byte) {
	c.logger.Error("the handler behind the connector panicked",
		traced([]zap.Field{zap.String("request_id", q.id), zap.ByteString("stack", stack)}, q.span)...)
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
