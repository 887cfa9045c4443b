//go:build linux

package bench

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// A burst is many identical calls at once, as when a page is pressed again and again
// or a provider's retries meet: the validator should hear of them once.
const (
	burstClients  = 64
	bursts        = 20
	upstreamTakes = 5 * time.Millisecond
	medianBelow   = 8 // milliseconds
)

func burstGoals(t testing.TB) []goal {
	t.Helper()
	v := newValidator(t, upstreamTakes)
	s := start(t, miss, connectorSite("reverse_proxy "+v.address, defaultEntries), distinct, gatehouse.Global(quiet))
	clients, err := s.dial(t.Context(), way{Protocol: http1, Clients: burstClients})
	require.NoError(t, err)
	_, err = s.drive(clients, 0, func(n int, _ time.Time) bool { return n < 1 }) // each has its connection
	require.NoError(t, err)
	var medians, asked []float64
	for range bursts {
		before := v.calls.Load()
		medians = append(medians, micro(burst(t, clients, distinct()))/1000)
		asked = append(asked, float64(v.calls.Load()-before))
	}
	for _, c := range clients {
		c.close()
	}
	return []goal{
		judged("upstream calls for 64 identical calls, the worst of 20 bursts", 1, slices.Max(asked)),
		judged("their median time in ms, with an upstream of 5 ms", medianBelow, medians...),
	}
}

// burst makes one call by all clients at once and returns the median of their times.
func burst(t testing.TB, clients []client, number int) time.Duration {
	t.Helper()
	took, failed := make([]time.Duration, len(clients)), make([]error, len(clients))
	begin := make(chan struct{})
	var wait sync.WaitGroup
	for i, c := range clients {
		wait.Go(func() {
			<-begin
			began := time.Now()
			failed[i] = c.call(number)
			took[i] = time.Since(began)
		})
	}
	close(begin)
	wait.Wait()
	for _, err := range failed {
		require.NoError(t, err)
	}
	return median(took)
}
