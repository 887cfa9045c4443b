//go:build linux

package bench

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// BenchmarkMemory tells what verdicts and idle connections take, and what many
// verdicts do to a hit.
func BenchmarkMemory(b *testing.B) {
	run(b, func(b *testing.B, r *report) {
		measureGrowth(b, r)
		measureIdle(b, r)
	})
}

// memory is what a process takes, in bytes.
type memory struct {
	Heap     float64 `json:"heap"` // that is in use, once garbage is collected
	Resident float64 `json:"resident"`
}

func memoryOf(t testing.TB, p *gatehouse.Process) memory {
	t.Helper()
	p.CollectGarbage(t)
	return memory{p.Metric(t, "go_memstats_heap_alloc_bytes", nil), resident(t, p)}
}

// resident is VmRSS, proc_pid_status(5).
func resident(t testing.TB, p *gatehouse.Process) float64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.PID()))
	require.NoError(t, err)
	_, after, found := strings.Cut(string(status), "VmRSS:")
	require.True(t, found)
	kibibytes, err := strconv.ParseFloat(strings.Fields(after)[0], 64)
	require.NoError(t, err)
	return kibibytes * 1024
}

// takes is what many things of one kind take of a process. Resident memory has the
// room that the collector keeps for the next garbage, as much again as the heap and
// of Gatehouse at least 64 MiB, so only the heap is judged.
type takes struct {
	What         string  `json:"what"`
	Number       int     `json:"number"`
	Before       memory  `json:"before"`
	With         memory  `json:"with"`
	HeapEach     float64 `json:"heap_each"`
	ResidentEach float64 `json:"resident_each"`
}

func takesOf(what string, number int, before, with memory) takes {
	n := float64(number)
	return takes{what, number, before, with, (with.Heap - before.Heap) / n, (with.Resident - before.Resident) / n}
}

// measureIdle tells what idle connections take, beside stock Caddy's.
func measureIdle(b *testing.B, r *report) {
	b.Helper()
	for _, c := range []struct {
		name, site string
		options    []gatehouse.Option
	}{
		{"Gatehouse", connectorSite(answering(), defaultEntries), nil},
		{"Caddy", caddySite(b, answering()), []gatehouse.Option{r.stock}},
	} {
		var p *gatehouse.Process
		onServerCore(b, func() { p = gatehouse.Start(b, c.site, append(c.options, gatehouse.Global(quiet))...) })
		s := serverOf(c.name, p, same)
		_, err := s.measure(b.Context(), way{Protocol: http1, Clients: 16}, time.Second) // a process that has worked takes more
		require.NoError(b, err)
		before := memoryOf(b, p)
		clients, err := s.dial(b.Context(), way{Protocol: http1, Clients: *idleMost})
		if err != nil {
			fmt.Printf("LEFT OUT: %d of %d idle connections to %s: %v\n", *idleMost-len(clients), *idleMost, c.name, err)
		}
		require.NotEmpty(b, clients)
		for _, idle := range clients {
			require.NoError(b, idle.call(0))
		}
		r.Memory = append(r.Memory, takesOf("idle connections of "+c.name, len(clients), before, memoryOf(b, p)))
		for _, idle := range clients {
			idle.close()
		}
	}
}
