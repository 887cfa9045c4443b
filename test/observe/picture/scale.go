package picture

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// scale maps values to a height from 0, the bottom, to 1.
type scale struct {
	low, high   float64
	unit        float64 // between two lines
	logarithmic bool
}

func (s scale) at(v float64) float64 {
	if s.logarithmic {
		if v <= 0 {
			return 0
		}
		return (math.Log10(v) - math.Log10(s.low)) / (math.Log10(s.high) - math.Log10(s.low))
	}
	return (v - s.low) / (s.high - s.low)
}

// newScale takes in all values, and a bound of the file where it is beyond them.
func newScale(values []float64, d defaults) scale {
	low, high := math.Inf(1), math.Inf(-1)
	logarithmic := d.Custom.Scale.Type == "log"
	for _, v := range values {
		if !logarithmic || v > 0 {
			low, high = min(low, v), max(high, v)
		}
	}
	if math.IsInf(low, 1) {
		low, high = 0, 1
	}
	if logarithmic {
		low, high = math.Pow(10, math.Floor(math.Log10(low))), math.Pow(10, math.Ceil(math.Log10(high)))
		if low == high {
			high *= 10
		}
		return scale{low: low, high: high, logarithmic: true}
	}
	for _, bound := range []*float64{d.Min, d.Custom.SoftMin} {
		if bound != nil {
			low = min(low, *bound)
		}
	}
	if d.Max != nil && low < *d.Max {
		high = *d.Max
	}
	if high-low <= 1e-9*max(1, math.Abs(high)) { // a level line stands on a level of its own
		high = low + max(1, math.Abs(low))
	}
	s := scale{low: low, high: high, unit: distance(high-low, d)}
	s.low = math.Floor(low/s.unit+1e-9) * s.unit
	if d.Max == nil || high > *d.Max {
		s.high = math.Ceil(high/s.unit-1e-9) * s.unit
	}
	return s
}

// distance is that between two lines of the axis.
func distance(span float64, d defaults) float64 {
	if d.Unit == "bytes" {
		power := math.Pow(1024, math.Floor(math.Log2(max(span, 1))/10))
		return power * tick(span/power)
	}
	for _, size := range []float64{86400, 3600, 60} {
		if d.Unit == "s" && span > 1.5*size {
			return size * tick(span/size)
		}
	}
	if d.Decimals != nil && *d.Decimals == 0 {
		return max(1, tick(span))
	}
	return tick(span)
}

// tick is a round distance between three to six lines.
func tick(span float64) float64 {
	unit := math.Pow(10, math.Floor(math.Log10(span)))
	for _, f := range []float64{0.2, 0.5, 1, 2, 5} {
		if span/(unit*f) <= 5 {
			return unit * f
		}
	}
	return unit * 10
}

func (s scale) ticks() (at []float64) {
	if s.logarithmic {
		for v := s.low; v <= s.high*1.001; v *= 10 {
			at = append(at, v)
		}
		return at
	}
	for i := 0; s.low+float64(i)*s.unit <= s.high+s.unit/1e6; i++ {
		at = append(at, s.low+float64(i)*s.unit)
	}
	return at
}

// format writes a value in a Grafana unit.
func format(v float64, unit string, decimals *int) string {
	number := func(v float64) string {
		if decimals != nil {
			return strconv.FormatFloat(v, 'f', *decimals, 64)
		}
		return short(v)
	}
	switch unit {
	case "percentunit":
		return number(100*v) + " %"
	case "s":
		return seconds(v)
	case "bytes":
		return scaled(v, 1024, []string{" B", " KiB", " MiB", " GiB"})
	case "reqps":
		return number(v) + " req/s"
	case "ops":
		return number(v) + " ops/s"
	case "cpm":
		return number(v) + " /min"
	}
	if math.Abs(v) >= 10000 {
		return scaled(v, 1000, []string{"", " K", " Mil", " Bil"})
	}
	return number(v)
}

// short has three digits that matter.
func short(v float64) string {
	if math.Abs(v) >= 100 {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	text := strconv.FormatFloat(v, 'g', 3, 64)
	if strings.Contains(text, "e") {
		text = strconv.FormatFloat(v, 'f', 4, 64)
	}
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	if text == "-0" {
		return "0"
	}
	return text
}

func scaled(v, step float64, suffixes []string) string {
	i := 0
	for ; math.Abs(v) >= step && i < len(suffixes)-1; i++ {
		v /= step
	}
	return short(v) + suffixes[i]
}

func seconds(v float64) string {
	for _, u := range []struct {
		size float64
		name string
	}{{(24 * time.Hour).Seconds(), " days"}, {3600, " h"}, {60, " min"}, {1, " s"}, {1e-3, " ms"}, {1e-6, " µs"}} {
		if math.Abs(v) >= u.size*0.9999 {
			return short(v/u.size) + u.name
		}
	}
	return short(v) + " s"
}
