//go:build linux

package bench

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// The ways in which everything is called. The goals are judged at the first. At a rate
// all servers have the same to do: where each takes what it can, the faster one finds
// more of its clients awake, and its writes pay less for waking them.
var (
	judgedAt  = way{Protocol: http1, Clients: 16}
	atARate   = way{Protocol: http1, Clients: 16, Rate: 2000}
	otherWays = []way{
		atARate,
		{Protocol: http1, Clients: 1},
		{Protocol: http1, Clients: 64},
		{Protocol: http2, Clients: 1},
		{Protocol: http2, Clients: 16},
		{Protocol: http2, Clients: 64},
	}
)

// BenchmarkCall compares what a call costs.
func BenchmarkCall(b *testing.B) { run(b, measureCalls) }

func measureCalls(b *testing.B, r *report) {
	b.Helper()
	v := newValidator(b, 0)
	everywhere, once := startAll(b, v, r.stock)
	records := &book{lasts: *cellLasts}
	for n := range *rounds {
		for half := range 2 { // the median of ten moves by half as much
			require.NoError(b, records.round(b.Context(), 2*n+half, append(everywhere, once...), judgedAt))
		}
		for _, w := range otherWays {
			require.NoError(b, records.round(b.Context(), n, everywhere, w))
		}
	}
	r.Results = records.results
	ratio := func(name string, atMost float64, figure func(sample) float64, over, under string) {
		r.Goals = append(r.Goals, judged(name, atMost, records.ratios(figure, over, under, judgedAt)...))
	}
	ratio("CPU of a hit / Caddy respond", 0.90, cpuOf, hit, respond)
	ratio("CPU of a hit / net/http", 2.0, cpuOf, hit, floor)
	ratio("CPU of a hit with a log line / Caddy respond with one", 0.90, cpuOf, hitLogged, respondLogged)
	ratio("CPU of a miss / Caddy proxy", 1.05, cpuOf, miss, proxy)
	ratio("CPU of a refusal / a hit", 1.0, cpuOf, refusal, hit)
	ratio("CPU of a refusal with a log line / a hit with one", 1.0, cpuOf, refusalLogged, hitLogged)
	ratio("p99 of a hit / Caddy respond", 1.1, p99Of, hit, respond)
	r.Goals = append(r.Goals, burstGoals(b)...)
	r.Beside = append(r.Beside,
		told("CPU of a hit / Caddy respond, "+atARate.String(), records.ratios(cpuOf, hit, respond, atARate)...),
		told("CPU of a miss / Caddy proxy, "+atARate.String(), records.ratios(cpuOf, miss, proxy, atARate)...),
	)
}
