package gatehouse

import (
	"context"
	"io"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) { Main(m) }

// TestInheritedSocketAndReloads: the socket that a process got from its parent
// serves through both ways to reload.
func TestInheritedSocketAndReloads(t *testing.T) {
	t.Parallel()
	p := Start(t, `respond "one"`, InheritSocket())
	for _, c := range []struct {
		reload func(testing.TB, string)
		text   string
	}{{nil, "one"}, {p.ReloadBySignal, "two"}, {p.Reload, "three"}, {p.ReloadBySignal, "four"}} {
		if c.reload != nil {
			c.reload(t, `respond "`+c.text+`"`)
		}
		exchange, err := p.Try(t.Context(), "/", "{}")
		require.NoError(t, err)
		assert.Equal(t, c.text, string(exchange.Body))
	}
}

// A result of `go test` that is taken from its cache would be of another binary.
func TestAllSourcesOfTheBinaryAreLookedAt(t *testing.T) {
	t.Parallel()
	const format = "{{with .Module}}{{if .Main}}{{$.ImportPath}}{{end}}{{end}}"
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", format, program).Output()
	require.NoError(t, err)
	packages := strings.Fields(string(out))
	require.Contains(t, packages, program)
	for _, one := range packages {
		path := strings.TrimPrefix(one, strings.TrimSuffix(program, "cmd/gatehouse"))
		folder, _, _ := strings.Cut(path, "/")
		assert.Contains(t, sources, folder, one)
	}
}

func TestSumOfSeries(t *testing.T) {
	t.Parallel()
	const text = `# HELP a_total Of a.
# TYPE a_total counter
a_total{reason="x",step="one"} 1
a_total{reason="xy",step="one"} 2
a_total{reason="x",step="two"} 4.5e+01
a_total_b{reason="x"} 100
bare 7
`
	for name, c := range map[string]struct {
		metric string
		labels Labels
		want   float64
		found  bool
	}{
		"all":             {"a_total", nil, 48, true},
		"one label":       {"a_total", Labels{"reason": "x"}, 46, true},
		"two labels":      {"a_total", Labels{"reason": "x", "step": "two"}, 45, true},
		"an unknown one":  {"a_total", Labels{"reason": "z"}, 0, false},
		"no labels":       {"bare", nil, 7, true},
		"a longer name":   {"a_total_b", nil, 100, true},
		"half of a name":  {"a_tot", nil, 0, false},
		"half of a value": {"a_total", Labels{"reason": "xy"}, 2, true},
	} {
		sum, found := sumOf(text, c.metric, c.labels)
		assert.Equal(t, c.found, found, name)
		assert.InDelta(t, c.want, sum, 0, name)
	}
}

// TestMisbehaviours: a server that behaves after all would make the suites pass
// for nothing.
func TestMisbehaviours(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		act    Misbehaviour
		header bool // an answer begins
		body   string
	}{
		"silent":          {Silent, false, ""},
		"resets":          {Reset, false, ""},
		"garbage":         {Garbage, false, ""},
		"resets in body":  {ResetInBody, true, `{"promoCode"`},
		"ends in body":    {EndInBody, true, `{"promoCode":"24534"}`},
		"drips":           {Drip, true, "{"},
		"is huge, but ok": {Huge, true, `{"promoCode":"7777`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := NewMisbehaving(t, c.act)
			ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
			defer cancel()
			req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+server.Address(), strings.NewReader(`{}`))
			require.NoError(t, err)
			resp, err := scraper.Do(req)
			if !c.header {
				require.Error(t, err)
				assert.Equal(t, 1, server.Calls())
				return
			}
			require.NoError(t, err)
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			if name != "is huge, but ok" {
				require.Error(t, err)
			}
			// A reset may throw away what was on its way.
			if name != "resets in body" {
				assert.Contains(t, string(body), c.body)
			}
			assert.Equal(t, 1, server.Calls())
		})
	}
}

func TestDeadAddress(t *testing.T) {
	t.Parallel()
	address := DeadAddress(t)
	conn, err := net.DialTimeout("tcp", address, 10*time.Second)
	if err == nil {
		conn.Close()
	}
	require.Error(t, err)
	listener, err := net.Listen("tcp", address)
	if err == nil {
		listener.Close()
	}
	require.Error(t, err, "nobody else gets it")
}
