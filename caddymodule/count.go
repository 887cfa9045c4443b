package caddymodule

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/protocol"
	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/verdict"
)

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
	observe(m.durations[x.step][from], took, x.span)
	observe(m.overhead, took-x.reading-x.waiting, x.span)
}

// flight counts what an upstream call brought.
func (m *connectorMetrics) flight(l landed, span trace.Span) {
	observe(m.upstream[l.outcome], l.upstream.took, span)
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

// observe counts a duration. Where the request is in a trace that somebody keeps,
// its id goes along as an exemplar, so that a slow bucket leads to a slow call; all
// others pay nothing for it.
func observe(histogram prometheus.Observer, took time.Duration, span trace.Span) {
	if of := span.SpanContext(); of.IsSampled() {
		if exemplary, can := histogram.(prometheus.ExemplarObserver); can { // every histogram can
			exemplary.ObserveWithExemplar(took.Seconds(), prometheus.Labels{"trace_id": of.TraceID().String()})
			return
		}
	}
	histogram.Observe(took.Seconds())
}
