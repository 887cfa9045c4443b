package picture

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

const legendLine = 15 // pixels

// chart is a panel of time series: axes, lines or stacked areas, and a legend.
func (c *canvas) chart(p *Panel, box rect) {
	lines := shown(p.lines())
	d := p.FieldConfig.Defaults
	rows := legend(lines, box.w-16)
	const left, bottom = 62, 18
	plot := rect{box.x + left, box.y + 6, box.w - left - 10, box.h - 12 - bottom - float64(len(rows))*legendLine}
	if len(lines) == 0 {
		c.text(box.x+box.w/2, box.y+box.h/2, 14, names["text"], "middle", false, "no data")
		return
	}
	stacked := d.Custom.Stacking.Mode == "normal"
	bases := stack(lines, stacked)
	var values []float64
	for i, l := range lines {
		for j, point := range l.points {
			values = append(values, point.Value+bases[i][j])
		}
	}
	s := newScale(values, d)
	for _, v := range s.ticks() {
		y := plot.y + plot.h*(1-s.at(v))
		c.printf(`<path d="M%.5g %.5gh%.5g" stroke="#e6e8ec"/>`+"\n", plot.x, y, plot.w)
		c.text(plot.x-5, y+3.5, 10, "#57606a", "end", false, format(v, d.Unit, nil))
	}
	when := span(lines)
	every := roundSeconds(when.high - when.low)
	for t := 0.0; t <= when.high-when.low+1e-6; t += every {
		x := min(plot.x+plot.w*t/(when.high-when.low), plot.x+plot.w-6) // the last one stays in the panel
		c.text(x, plot.y+plot.h+14, 10, "#57606a", "middle", false, fmt.Sprintf("%d:%02d", int(t)/60, int(t)%60))
	}
	for i := range lines {
		l := lines[len(lines)-1-i] // the first is drawn last, on top
		base := bases[len(lines)-1-i]
		fill := d.Custom.Fill
		if stacked {
			fill = max(fill, 30)
		}
		c.path(l.points, plot, when, s, l.color, l.dash, fill, base)
	}
	if d.Custom.Thresholds.Mode == "dashed" {
		for _, step := range d.Thresholds.Steps {
			if step.Value != nil && *step.Value >= s.low && *step.Value <= s.high {
				c.printf(`<path d="M%.5g %.5gh%.5g" stroke="%s" stroke-dasharray="6 4"/>`+"\n", plot.x, plot.y+plot.h*(1-s.at(*step.Value)), plot.w, named(step.Color))
			}
		}
	}
	for i, row := range rows {
		c.legend(row, box.x+8, plot.y+plot.h+bottom+float64(i+1)*legendLine-1)
	}
}

func roundSeconds(total float64) float64 {
	for _, every := range []float64{1, 2, 5, 10, 15, 30, 60, 120, 300} {
		if total/every <= 7 {
			return every
		}
	}
	return math.Ceil(total / 6)
}

// span is the time from the first to the last point.
func span(lines []line) scale {
	when := scale{low: math.Inf(1), high: math.Inf(-1)}
	for _, l := range lines {
		for _, point := range l.points {
			when.low, when.high = min(when.low, point.Time), max(when.high, point.Time)
		}
	}
	if !(when.high > when.low) {
		when.high = when.low + 1
	}
	return when
}

// stack is what each point of each line stands on.
func stack(lines []line, stacked bool) [][]float64 {
	bases := make([][]float64, len(lines))
	sum := make(map[float64]float64)
	for i, l := range lines {
		bases[i] = make([]float64, len(l.points))
		for j, point := range l.points {
			if stacked {
				bases[i][j] = sum[point.Time]
				sum[point.Time] += point.Value
			}
		}
	}
	return bases
}

// path draws points as a line, over an area where fill is above 0. Where points are
// missing the line is broken.
func (c *canvas) path(points []Point, plot rect, when, s scale, color, dash string, fill float64, base []float64) {
	if len(points) == 0 {
		return
	}
	at := func(i int, top bool) (x, y float64) {
		v := 0.0
		if base != nil {
			v = base[i]
		}
		if top {
			v += points[i].Value
		}
		return plot.x + plot.w*when.at(points[i].Time), plot.y + plot.h*(1-min(max(s.at(v), 0), 1))
	}
	if dash != "" {
		dash = ` stroke-dasharray="` + dash + `"`
	}
	apart := usual(points)
	for from := 0; from < len(points); {
		to := from + 1
		for to < len(points) && points[to].Time-points[to-1].Time < 2.5*apart {
			to++
		}
		var outline, area trail
		for i := from; i < to; i++ {
			outline.to(at(i, true))
			area.to(at(i, true))
		}
		for i := to - 1; i >= from && fill > 0; i-- {
			x, y := at(i, false)
			if base == nil || base[i] == 0 {
				y = plot.y + plot.h
				if i > from && i < to-1 && (base == nil || base[i-1] == 0 && base[i+1] == 0) {
					continue // on the axis: its ends do
				}
			}
			area.to(x, y)
		}
		if fill > 0 && to > from+1 {
			c.printf(`<path d="%sz" fill="%s" fill-opacity="%.2g"/>`+"\n", area.String(), color, fill/100)
		}
		if to == from+1 {
			x, y := at(from, true)
			c.printf(`<circle cx="%.0f" cy="%.1f" r="2" fill="%s"/>`+"\n", x, y, color)
		} else {
			c.printf(`<path d="%s" fill="none" stroke="%s" stroke-width="1.4"%s/>`+"\n", outline.String(), color, dash)
		}
		from = to
	}
}

// trail writes the points of a path, each by its distance from the one before, which
// halves the size of a picture.
type trail struct {
	strings.Builder
	x, y float64
}

func (t *trail) to(x, y float64) {
	x, y = math.Round(x), math.Round(y*10)/10
	word := "l"
	if t.Len() == 0 {
		word = "M"
	}
	fmt.Fprintf(t, "%s%.0f %s", word, x-t.x, strconv.FormatFloat(math.Round((y-t.y)*10)/10, 'f', -1, 64))
	t.x, t.y = x, y
}

// usual is the least distance between two points.
func usual(points []Point) float64 {
	least := math.Inf(1)
	for i := 1; i < len(points); i++ {
		least = min(least, points[i].Time-points[i-1].Time)
	}
	return least
}

// shown leaves out lines that are zero throughout where there are many, as Grafana's
// tooltips do.
func shown(lines []line) []line {
	if len(lines) <= 6 {
		return lines
	}
	return slices.DeleteFunc(lines, func(l line) bool { return isZero(l.points) })
}

// legend breaks the names of the lines into rows.
func legend(lines []line, room float64) (rows [][]line) {
	used := room + 1
	for _, l := range lines {
		need := 22 + wide(l.name, 11)
		if used+need > room {
			rows, used = append(rows, nil), 0
		}
		rows[len(rows)-1] = append(rows[len(rows)-1], l)
		used += need
	}
	return rows
}

func isZero(points []Point) bool {
	for _, point := range points {
		if point.Value != 0 {
			return false
		}
	}
	return true
}

func (c *canvas) legend(row []line, x, y float64) {
	for _, l := range row {
		c.printf(`<path d="M%.5g %.5gh11" stroke="%s" stroke-width="3"/>`+"\n", x, y-4, l.color)
		c.text(x+15, y, 11, "#24292e", "start", false, l.name)
		x += 22 + wide(l.name, 11)
	}
}
