//go:build linux

package bench

import (
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// among yields calls that are all remembered, none more often than another.
func among(entries int) numbers { return func() int { return rand.IntN(entries) } }

// upTo yields each of the calls once.
func upTo(entries int) numbers {
	var last atomic.Int64
	return func() int { return int(last.Add(1)-1) % entries }
}

// measureGrowth tells how the cost of a hit grows with what is remembered and with
// clients, and what a verdict takes of memory.
func measureGrowth(b *testing.B, r *report) {
	b.Helper()
	most := *entryMost
	small, large := most/1000, most
	var servers []*server
	for _, entries := range []int{small, most / 10, large} {
		s, takes := filled(b, entries)
		servers = append(servers, s)
		r.Memory = append(r.Memory, takes)
		if entries == large {
			r.Goals = append(r.Goals, judged(fmt.Sprintf("bytes of heap a verdict of %d bytes", len(answer)), 400, takes.HeapEach))
		}
	}
	records := &book{lasts: *cellLasts}
	for n := range *rounds {
		for _, clients := range []int{1, 16, 256} {
			require.NoError(b, records.round(b.Context(), n, servers, way{Protocol: http1, Clients: clients}))
		}
	}
	r.Results = records.results
	r.Goals = append(r.Goals, judged(fmt.Sprintf("p99 of a hit with %d verdicts / with %d", large, small), 1.3,
		records.ratios(p99Of, verdicts(large), verdicts(small), judgedAt)...))
}

func verdicts(n int) string { return fmt.Sprintf("%d verdicts", n) }

// filled starts a process and makes it remember so many verdicts.
func filled(b *testing.B, entries int) (*server, takes) {
	b.Helper()
	var p *gatehouse.Process
	// Nothing but the call itself is asked for an answer, so that filling is quick. A
	// shard holds a share of all, so there has to be more room than entries.
	site := connectorSite(answering(), entries+entries/4+1000)
	onServerCore(b, func() { p = gatehouse.Start(b, site, gatehouse.Global(quiet)) })
	s := serverOf(verdicts(entries), p, upTo(entries))
	before := memoryOf(b, p)
	remember(b, s, entries)
	require.InDelta(b, entries, p.Metric(b, "gatehouse_cache_entries", nil), 0, "every call has to be remembered")
	s.next = among(entries)
	return s, takesOf(s.name, entries, before, memoryOf(b, p))
}

// remember makes each of so many calls once, if next yields them in turn.
func remember(b *testing.B, s *server, entries int) {
	b.Helper()
	clients, err := s.dial(b.Context(), way{Protocol: http1, Clients: 64})
	require.NoError(b, err)
	_, err = s.drive(clients, 0, func(n int, _ time.Time) bool { return n <= entries/len(clients) })
	require.NoError(b, err)
	for _, c := range clients {
		c.close()
	}
}
