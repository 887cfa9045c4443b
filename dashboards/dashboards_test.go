package dashboards_test

import (
	"encoding/json"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type dashboard struct {
	UID           string   `json:"uid"`
	Title         string   `json:"title"`
	Description   string   `json:"description"`
	SchemaVersion int      `json:"schemaVersion"`
	Editable      *bool    `json:"editable"`
	GraphTooltip  int      `json:"graphTooltip"`
	Tags          []string `json:"tags"`
	Links         []struct {
		Type        string   `json:"type"`
		Tags        []string `json:"tags"`
		IncludeVars bool     `json:"includeVars"`
		KeepTime    bool     `json:"keepTime"`
	} `json:"links"`
	Templating struct {
		List []variable `json:"list"`
	} `json:"templating"`
	Panels []panel `json:"panels"`
}

type variable struct {
	Name       string          `json:"name"`
	Type       string          `json:"type"`
	Datasource *datasource     `json:"datasource"`
	Definition string          `json:"definition"`
	Query      json.RawMessage `json:"query"`
	Multi      bool            `json:"multi"`
	IncludeAll bool            `json:"includeAll"`
}

type datasource struct {
	Type string `json:"type"`
	UID  string `json:"uid"`
}

type panel struct {
	ID          int         `json:"id"`
	Type        string      `json:"type"`
	Title       string      `json:"title"`
	Description string      `json:"description"`
	Datasource  *datasource `json:"datasource"`
	GridPos     gridPos     `json:"gridPos"`
	Panels      []panel     `json:"panels"`
	Targets     []struct {
		RefID        string      `json:"refId"`
		Expr         string      `json:"expr"`
		LegendFormat string      `json:"legendFormat"`
		Datasource   *datasource `json:"datasource"`
	} `json:"targets"`
	FieldConfig struct {
		Defaults struct {
			Unit  string `json:"unit"`
			Color colour `json:"color"`
		} `json:"defaults"`
		Overrides []struct {
			Matcher struct {
				ID      string `json:"id"`
				Options string `json:"options"`
			} `json:"matcher"`
			Properties []struct {
				ID    string          `json:"id"`
				Value json.RawMessage `json:"value"`
			} `json:"properties"`
		} `json:"overrides"`
	} `json:"fieldConfig"`
}

type gridPos struct{ X, Y, W, H int }

type colour struct {
	Mode       string `json:"mode"`
	FixedColor string `json:"fixedColor"`
}

// theDatasource is the object form. Grafana's conversion to schema v2 once
// dropped the string form "$datasource" without a word (grafana/grafana#116032).
var theDatasource = &datasource{Type: "prometheus", UID: "${datasource}"}

// units are the Grafana unit ids in use. Grafana shows an id that it does not
// know as a suffix and formats nothing, so a misspelt one must fail here.
var units = []string{"bytes", "cpm", "ops", "percentunit", "reqps", "s", "short"}

func loadDashboards(t *testing.T) map[string]dashboard {
	t.Helper()
	files, err := filepath.Glob("*.json")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	all := make(map[string]dashboard)
	for _, file := range files {
		var d dashboard
		require.NoError(t, json.Unmarshal([]byte(text(t, file)), &d))
		all[file] = d
	}
	return all
}

func forEachDashboard(t *testing.T, check func(t *testing.T, file string, d dashboard)) {
	t.Helper()
	for file, d := range loadDashboards(t) {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			check(t, file, d)
		})
	}
}

func TestDashboardIsClassicFixedAndReadOnly(t *testing.T) {
	t.Parallel()
	forEachDashboard(t, func(t *testing.T, file string, d dashboard) {
		var top map[string]json.RawMessage
		require.NoError(t, json.Unmarshal([]byte(text(t, file)), &top))
		// These three belong to a "shared externally" export: they make Grafana
		// ask at import, and file provisioning does not resolve them at all.
		for _, key := range []string{"__inputs", "__requires", "__elements"} {
			assert.NotContains(t, top, key)
		}
		assert.Equal(t, 42, d.SchemaVersion)
		assert.Equal(t, strings.TrimSuffix(file, ".json"), d.UID, "uid is the file name, so it is unique")
		assert.LessOrEqual(t, len(d.UID), 40, "Grafana refuses a longer uid")
		assert.NotEmpty(t, d.Title)
		assert.NotEmpty(t, d.Description)
		assert.Equal(t, 1, d.GraphTooltip, "shared crosshair")
		require.NotNil(t, d.Editable, "editable is true unless it is written")
		assert.False(t, *d.Editable)
	})
}

func TestDashboardHasTheTwoVariables(t *testing.T) {
	t.Parallel()
	forEachDashboard(t, func(t *testing.T, _ string, d dashboard) {
		require.Len(t, d.Templating.List, 2)
		source, connector := d.Templating.List[0], d.Templating.List[1]
		assert.Equal(t, "datasource", source.Name)
		assert.Equal(t, "datasource", source.Type)
		assert.JSONEq(t, `"prometheus"`, string(source.Query))

		const query = "label_values(gatehouse_requests_total, connector)"
		assert.Equal(t, "connector", connector.Name)
		assert.Equal(t, "query", connector.Type)
		assert.Equal(t, theDatasource, connector.Datasource)
		assert.Equal(t, query, connector.Definition)
		assert.Contains(t, string(connector.Query), query)
		assert.True(t, connector.Multi)
		assert.True(t, connector.IncludeAll)
	})
}

func TestEveryPanelIsComplete(t *testing.T) {
	t.Parallel()
	forEachDashboard(t, func(t *testing.T, _ string, d dashboard) {
		require.NotEmpty(t, d.Panels)
		ids := map[int]string{}
		for _, p := range d.Panels {
			assert.NotEmpty(t, p.Title, "panel %d", p.ID)
			assert.Positive(t, p.ID, p.Title)
			assert.NotContains(t, ids, p.ID, "panel %q", p.Title)
			ids[p.ID] = p.Title
			assert.Empty(t, p.Panels, "%s: a panel inside a row escapes these checks; keep rows open", p.Title)
			if p.Type == "row" {
				continue
			}
			assert.NotEmpty(t, p.Description, p.Title)
			assert.Contains(t, units, p.FieldConfig.Defaults.Unit, p.Title)
			assert.Equal(t, theDatasource, p.Datasource, p.Title)
			assert.NotEmpty(t, p.Targets, p.Title)
			refs := map[string]bool{}
			for _, target := range p.Targets {
				assert.Regexp(t, `^[A-Z]$`, target.RefID, p.Title)
				assert.False(t, refs[target.RefID], "%s: refId %s twice", p.Title, target.RefID)
				refs[target.RefID] = true
				assert.NotEmpty(t, target.LegendFormat, p.Title)
				if target.Datasource != nil {
					assert.Equal(t, theDatasource, target.Datasource, p.Title)
				}
			}
		}
	})
}

// Grafana moves a panel that overlaps another or sticks out of the 24 columns,
// and what the reader sees is then not what the file says.
func TestPanelsFillTheGridWithoutOverlap(t *testing.T) {
	t.Parallel()
	forEachDashboard(t, func(t *testing.T, _ string, d dashboard) {
		next := 0
		for i := 0; i < len(d.Panels); {
			first := d.Panels[i]
			assert.Equal(t, next, first.GridPos.Y, "%q starts where the line above ends", first.Title)
			x := 0
			for ; i < len(d.Panels) && d.Panels[i].GridPos.Y == first.GridPos.Y; i++ {
				p := d.Panels[i]
				assert.Equal(t, x, p.GridPos.X, "%q starts where its neighbour ends", p.Title)
				assert.Positive(t, p.GridPos.W, p.Title)
				assert.Equal(t, first.GridPos.H, p.GridPos.H, "%q is as high as its neighbours", p.Title)
				assert.Equal(t, p.Type == "row", p.GridPos.H == 1, "%q: a row is 1 high, a panel more", p.Title)
				x += p.GridPos.W
			}
			assert.Equal(t, 24, x, "the line of %q fills the width", first.Title)
			next = first.GridPos.Y + first.GridPos.H
		}
		for i, a := range d.Panels {
			for _, b := range d.Panels[i+1:] {
				apart := a.GridPos.X+a.GridPos.W <= b.GridPos.X || b.GridPos.X+b.GridPos.W <= a.GridPos.X ||
					a.GridPos.Y+a.GridPos.H <= b.GridPos.Y || b.GridPos.Y+b.GridPos.H <= a.GridPos.Y
				assert.True(t, apart, "%q overlaps %q", a.Title, b.Title)
			}
		}
	})
}

var legendLabel = regexp.MustCompile(`\{\{\s*(\w+)\s*\}\}`)

// A block and an invalid answer are the validator doing its work, and so is the
// halt that they become at PreTokenIssuance. A palette gives its fifth series
// red, so such panels must fix their colours.
func TestTheValidatorSaidNoIsNeverRed(t *testing.T) {
	t.Parallel()
	words := map[string][]string{
		"answer":  {"continue", "block", "invalid", "halt"},
		"outcome": {"continue", "block", "invalid"},
		"format":  {"any"},
	}
	forEachDashboard(t, func(t *testing.T, file string, d dashboard) {
		checked := 0
		for _, p := range d.Panels {
			for _, target := range p.Targets {
				for _, m := range legendLabel.FindAllStringSubmatch(target.LegendFormat, -1) {
					for _, word := range words[m[1]] {
						series := strings.ReplaceAll(target.LegendFormat, m[0], word)
						got := p.colourOf(t, series)
						assert.Contains(t, []string{"fixed", "shades"}, got.Mode, "%s: %q", p.Title, series)
						assert.Regexp(t, `^[a-z-]+$`, got.FixedColor, "%s: %q: a name, not a number that may be red", p.Title, series)
						assert.NotContains(t, got.FixedColor, "red", "%s: %q", p.Title, series)
						checked++
					}
				}
			}
		}
		if file == "gatehouse-overview.json" {
			assert.Positive(t, checked)
		}
	})
}

// colourOf says how Grafana colours a series: the last override that matches
// its name wins over the panel's default.
func (p panel) colourOf(t *testing.T, series string) colour {
	t.Helper()
	c := p.FieldConfig.Defaults.Color
	for _, o := range p.FieldConfig.Overrides {
		matches := o.Matcher.ID == "byName" && o.Matcher.Options == series
		if o.Matcher.ID == "byRegexp" {
			matches = regexp.MustCompile(strings.Trim(o.Matcher.Options, "/")).MatchString(series)
		}
		for _, property := range o.Properties {
			if matches && property.ID == "color" {
				require.NoError(t, json.Unmarshal(property.Value, &c))
			}
		}
	}
	return c
}

// The link on every dashboard lists those with the tag.
func TestDashboardsLinkToEachOther(t *testing.T) {
	t.Parallel()
	forEachDashboard(t, func(t *testing.T, _ string, d dashboard) {
		assert.Equal(t, []string{"gatehouse"}, d.Tags)
		require.Len(t, d.Links, 1)
		assert.Equal(t, "dashboards", d.Links[0].Type)
		assert.Equal(t, d.Tags, d.Links[0].Tags)
		assert.True(t, d.Links[0].IncludeVars, "the choice of connector goes along")
		assert.True(t, d.Links[0].KeepTime)
	})
}

func TestReadmeListsEveryMetricAndItsLabels(t *testing.T) {
	t.Parallel()
	readme := text(t, "README.md")
	for _, name := range regexp.MustCompile("`(gatehouse_[a-z_]+)`").FindAllStringSubmatch(readme, -1) {
		assert.Contains(t, exported, name[1], "README.md names a metric that Gatehouse does not have")
	}
	for name, m := range exported {
		assert.True(t, strings.Contains(readme, "| `"+name+"` | "+strings.Join(m.labels, ", ")+" | "), name)
	}
	for file := range loadDashboards(t) {
		assert.True(t, strings.Contains(readme, "`"+file+"` ([picture](pictures/"+strings.TrimSuffix(file, ".json")+".svg))"), file)
	}
}
