package demo

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math"
	"net/http"
	"strconv"
	"strings"
)

// live is the connector's own metrics, added up for the page.
type live struct {
	Answers   map[string]float64 `json:"answers"`
	Sources   map[string]float64 `json:"sources"`
	Faults    map[string]float64 `json:"faults"`
	Upstream  float64            `json:"upstream"`  // calls to the validator, ended or under way
	Own       float64            `json:"own"`       // seconds of ours, all calls
	OwnCalls  float64            `json:"own_calls"` // how many those are
	Durations []bucket           `json:"durations"`
}

// bucket counts the calls that took at most UpTo seconds, and more than the bucket
// before. The last one has none: UpTo is 0.
type bucket struct {
	UpTo  float64 `json:"up_to"`
	Calls float64 `json:"calls"`
}

// read scrapes a metrics endpoint and adds up the series of one connector.
func (p *Page) read(ctx context.Context) (live, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.Metrics, http.NoBody)
	if err != nil {
		return live{}, fmt.Errorf("reading the metrics: %w", err)
	}
	request.Header.Set("Accept", "text/plain; version=0.0.4")
	response, err := p.Client.Do(request)
	if err != nil {
		return live{}, fmt.Errorf("reading the metrics: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return live{}, fmt.Errorf("reading the metrics: HTTP %d", response.StatusCode)
	}
	const longest = 8 << 20
	return sum(io.LimitReader(response.Body, longest), p.Connector)
}

// sum reads the text format of Prometheus. Our label values come from closed lists,
// so none holds a comma, a quote or a brace.
func sum(text io.Reader, connector string) (live, error) {
	l := live{Answers: map[string]float64{}, Sources: map[string]float64{}, Faults: map[string]float64{}, Durations: []bucket{}}
	cumulated := make(map[float64]float64)
	var edges []float64
	lines := bufio.NewScanner(text)
	for lines.Scan() {
		series, number, found := strings.Cut(lines.Text(), "} ")
		name, pairs, labelled := strings.Cut(series, "{")
		value, err := strconv.ParseFloat(number, 64)
		if !found || !labelled || err != nil || !strings.HasPrefix(name, "gatehouse_") {
			continue
		}
		label := labels(pairs)
		if label["connector"] != connector {
			continue
		}
		switch name {
		case "gatehouse_requests_total":
			l.Answers[label["answer"]] += value
			l.Sources[label["source"]] += value
		case "gatehouse_faults_total":
			if value > 0 {
				l.Faults[label["reason"]] += value
			}
		case "gatehouse_upstream_duration_seconds_count", "gatehouse_flights":
			l.Upstream += value
		case "gatehouse_overhead_seconds_sum":
			l.Own += value
		case "gatehouse_overhead_seconds_count":
			l.OwnCalls += value
		case "gatehouse_request_duration_seconds_bucket":
			edge, err := strconv.ParseFloat(label["le"], 64)
			if err != nil {
				return live{}, fmt.Errorf("reading the metrics: bucket %q: %w", label["le"], err)
			}
			if _, known := cumulated[edge]; !known {
				edges = append(edges, edge) // in the order of the exposition, which is ascending
			}
			cumulated[edge] += value
		}
	}
	before := 0.0
	for _, edge := range edges {
		b := bucket{UpTo: edge, Calls: cumulated[edge] - before}
		if math.IsInf(edge, 1) {
			b.UpTo = 0 // JSON has no infinity
		}
		l.Durations = append(l.Durations, b)
		before = cumulated[edge]
	}
	return l, lines.Err()
}

func labels(pairs string) map[string]string {
	all := make(map[string]string)
	for pair := range strings.SplitSeq(pairs, ",") {
		name, quoted, _ := strings.Cut(pair, "=")
		all[name] = strings.Trim(quoted, `"`)
	}
	return all
}
