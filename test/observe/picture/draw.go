package picture

import (
	"fmt"
	"html"
	"strings"
)

// Sizes in pixels. A dashboard has 24 columns.
const (
	column  = 50
	rowUnit = 27
	gap     = 4
	heading = 58
	width   = 24 * column
)

// Note stands in every picture.
const Note = "Drawn by Gatehouse's own renderer from the dashboard's queries; this is not Grafana."

// SVG draws a dashboard. The second note says where the data are from.
func SVG(d *Dashboard, note string) []byte {
	height := 0
	for _, p := range d.Panels {
		height = max(height, p.Place.Y+p.Place.H)
	}
	c := new(canvas)
	c.printf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" font-family="Helvetica, Arial, 'DejaVu Sans', sans-serif">`+"\n",
		width, heading+height*rowUnit+gap, width, heading+height*rowUnit+gap)
	c.printf(`<rect width="100%%" height="100%%" fill="#eceef2"/>` + "\n")
	c.text(12, 25, 19, "#24292e", "start", true, d.Title)
	c.text(12, 46, 12, "#57606a", "start", false, Note+" "+note)
	for _, p := range d.Panels {
		box := rect{float64(p.Place.X*column + gap/2), float64(heading + p.Place.Y*rowUnit), float64(p.Place.W*column - gap), float64(p.Place.H*rowUnit - gap)}
		if p.Type == "row" {
			c.text(box.x+8, box.y+17, 14, "#24292e", "start", true, p.Title)
			continue
		}
		c.printf(`<rect x="%g" y="%g" width="%g" height="%g" rx="3" fill="#fff" stroke="#d0d4da"/>`+"\n", box.x, box.y, box.w, box.h)
		c.text(box.x+8, box.y+17, 12.5, "#24292e", "start", true, p.Title)
		inner := rect{box.x, box.y + 24, box.w, box.h - 24}
		switch p.Type {
		case "stat":
			c.stat(p, inner)
		case "timeseries":
			c.chart(p, inner)
		default:
			c.text(inner.x+8, inner.y+20, 12, "#c4162a", "start", false, "a panel of type "+p.Type+" is not drawn")
		}
	}
	c.printf("</svg>\n")
	return []byte(c.String())
}

type rect struct{ x, y, w, h float64 }

type canvas struct{ strings.Builder }

func (c *canvas) printf(format string, args ...any) { fmt.Fprintf(c, format, args...) }

func (c *canvas) text(x, y, size float64, color, anchor string, bold bool, text string) {
	weight := ""
	if bold {
		weight = ` font-weight="600"`
	}
	if anchor != "start" {
		weight += ` text-anchor="` + anchor + `"`
	}
	c.printf(`<text x="%.4g" y="%.5g" font-size="%g" fill="%s"%s>%s</text>`+"\n", x, y, size, color, weight, html.EscapeString(text))
}

// wide guesses the width of a text: fonts differ, and a legend only has to fit.
func wide(text string, size float64) float64 { return float64(len([]rune(text))) * size * 0.56 }

// stat is one big number over a faint line of how it came to be.
func (c *canvas) stat(p *Panel, box rect) {
	d := p.FieldConfig.Defaults
	lines := p.lines()
	if len(lines) == 0 || len(lines[0].points) == 0 {
		c.text(box.x+box.w/2, box.y+box.h/2+8, 22, names["text"], "middle", true, d.NoValue)
		return
	}
	points := lines[0].points
	last := points[len(points)-1].Value
	color := lines[0].color
	if d.Color.Mode == "thresholds" {
		for _, s := range d.Thresholds.Steps {
			if s.Value == nil || last >= *s.Value {
				color = named(s.Color)
			}
		}
	}
	shown := format(last, d.Unit, d.Decimals)
	for _, m := range d.Mappings {
		if mapped, ok := m.Options[short(last)]; ok {
			shown = mapped.Text
		}
	}
	values := make([]float64, len(points))
	for i, point := range points {
		values[i] = point.Value
	}
	free := d
	free.Max = nil
	area := rect{box.x + 2, box.y + box.h*0.62, box.w - 4, box.h*0.38 - 3}
	c.path(points, area, span(lines), newScale(values, free), color, "", 15, nil)
	c.text(box.x+box.w/2, box.y+box.h*0.52, 27, color, "middle", true, shown)
}
