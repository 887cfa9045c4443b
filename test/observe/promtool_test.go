package observe_test

import (
	"context"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// promtoolWithin bounds a command: the tests of the rules need 14 s of processor time.
const promtoolWithin = 4 * time.Minute

func TestPromtool(t *testing.T) {
	t.Parallel()
	installed(t, "promtool")
	scrape := startForMetrics(t)
	var ours strings.Builder
	for line := range strings.Lines(string(scrape)) {
		if strings.Contains(line, "gatehouse_") {
			ours.WriteString(line)
		}
	}
	for name, c := range map[string]struct {
		input string
		args  []string
	}{
		"check metrics": {ours.String(), []string{"check", "metrics"}},
		"check rules":   {"", []string{"check", "rules", "recording.yml", "alerts.yml"}},
		"check config":  {"", []string{"check", "config", "prometheus.yml"}},
		"test rules":    {"", []string{"test", "rules", "rules_test.yml"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), promtoolWithin)
			defer cancel()
			cmd := exec.CommandContext(ctx, "promtool", c.args...)
			cmd.Dir, cmd.Stdin = dashboards, strings.NewReader(c.input)
			out, err := cmd.CombinedOutput()
			require.NoError(t, err, string(out))
			if name == "check metrics" {
				assert.Empty(t, string(out), "what it would rather have otherwise it prints with status 0")
			}
		})
	}
}

// startForMetrics starts a process in which every metric of ours exists, and scrapes it.
func startForMetrics(t *testing.T) gatehouse.Scrape {
	t.Helper()
	certificate := gatehouse.ClientCertificate(t, "api-connector", 30*24*time.Hour)
	upstream := gatehouse.Answering(t, 200, `{}`)
	g := gatehouse.Start(t, site(t, upstream.Address(), certificate), gatehouse.RequestClientCertificate())
	g.Post(t, "/signup", `{"email":"a@example.com"}`, gatehouse.Certificate(certificate))
	return g.Scrape(t)
}

var (
	family = regexp.MustCompile(`(?m)^# TYPE (gatehouse_\w+) (\w+)$`)
	listed = regexp.MustCompile("(?m)^\\| `(gatehouse_\\w+)` \\| ([a-z, ]*) \\|")
	label  = regexp.MustCompile(`(\w+)="`)
)

// The list of dashboards/README.md is the one that dashboards and rules are held to.
func TestMetricsAreThoseThatAreListed(t *testing.T) {
	t.Parallel()
	scrape := string(startForMetrics(t))
	want := make(map[string]string)
	for _, m := range listed.FindAllStringSubmatch(read(t, "README.md"), -1) {
		want[m[1]] = m[2]
	}
	require.NotEmpty(t, want)
	got := make(map[string]string)
	for _, m := range family.FindAllStringSubmatch(scrape, -1) {
		got[m[1]] = ""
		series := regexp.MustCompile(`(?m)^` + m[1] + `(?:_count)?(?:\{(.*)\})? `).FindStringSubmatch(scrape)
		require.NotNil(t, series, "%s has no series", m[1])
		got[m[1]] = sorted(label.FindAllStringSubmatch(series[1], -1))
	}
	for name, labels := range want {
		want[name] = sorted(regexp.MustCompile(`(\w+)`).FindAllStringSubmatch(labels, -1))
	}
	assert.Equal(t, want, got)
}
