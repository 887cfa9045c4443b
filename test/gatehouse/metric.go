package gatehouse

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Labels pick series of a metric: those that have all of them.
type Labels map[string]string

// countWithin is how long a count may lag behind the answer it counts.
const countWithin = 5 * time.Second

// Metric is the sum of the series of a metric that have the labels. No such
// series fails the test: every series is made at the start.
func (p *Process) Metric(t testing.TB, name string, labels Labels) float64 {
	t.Helper()
	return p.Scrape(t).Sum(t, name, labels)
}

// Scrape is everything that was counted at one moment. A process with many
// connectors has thousands of series, so many questions want one scrape.
type Scrape string

// Scrape reads the metrics once.
func (p *Process) Scrape(t testing.TB) Scrape {
	t.Helper()
	return p.ScrapeAs(t, "text/plain; version=0.0.4")
}

// ScrapeAs reads the metrics once in the format of a media type.
func (p *Process) ScrapeAs(t testing.TB, mediaType string) Scrape {
	t.Helper()
	for {
		text, err := p.scrape(t.Context(), mediaType)
		if p.lostAtReload(err) {
			continue
		}
		require.NoError(t, err)
		return Scrape(text)
	}
}

// Sum is the sum of the series of a metric that have the labels.
func (s Scrape) Sum(t testing.TB, name string, labels Labels) float64 {
	t.Helper()
	sum, found := sumOf(string(s), name, labels)
	require.True(t, found, "no series %s%v", name, labels)
	return sum
}

// RequireMetric waits until a metric has a value, since a count may follow its
// answer by a moment. It fails at once where the metric is beyond the value.
func (p *Process) RequireMetric(t testing.TB, want float64, name string, labels Labels) {
	t.Helper()
	require.Truef(t, p.awaitMetric(t, want, name, labels), "%s%v is %v, want %v", name, labels, p.Metric(t, name, labels), want)
}

// AssertMetric is RequireMetric that lets the test go on.
func (p *Process) AssertMetric(t testing.TB, want float64, name string, labels Labels) {
	t.Helper()
	assert.Truef(t, p.awaitMetric(t, want, name, labels), "%s%v is %v, want %v", name, labels, p.Metric(t, name, labels), want)
}

func (p *Process) awaitMetric(t testing.TB, want float64, name string, labels Labels) bool {
	t.Helper()
	return Await(func() bool { return p.Metric(t, name, labels) >= want }) && p.Metric(t, name, labels) == want
}

// Await asks again and again until the condition holds, and reports whether it
// did within the time in which a count may lag.
func Await(condition func() bool) bool {
	patience := time.NewTimer(countWithin)
	defer patience.Stop()
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		if condition() {
			return true
		}
		select {
		case <-patience.C:
			return condition()
		case <-tick.C:
		}
	}
}

// CollectGarbage makes the process collect its garbage, so that what its metrics
// say of the heap is what it holds.
func (p *Process) CollectGarbage(t testing.TB) {
	t.Helper()
	// net/http/pprof: "gc=1" runs a collection first.
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+p.admin+"/debug/pprof/heap?gc=1", http.NoBody)
	require.NoError(t, err)
	resp, err := scraper.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, http.StatusOK, resp.StatusCode)
}

func (p *Process) scrape(ctx context.Context, mediaType string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.metrics+"/", http.NoBody)
	if err != nil {
		return "", err
	}
	req.Header.Set("Accept", mediaType)
	resp, err := scraper.Do(req)
	if err != nil {
		return "", fmt.Errorf("scraping metrics: %w", err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("scraping metrics: HTTP %d: %w", resp.StatusCode, err)
	}
	return string(text), nil
}

// scraper keeps no connection, which would delay a process that stops.
var scraper = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

func sumOf(text, name string, labels Labels) (sum float64, found bool) {
	for line := range strings.Lines(text) {
		series, number, ok := strings.Cut(strings.TrimSpace(line), "} ")
		if !ok {
			series, number, ok = strings.Cut(strings.TrimSpace(line), " ")
		}
		metric, have, _ := strings.Cut(series, "{")
		if !ok || metric != name || !hasAll(have, labels) {
			continue
		}
		if value, err := strconv.ParseFloat(number, 64); err == nil {
			sum, found = sum+value, true
		}
	}
	return sum, found
}

// hasAll looks for labels in name="value" pairs. The values of all our labels
// come from closed lists, so none holds a quote or a comma.
func hasAll(pairs string, labels Labels) bool {
	have := strings.Split(strings.TrimSuffix(pairs, "}"), ",")
	for name, value := range labels {
		matched := false
		for _, pair := range have {
			matched = matched || pair == name+`="`+value+`"`
		}
		if !matched {
			return false
		}
	}
	return true
}
