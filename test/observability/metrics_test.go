package observability_test

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

var update = flag.Bool("update", false, "write the golden anew from what the process exposes")

const openMetrics = "application/openmetrics-text; version=1.0.0"

var (
	bucket  = regexp.MustCompile(`^(\w+_bucket\{.*)le="([^"]+)"\} 0$`)
	version = regexp.MustCompile(`(goversion|version)="[^"]*"`)
)

// exposition is what a process exposes of ours, with the buckets of a series in one
// line and without what says which build it is.
func exposition(scrape gatehouse.Scrape) string {
	var out strings.Builder
	series := "" // whose buckets are being written
	for line := range strings.Lines(string(scrape)) {
		if !strings.Contains(line, "gatehouse_") {
			continue
		}
		if m := bucket.FindStringSubmatch(strings.TrimSpace(line)); m != nil {
			if m[1] != series {
				series = m[1]
				fmt.Fprintf(&out, "%sle=", m[1])
			}
			fmt.Fprintf(&out, "%s ", m[2])
			continue
		}
		if series != "" {
			series = ""
			out.WriteString("} 0\n")
		}
		out.WriteString(version.ReplaceAllString(line, `$1="…"`))
	}
	return out.String()
}

// TestExpositionOfAFreshConnector: names, help, types, labels, their values and the
// edges of buckets are what dashboards and alerts are written against.
func TestExpositionOfAFreshConnector(t *testing.T) {
	t.Parallel()
	for name, directive := range map[string]string{
		"userflow":     "",
		"custompolicy": "protocol b2c_custom_policy",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := gatehouse.Start(t, site("respond 204", "name signup", directive))
			got := exposition(g.Scrape(t))
			golden := "testdata/" + name + ".txt"
			if *update {
				require.NoError(t, os.WriteFile(golden, []byte(got), 0o600))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			assert.Equal(t, string(want), got, "run the test with -update if the change is meant")
		})
	}
}

// The page names every metric, its type and its labels; nothing else is exposed.
func TestEveryMetricIsDocumented(t *testing.T) {
	t.Parallel()
	v := newValidator(t)
	client := gatehouse.ClientCertificate(t, "api-connector", time.Hour)
	g := gatehouse.Start(t, fmt.Sprintf("api_connector {\n auth {\n client_certificate {\n thumbprint %s\n }\n }\n }\n reverse_proxy %s\n",
		gatehouse.SHA256(client), v.Address()), gatehouse.RequestClientCertificate())
	g.Post(t, "/", `{}`, gatehouse.Certificate(client)) // its expiry is known from then on
	exposed := make(map[string]string)
	label := regexp.MustCompile(`(\w+)="`)
	kind := ""
	for line := range strings.Lines(string(g.Scrape(t))) {
		name, labels, _ := strings.Cut(strings.TrimSpace(line), "{")
		switch {
		case strings.HasPrefix(line, "# TYPE "):
			kind = strings.Fields(line)[3]
		case strings.HasPrefix(line, "gatehouse_"):
			var names []string
			for _, match := range label.FindAllStringSubmatch(labels, -1) {
				names = append(names, match[1])
			}
			if kind == "histogram" {
				name = strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(name, "_bucket"), "_sum"), "_count")
				names = slices.DeleteFunc(names, func(n string) bool { return n == "le" })
			}
			exposed[name] = kind + " " + strings.Join(names, ",")
		}
	}
	documented := readPage(t).metrics
	for name, description := range documented { // the exposition sorts labels
		kind, labels, _ := strings.Cut(description, " ")
		sorted := strings.Split(labels, ",")
		slices.Sort(sorted)
		documented[name] = kind + " " + strings.Join(sorted, ",")
	}
	assert.Equal(t, documented, exposed)
}

// TestOpenMetricsCarriesExemplars: the way from a slow bucket to a slow call.
func TestOpenMetricsCarriesExemplars(t *testing.T) {
	t.Parallel()
	c, v := newCollector(t), newValidator(t)
	g := gatehouse.Start(t, traced(v), c.options()...)
	g.Post(t, "/", `{}`, basic, gatehouse.Header("Traceparent", traceparent))
	g.RequireMetric(t, 1, "gatehouse_overhead_seconds_count", nil) // the last of a call
	scrape := string(g.ScrapeAs(t, openMetrics))
	for _, name := range []string{"gatehouse_request_duration_seconds", "gatehouse_overhead_seconds", "gatehouse_upstream_duration_seconds"} {
		assert.Regexp(t, `(?m)^`+name+`_bucket\{[^}]*\} 1 # \{trace_id="`+trace+`"\} `, scrape)
	}
}

// TestCountsGoOnThroughReload: Caddy has a registry for each configuration load.
func TestCountsGoOnThroughReload(t *testing.T) {
	t.Parallel()
	v := newValidator(t)
	g := gatehouse.Start(t, site("reverse_proxy "+v.Address(), "name signup"))
	for load := range 3 {
		g.Post(t, "/400", fmt.Sprintf(`{"email":"%d"}`, load), basic)
		g.Refused(t, "/", `{}`)
		want := float64(load + 1)
		ours := gatehouse.Labels{"connector": "signup"}
		g.AssertMetric(t, want, "gatehouse_requests_total", gatehouse.Labels{"connector": "signup", "answer": "invalid"})
		g.AssertMetric(t, want, "gatehouse_upstream_duration_seconds_count", ours)
		g.AssertMetric(t, want, "gatehouse_request_duration_seconds_count", ours)
		g.AssertMetric(t, want, "gatehouse_overhead_seconds_count", ours)
		g.AssertMetric(t, want, "gatehouse_refusals_total", ours)
		g.AssertMetric(t, want, "gatehouse_rewrites_total", ours)
		g.AssertMetric(t, 2*want, "gatehouse_auth_total", ours)
		g.Reload(t, site("reverse_proxy "+v.Address(), "name signup", fmt.Sprintf("max_response %dKiB", 10+load)))
	}
}
