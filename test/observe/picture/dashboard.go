package picture

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
)

// Dashboard is what of a dashboard file is drawn.
type Dashboard struct {
	UID    string   `json:"uid"`
	Title  string   `json:"title"`
	Panels []*Panel `json:"panels"`
}

// Panel is one panel, or a row's heading.
type Panel struct {
	Type        string   `json:"type"`
	Title       string   `json:"title"`
	Place       place    `json:"gridPos"`
	Targets     []Target `json:"targets"`
	FieldConfig struct {
		Defaults  defaults   `json:"defaults"`
		Overrides []override `json:"overrides"`
	} `json:"fieldConfig"`
}

// Target is a query. Series is for the caller to fill.
type Target struct {
	Expr   string   `json:"expr"`
	Legend string   `json:"legendFormat"`
	Series []Series `json:"-"`
}

// Series is one line: labels and a value for each moment, in order.
type Series struct {
	Labels map[string]string
	Points []Point
}

// Point is a value at a moment in Unix seconds. It is never NaN.
type Point struct{ Time, Value float64 }

type place struct{ X, Y, W, H int }

type defaults struct {
	Unit       string   `json:"unit"`
	Min        *float64 `json:"min"`
	Max        *float64 `json:"max"`
	Decimals   *int     `json:"decimals"`
	NoValue    string   `json:"noValue"`
	Color      colour   `json:"color"`
	Thresholds struct {
		Steps []step `json:"steps"`
	} `json:"thresholds"`
	Mappings []struct {
		Options map[string]struct {
			Text string `json:"text"`
		} `json:"options"`
	} `json:"mappings"`
	Custom struct {
		Fill     float64  `json:"fillOpacity"`
		SoftMin  *float64 `json:"axisSoftMin"`
		Stacking struct {
			Mode string `json:"mode"`
		} `json:"stacking"`
		Scale struct {
			Type string `json:"type"`
		} `json:"scaleDistribution"`
		Thresholds struct {
			Mode string `json:"mode"`
		} `json:"thresholdsStyle"`
	} `json:"custom"`
}

type step struct {
	Color string   `json:"color"`
	Value *float64 `json:"value"` // none: from the bottom
}

type colour struct {
	Mode  string `json:"mode"`
	Fixed string `json:"fixedColor"`
}

type override struct {
	Matcher struct {
		ID      string `json:"id"`
		Options string `json:"options"`
	} `json:"matcher"`
	Properties []struct {
		ID    string          `json:"id"`
		Value json.RawMessage `json:"value"`
	} `json:"properties"`
}

// Read reads a dashboard file.
func Read(file string) (*Dashboard, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading a dashboard: %w", err)
	}
	d := new(Dashboard)
	if err := json.Unmarshal(content, d); err != nil {
		return nil, fmt.Errorf("reading dashboard %s: %w", file, err)
	}
	return d, nil
}

// line is a series as it is drawn.
type line struct {
	name   string
	color  string
	dash   string
	points []Point
}

var legendLabel = regexp.MustCompile(`\{\{\s*(\w+)\s*\}\}`)

// lines are the series of all targets, named and coloured as the file says.
func (p *Panel) lines() (all []line) {
	for _, target := range p.Targets {
		for _, series := range target.Series {
			name := legendLabel.ReplaceAllStringFunc(target.Legend, func(label string) string {
				return series.Labels[legendLabel.FindStringSubmatch(label)[1]]
			})
			l := line{name: name, points: series.Points}
			l.color, l.dash = p.style(name, len(all))
			all = append(all, l)
		}
	}
	return all
}

// style is how Grafana would draw the series: the last override that matches wins.
func (p *Panel) style(name string, ordinal int) (color, dash string) {
	c := p.FieldConfig.Defaults.Color
	for _, o := range p.FieldConfig.Overrides {
		matches := o.Matcher.ID == "byName" && o.Matcher.Options == name
		if o.Matcher.ID == "byRegexp" {
			pattern, err := regexp.Compile(strings.Trim(o.Matcher.Options, "/"))
			matches = err == nil && pattern.MatchString(name)
		}
		if !matches {
			continue
		}
		for _, property := range o.Properties {
			var drawn struct {
				Mode string `json:"mode"`
				Fill string `json:"fill"`
				colour
			}
			if json.Unmarshal(property.Value, &drawn) != nil {
				continue // a number, such as a line's width
			}
			switch property.ID {
			case "color":
				c = colour{Mode: drawn.Mode, Fixed: drawn.Fixed}
			case "custom.lineStyle":
				dash = map[string]string{"dash": "6 4", "dot": "1 4"}[drawn.Fill]
			}
		}
	}
	switch c.Mode {
	case "palette-classic":
		return palette[ordinal%len(palette)], dash
	case "shades":
		return shades[ordinal%len(shades)], dash
	}
	return named(c.Fixed), dash
}

// Format writes a value as the panel would.
func (p *Panel) Format(v float64) string {
	return format(v, p.FieldConfig.Defaults.Unit, p.FieldConfig.Defaults.Decimals)
}
