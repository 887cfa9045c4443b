package picture

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const board = `{"uid":"x","title":"A <board>","panels":[
	{"type":"row","title":"Row","gridPos":{"x":0,"y":0,"w":24,"h":1}},
	{"type":"stat","title":"Share","gridPos":{"x":0,"y":1,"w":6,"h":4},"targets":[{"expr":"a","legendFormat":"a"}],
	 "fieldConfig":{"defaults":{"unit":"percentunit","decimals":1,"noValue":"no calls","color":{"mode":"thresholds"},
	  "thresholds":{"steps":[{"color":"red","value":null},{"color":"green","value":0.9}]}}}},
	{"type":"timeseries","title":"Lines","gridPos":{"x":6,"y":1,"w":18,"h":8},"targets":[{"expr":"b","legendFormat":"{{who}} calls"}],
	 "fieldConfig":{"defaults":{"unit":"reqps","min":0,"color":{"mode":"palette-classic"},"custom":{"fillOpacity":10}},
	  "overrides":[{"matcher":{"id":"byRegexp","options":"/^b/"},"properties":[{"id":"color","value":{"mode":"fixed","fixedColor":"blue"}},
	   {"id":"custom.lineStyle","value":{"fill":"dash","dash":[10,10]}}]}]}}]}`

func drawn(t *testing.T, share []Point, lines ...Series) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "board.json")
	require.NoError(t, os.WriteFile(file, []byte(board), 0o600))
	d, err := Read(file)
	require.NoError(t, err)
	if share != nil {
		d.Panels[1].Targets[0].Series = []Series{{Points: share}}
	}
	d.Panels[2].Targets[0].Series = lines
	image := string(SVG(d, "A test."))
	for decoder := xml.NewDecoder(strings.NewReader(image)); ; {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			require.NoError(t, err, image)
		}
	}
	return image
}

func TestPictureShowsWhatTheFileSays(t *testing.T) {
	t.Parallel()
	image := drawn(t, []Point{{0, 0.5}, {1, 0.953}},
		Series{Labels: map[string]string{"who": "a"}, Points: []Point{{0, 1}, {1, 2}, {2, 3}}},
		Series{Labels: map[string]string{"who": "b"}, Points: []Point{{0, 1}, {1, 1}, {9, 1}, {10, 1}}})
	assert.Contains(t, image, "this is not Grafana. A test.")
	assert.Contains(t, image, "A &lt;board&gt;")
	assert.Contains(t, image, `fill="`+named("green")+`" font-weight="600" text-anchor="middle">95.3 %<`, "the step of the last value")
	assert.Contains(t, image, ">a calls<")
	assert.Contains(t, image, `stroke="`+palette[0]+`"`)
	assert.Equal(t, 2, strings.Count(image, `stroke="`+named("blue")+`" stroke-width="1.4" stroke-dasharray="6 4"`), "the line is broken where points are missing")
}

func TestPictureOfNothing(t *testing.T) {
	t.Parallel()
	image := drawn(t, nil)
	assert.Contains(t, image, ">no calls<")
	assert.Contains(t, image, ">no data<")
}

func TestPictureOfLevelLines(t *testing.T) {
	t.Parallel()
	for _, v := range []float64{-3, 0, 1e-9, 1, 1e12} {
		image := drawn(t, []Point{{0, v}}, Series{Points: []Point{{0, v}, {1, v}}})
		assert.NotContains(t, image, "NaN", v)
		assert.NotContains(t, image, "Inf", v)
	}
}

func TestFormat(t *testing.T) {
	t.Parallel()
	none := 0
	for _, c := range []struct {
		value    float64
		unit     string
		decimals *int
		want     string
	}{
		{0.99553, "percentunit", nil, "99.6 %"},
		{0, "percentunit", nil, "0 %"},
		{2592000, "s", nil, "30 days"},
		{540e-3, "s", nil, "540 ms"},
		{155e-6, "s", nil, "155 µs"},
		{3 << 20, "bytes", nil, "3 MiB"},
		{51.23, "reqps", nil, "51.2 req/s"},
		{0.00004, "short", nil, "0"},
		{12345, "short", nil, "12.3 K"},
		{2.7, "cpm", &none, "3 /min"},
	} {
		assert.Equal(t, c.want, format(c.value, c.unit, c.decimals))
	}
}

func TestAxisHasAFewRoundLines(t *testing.T) {
	t.Parallel()
	for _, values := range [][]float64{{0, 1}, {0, 7}, {0, 0.013}, {-79, 1}, {5, 5}, {980, 1020}} {
		lines := newScale(values, defaults{}).ticks()
		assert.GreaterOrEqual(t, len(lines), 2, values)
		assert.LessOrEqual(t, len(lines), 9, values)
		assert.LessOrEqual(t, lines[0], values[0], values)
		assert.GreaterOrEqual(t, lines[len(lines)-1], values[len(values)-1]-1e-9, values)
	}
}
