package caddymodule

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/judge"
	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/memo"
	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/protocol"
	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/verdict"
)

// source is where an answer comes from.
type source uint8

const (
	fromUpstream source = iota // the call's own flight
	fromCache                  // a remembered verdict
	fromFlight                 // another call's flight
	fromStale                  // a verdict past its time, in place of a fault
	fromFault                  // no verdict: Gatehouse's own words
	sourceCount
)

var sourceNames = [sourceCount]string{"upstream", "cache", "flight", "stale", "fault"}

func (s source) String() string { return sourceNames[s] }

const answerCount = int(protocol.KindRefused) + 1

// The collectors belong to the process: Caddy has one registry for each
// configuration load, and counters that started anew with each would lose what
// was counted. They are registered with every load's registry.
var (
	// Among the edges are the attempts of the provider (5 s, 10 s), the budgets (4.5 s
	// and 9 s of one attempt, 9 s and 18 s of two) and, for upstream calls, the time
	// after which they are given up (18 s, 36 s).
	callBuckets     = []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 4.5, 5, 9, 10, 18, 20}
	upstreamBuckets = append(slices.Clone(callBuckets), 36)
	ownBuckets      = []float64{.00001, .000025, .00005, .0001, .00025, .0005, .001, .0025, .005, .01, .05, .1}

	requests = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "gatehouse_requests_total",
		Help: "Requests by the step of the sign-up, the answer that left and where it came from. A refusal is a request that was no call.",
	}, []string{"connector", "step", "answer", "source"})
	requestDuration = newHistogram("gatehouse_request_duration_seconds",
		"Time from a call's arrival to its answer. What was answered with 401, 405 or 429 is not in it.", callBuckets, "connector", "step", "source")
	overhead = newHistogram("gatehouse_overhead_seconds",
		"What Gatehouse itself took of a call: without reading the body from the network and without waiting for the upstream.", ownBuckets, "connector")
	upstreamDuration = newHistogram("gatehouse_upstream_duration_seconds",
		"How long an upstream call lasted, by the verdict it brought.", upstreamBuckets, "connector", "outcome")
	faults = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "gatehouse_faults_total",
		Help: "Calls that the upstream failed to answer, by reason.",
	}, []string{"connector", "reason"})
	refusals = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "gatehouse_refusals_total",
		Help: "Requests that were refused before they became a call, by reason.",
	}, []string{"connector", "reason"})
	rewrites = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "gatehouse_rewrites_total",
		Help: "Upstream answers by the format they came in and the answer made of them.",
	}, []string{"connector", "format", "answer"})
	authentications = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "gatehouse_auth_total",
		Help: "Attempts to authenticate, by method and result.",
	}, []string{"connector", "method", "result"})
	evictions = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "gatehouse_cache_evictions_total",
		Help: "Verdicts that were forgotten, by cause.",
	}, []string{"connector", "cause"})
	buildInfo = prometheus.NewGauge(prometheus.GaugeOpts{
		Name:        "gatehouse_build_info",
		Help:        "Always 1; its labels say what is running.",
		ConstLabels: prometheus.Labels{"version": Version(), "goversion": runtime.Version()},
	})
)

func init() { buildInfo.Set(1) }

// newHistogram has classic buckets for text scrapes and a native histogram for
// those who scrape protobuf.
func newHistogram(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: name, Help: help, Buckets: buckets,
		NativeHistogramBucketFactor:     1.1,
		NativeHistogramMaxBucketNumber:  160,
		NativeHistogramMinResetDuration: time.Hour,
	}, labels)
}

func registerMetrics(ctx *caddy.Context) error {
	registry := ctx.GetMetricsRegistry()
	for _, c := range []prometheus.Collector{
		requests, requestDuration, overhead, upstreamDuration, faults, refusals,
		rewrites, authentications, evictions, buildInfo,
		stateCollector{},
	} {
		var already prometheus.AlreadyRegisteredError
		if err := registry.Register(c); err != nil && !errors.As(err, &already) {
			return fmt.Errorf("registering metrics: %w", err)
		}
	}
	return nil
}

// connectorMetrics are one connector's series, all made at the start so that
// they exist at 0 and a call looks none up by its labels.
type connectorMetrics struct {
	requests  [protocol.StepCount][answerCount][sourceCount]prometheus.Counter
	durations [protocol.StepCount][sourceCount]prometheus.Observer
	overhead  prometheus.Observer
	upstream  map[string]prometheus.Observer
	faults    map[verdict.Reason]prometheus.Counter
	refusals  map[verdict.Reason]prometheus.Counter
	rewrites  map[judge.Format]map[protocol.Kind]prometheus.Counter
	auth      map[method]*[authResultCount]prometheus.Counter
}

// The results of an authentication.
const (
	authAccepted = iota
	authRejected
	authBusy
	authResultCount
)

var authResults = [authResultCount]string{"accepted", "rejected", "busy"}

func newConnectorMetrics(name string, dialect protocol.Dialect) *connectorMetrics {
	m := &connectorMetrics{
		overhead: overhead.WithLabelValues(name),
		upstream: make(map[string]prometheus.Observer),
		faults:   make(map[verdict.Reason]prometheus.Counter),
		refusals: make(map[verdict.Reason]prometheus.Counter),
		rewrites: make(map[judge.Format]map[protocol.Kind]prometheus.Counter),
		auth:     make(map[method]*[authResultCount]prometheus.Counter),
	}
	for _, step := range dialect.Steps() {
		for s := range sourceCount {
			m.durations[step][s] = requestDuration.WithLabelValues(name, step.String(), s.String())
			for kind := range protocol.KindRefused {
				m.requests[step][kind][s] = requests.WithLabelValues(name, step.String(), kind.String(), s.String())
			}
		}
	}
	refused := protocol.KindRefused
	m.requests[protocol.StepNone][refused][fromFault] = requests.WithLabelValues(name, protocol.StepNone.String(), refused.String(), fromFault.String())
	for _, outcome := range outcomes {
		m.upstream[outcome] = upstreamDuration.WithLabelValues(name, outcome)
	}
	for _, r := range verdict.Faults() {
		m.faults[r] = faults.WithLabelValues(name, r.String())
	}
	for _, r := range verdict.Refusals() {
		m.refusals[r] = refusals.WithLabelValues(name, r.String())
	}
	for _, f := range judge.Formats() {
		m.rewrites[f] = make(map[protocol.Kind]prometheus.Counter)
		for kind := range protocol.KindRefused {
			m.rewrites[f][kind] = rewrites.WithLabelValues(name, f.String(), kind.String())
		}
	}
	for _, by := range []method{methodBasic, methodCertificate, methodNone} {
		m.auth[by] = new([authResultCount]prometheus.Counter)
		for i, result := range authResults {
			m.auth[by][i] = authentications.WithLabelValues(name, string(by), result)
		}
	}
	for _, cause := range memo.Causes() {
		evictions.WithLabelValues(name, string(cause))
	}
	return m
}

var outcomes = []string{"continue", "block", "invalid", "fault"}

// outcome is the verdict's word in metrics and logs.
func outcome(v verdict.Verdict) string {
	switch v.(type) {
	case verdict.Continue:
		return "continue"
	case verdict.Block:
		return "block"
	case verdict.Invalid:
		return "invalid"
	default: // verdict.Fault: the four are all
		return "fault"
	}
}

func evictionCounter(name string) func(memo.Cause) {
	counters := make(map[memo.Cause]prometheus.Counter)
	for _, cause := range memo.Causes() {
		counters[cause] = evictions.WithLabelValues(name, string(cause))
	}
	return func(cause memo.Cause) { counters[cause].Inc() }
}

// stateCollector reads the gauges off the states that are in use, so that a
// connector that is gone leaves none behind.
type stateCollector struct{}

var (
	cacheEntries  = prometheus.NewDesc("gatehouse_cache_entries", "Verdicts that are remembered.", []string{"connector"}, nil)
	cacheBytes    = prometheus.NewDesc("gatehouse_cache_bytes", "What the remembered verdicts take in memory, estimated.", []string{"connector"}, nil)
	flightsNow    = prometheus.NewDesc("gatehouse_flights", "Upstream calls in progress.", []string{"connector"}, nil)
	flightWaiters = prometheus.NewDesc("gatehouse_flight_waiters", "Calls that wait for an upstream call that another call started.", []string{"connector"}, nil)
	budgetSeconds = prometheus.NewDesc("gatehouse_budget_seconds", "The time from its arrival in which every call is answered.", []string{"connector"}, nil)
	unsafeOptions = prometheus.NewDesc("gatehouse_unsafe_options", "Connectors that have the unsafe option switched on.", []string{"option"}, nil)
)

// Describe implements prometheus.Collector.
func (stateCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{cacheEntries, cacheBytes, flightsNow, flightWaiters, budgetSeconds, unsafeOptions} {
		ch <- d
	}
}

// Collect implements prometheus.Collector. Two states of one connector's name,
// as there are for a moment at a reload, count together.
func (stateCollector) Collect(ch chan<- prometheus.Metric) {
	sums := make(map[string]memo.Stats)
	budgets := make(map[string]time.Duration)
	open := 0
	states.Range(func(_, value any) bool {
		s := value.(*state) //nolint:forcetypeassert // acquireState puts nothing else in
		now, sum := s.memo.Stats(), sums[s.connector]
		sums[s.connector] = memo.Stats{
			Entries: sum.Entries + now.Entries, Bytes: sum.Bytes + now.Bytes,
			Flights: sum.Flights + now.Flights, Waiters: sum.Waiters + now.Waiters,
		}
		unsafe, budget := s.options()
		budgets[s.connector] = max(budgets[s.connector], budget)
		if unsafe {
			open++
		}
		return true
	})
	gauge := func(d *prometheus.Desc, value float64, label string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, label)
	}
	for name, sum := range sums {
		gauge(cacheEntries, float64(sum.Entries), name)
		gauge(cacheBytes, float64(sum.Bytes), name)
		gauge(flightsNow, float64(sum.Flights), name)
		gauge(flightWaiters, float64(sum.Waiters), name)
		gauge(budgetSeconds, budgets[name].Seconds(), name)
	}
	gauge(unsafeOptions, float64(open), "unsafe_none")
}

// Version is the module's version in the running binary, or "devel" where it was
// built from a checkout.
func Version() string {
	const path = "github.com/gatehouse-proxy/gatehouse"
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "devel"
	}
	for _, m := range append(info.Deps, &info.Main) {
		if m.Path == path && m.Version != "" && m.Version != "(devel)" {
			return m.Version
		}
	}
	return "devel"
}
