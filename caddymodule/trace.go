package caddymodule

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/memo"
	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/protocol"
	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/verdict"
)

// Caddy's handler `tracing`, which stands in front of the connector, makes a span
// of each request. Gatehouse adds one span for each upstream call, and to both what
// the metrics say: words of closed lists and a status, nothing of what was sent.

const (
	tracerName   = "github.com/gatehouse-proxy/gatehouse"
	upstreamSpan = "gatehouse.upstream"
)

// The attributes. The last has its name from OpenTelemetry's conventions for HTTP.
const (
	attrConnector = attribute.Key("gatehouse.connector")
	attrStep      = attribute.Key("gatehouse.step")
	attrAnswer    = attribute.Key("gatehouse.answer")
	attrOutcome   = attribute.Key("gatehouse.outcome")
	attrReason    = attribute.Key("gatehouse.reason")
	attrSource    = attribute.Key("gatehouse.source")
	attrStatus    = attribute.Key("http.response.status_code")
)

// flightSpan is the span of an upstream call. It is nil where nothing is traced.
type flightSpan struct{ trace.Span }

// startSpan starts the span of the upstream call that a call leads, as a child of
// the call's own. It may outlive that one, as the flight may.
func (c *Connector) startSpan(ctx context.Context, step protocol.Step) flightSpan {
	parent := trace.SpanFromContext(ctx)
	if !parent.SpanContext().IsValid() {
		return flightSpan{}
	}
	_, span := parent.TracerProvider().Tracer(tracerName).Start(ctx, upstreamSpan,
		trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(attrConnector.String(c.Name), attrStep.String(step.String())))
	return flightSpan{span}
}

func (s flightSpan) traced() bool { return s.Span != nil }

// within is the context of the upstream call. The caller's baggage stays behind: a
// second `tracing` behind the connector would send it on, and it is not in the key.
func (s flightSpan) within(ctx context.Context) context.Context {
	if !s.traced() {
		return ctx
	}
	return trace.ContextWithSpan(baggage.ContextWithoutBaggage(ctx), s.Span)
}

// traceparent is the header by which the upstream continues the trace (W3C Trace
// Context, section 3.2). It comes alone: tracestate and baggage are the caller's.
func (s flightSpan) traceparent() string {
	span := s.SpanContext()
	return "00-" + span.TraceID().String() + "-" + span.SpanID().String() + "-" + (span.TraceFlags() & trace.FlagsSampled).String()
}

// land ends the span with what the upstream call brought.
func (s flightSpan) land(l landed) {
	if !s.traced() {
		return
	}
	s.SetAttributes(attrOutcome.String(l.outcome))
	if l.upstream.status != 0 {
		s.SetAttributes(attrStatus.Int(l.upstream.status))
	}
	fail(s.Span, l.reason)
	s.End()
}

// linkTo links the call's span to that of the flight for which it has waited, which
// is in the trace of another call.
func (x *exchange) linkTo(f *memo.Flight[landed]) {
	if !x.span.IsRecording() {
		return
	}
	if flight, traced := f.Marked().(trace.SpanContext); traced {
		x.span.AddLink(trace.Link{SpanContext: flight})
	}
}

// traceCall says of a call on Caddy's span what is counted of it.
func (c *Connector) traceCall(x *exchange, l landed, from source) {
	if !x.span.IsRecording() {
		return
	}
	x.span.SetAttributes(
		attrConnector.String(c.Name), attrStep.String(x.step.String()),
		attrAnswer.String(l.answer.Kind.String()), attrSource.String(from.String()),
	)
	fail(x.span, l.reason)
}

// traceRefusal does so of a request that is no call.
func (c *Connector) traceRefusal(x *exchange, reason verdict.Reason) {
	if x.span.IsRecording() {
		x.span.SetAttributes(attrConnector.String(c.Name), attrReason.String(reason.String()))
	}
}

// fail marks a span with the reason of a fault. A refusal of the validator's is
// none: "no" is an answer.
func fail(span trace.Span, reason verdict.Reason) {
	if reason != 0 {
		span.SetAttributes(attrReason.String(reason.String()))
		span.SetStatus(codes.Error, reason.String())
	}
}
