//go:build linux

package bench

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// book is everything that was measured, so that a ratio is taken of two samples of
// one round.
type book struct {
	lasts   time.Duration // a measurement
	results []*result
}

// result is what was measured of one server, called in one way.
type result struct {
	Server string   `json:"server"`
	Way    way      `json:"way"`
	Rounds []sample `json:"rounds"`
}

// round measures each server once. Every other round goes backwards and each begins
// elsewhere, so that no server always follows the same neighbour.
func (b *book) round(ctx context.Context, n int, servers []*server, w way) error {
	order := slices.Clone(servers)
	if n%2 == 1 {
		slices.Reverse(order)
	}
	begin := n % len(order)
	for _, s := range append(order[begin:], order[:begin]...) {
		measured, err := s.measure(ctx, w, b.lasts)
		if err != nil {
			return fmt.Errorf("%s, %s: %w", s.name, w, err)
		}
		of := b.of(s.name, w)
		of.Rounds = append(of.Rounds, measured)
	}
	return nil
}

// of is the result of a server, empty where there is none yet.
func (b *book) of(name string, w way) *result {
	for _, r := range b.results {
		if r.Server == name && r.Way == w {
			return r
		}
	}
	r := &result{Server: name, Way: w}
	b.results = append(b.results, r)
	return r
}

// What of a sample is compared.
func cpuOf(s sample) float64 { return float64(s.CPU) }
func p99Of(s sample) float64 { return float64(s.P99) }

// ratios are those of the rounds of two servers that were called in the same way.
func (b *book) ratios(figure func(sample) float64, over, under string, w way) (each []float64) {
	o, u := b.of(over, w).Rounds, b.of(under, w).Rounds
	for n := range min(len(o), len(u)) {
		each = append(each, figure(o[n])/figure(u[n]))
	}
	return each
}

// finding is what the rounds found of one thing.
type finding struct {
	Name   string    `json:"name"`
	Rounds []float64 `json:"rounds"`
	Median float64   `json:"median"`
}

func told(name string, rounds ...float64) finding { return finding{name, rounds, median(rounds)} }

// spread is how far the rounds lie apart.
func (f finding) spread() string {
	if len(f.Rounds) < 2 {
		return ""
	}
	return fmt.Sprintf("%.3g to %.3g", slices.Min(f.Rounds), slices.Max(f.Rounds))
}

// goal is a finding and the most that it may be.
type goal struct {
	finding
	AtMost float64 `json:"at_most"`
	Passed bool    `json:"passed"`
}

// judged is a goal of what the rounds found. Nothing found is a goal missed.
func judged(name string, atMost float64, rounds ...float64) goal {
	f := told(name, rounds...)
	return goal{f, atMost, len(rounds) > 0 && f.Median <= atMost}
}
