package observe_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
	"github.com/gatehouse-proxy/gatehouse/test/observe/picture"
)

// A panel that shows nothing, or shows what nobody exports, is found here and not by
// whoever is on call.
func TestEveryQueryOfEveryPanelReturnsData(t *testing.T) {
	installed(t, "prometheus")
	certificate := gatehouse.ClientCertificate(t, "api-connector", 30*24*time.Hour)
	tr := &traffic{certificate: certificate, broken: new(atomic.Bool)}
	caddyfile := site(t, validator(t, tr.broken).Address(), certificate)
	tr.process = gatehouse.Start(t, caddyfile, gatehouse.RequestClientCertificate())
	prom := startPrometheus(t, tr.process.MetricsAddress())
	began := time.Now()

	t.Logf("traffic for %s; from 45 %% to 70 %% of it the validator is broken", *duration)
	tr.progress = func(part float64) {
		firing := prom.ask(t, `count(ALERTS{alertstate="firing"}) or vector(0)`, time.Now(), time.Now())
		t.Logf("%3.0f %% of the traffic; %v alerts fire", 100*part, firing[0].Points[0].Value)
	}
	tr.run(t, *duration, map[float64]func(){
		0.10: func() { tr.guess(t) },
		0.20: func() { tr.dawdle(t) },
		0.30: func() { tr.process.ReloadFails(t, "api_connector {\n}") },
		// Caddy does nothing at a reload of what is in force already, so that the metric
		// would stay at 0: docs/runbook.md, GatehouseReloadFailed.
		0.60: func() { tr.process.Reload(t, strings.Replace(caddyfile, "upstream 1s", "upstream 2s", 1)) },
		0.90: func() {
			status, body := tr.process.Admin(t, "DELETE", "/gatehouse/connectors/signup/memo")
			assert.Equal(t, 200, status, body)
		},
	})
	visited(t, tr.process.Scrape(t))
	files, err := filepath.Glob(filepath.Join(dashboards, "*.json"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		d, err := picture.Read(file)
		require.NoError(t, err)
		fill(t, prom, d, began)
		draw(t, d)
	}
	states := prom.alerts(t)
	require.NotEmpty(t, states)
	for _, a := range states {
		t.Logf("alert %s: %s", a.Name, a.State)
	}
	assert.Contains(t, states, alert{"GatehouseUnsafeOption", "pending"}, "the connector open is")
	assert.Contains(t, states, alert{"GatehouseCallsFailingFast", "firing"}, "the validator broke")
	assert.Contains(t, states, alert{"GatehouseOverheadFast", "inactive"}, "we are not slow")
	assert.Contains(t, states, alert{"GatehouseNobodyGetsIn", "inactive"})
	failed := prom.ask(t, "caddy_config_last_reload_successful == 0", began, time.Now())
	assert.Contains(t, states, alert{"GatehouseReloadFailed", "inactive"}, "a later reload succeeded")
	assert.NotEmpty(t, failed, "a refused reload shows in the metric that GatehouseReloadFailed reads")
}

// fill asks every query of a dashboard and prints what came. The counts of the last
// calls may not have been scraped yet.
func fill(t *testing.T, prom prometheus, d *picture.Dashboard, began time.Time) {
	t.Helper()
	for _, p := range d.Panels {
		for i := range p.Targets {
			target := &p.Targets[i]
			var value string
			ok := gatehouse.Await(func() bool {
				target.Series = prom.ask(t, target.Expr, began, time.Now())
				return len(target.Series) > 0
			})
			assert.True(t, ok, "%s: %s: no data: %s", d.Title, p.Title, target.Expr)
			if ok {
				points := target.Series[0].Points
				value = p.Format(points[len(points)-1].Value)
			}
			t.Logf("%s: %s: %d series, %s now\n        %s", d.Title, p.Title, len(target.Series), value, target.Expr)
		}
	}
}

// draw makes a picture of a dashboard, and writes it where that was asked for.
func draw(t *testing.T, d *picture.Dashboard) {
	t.Helper()
	image := picture.SVG(d, "The validator was a test's and broke on purpose; windows of days hold these seconds alone.")
	assert.Contains(t, string(image), "this is not Grafana")
	assert.NotContains(t, string(image), "NaN")
	assert.Less(t, len(image), 150<<10, "%s is too large to keep", d.UID)
	if *pictures == "" {
		return
	}
	path := filepath.Join(*pictures, d.UID+".svg")
	require.NoError(t, os.WriteFile(path, image, 0o600))
	t.Logf("wrote %s, %d KB", path, len(image)>>10)
}

// visited requires that the traffic met every answer, source and reason: a panel is
// only as good as what it has been seen to show.
func visited(t *testing.T, scrape gatehouse.Scrape) {
	t.Helper()
	for metric, labels := range map[string]string{"gatehouse_faults_total": "reason", "gatehouse_refusals_total": "reason"} {
		for line := range strings.Lines(string(scrape)) {
			if !strings.HasPrefix(line, metric+"{") {
				continue
			}
			_, rest, _ := strings.Cut(line, labels+`="`)
			value, _, _ := strings.Cut(rest, `"`)
			assert.Positive(t, scrape.Sum(t, metric, gatehouse.Labels{labels: value}), "%s %s", metric, value)
		}
	}
	for label, words := range map[string][]string{
		"answer": {"continue", "block", "invalid", "halt", "refused"},
		"source": {"upstream", "cache", "flight", "stale", "fault"},
		"step":   {"PostFederationSignup", "PostAttributeCollection", "PreTokenIssuance", "other", "none"},
	} {
		for _, word := range words {
			assert.Positive(t, scrape.Sum(t, "gatehouse_requests_total", gatehouse.Labels{label: word}), "%s %s", label, word)
		}
	}
	for _, cause := range []string{"capacity", "expired", "purged"} {
		assert.Positive(t, scrape.Sum(t, "gatehouse_cache_evictions_total", gatehouse.Labels{"cause": cause}), cause)
	}
}
