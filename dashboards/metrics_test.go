package dashboards_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

type metric struct {
	kind   string // counter, gauge, histogram or record
	labels []string
}

// exported is the closed list of what Gatehouse exports. test/observe compares it,
// by way of README.md, with what the binary really says.
var exported = map[string]metric{
	"gatehouse_requests_total":                              {"counter", []string{"connector", "step", "answer", "source"}},
	"gatehouse_request_duration_seconds":                    {"histogram", []string{"connector", "step", "source"}},
	"gatehouse_overhead_seconds":                            {"histogram", []string{"connector"}},
	"gatehouse_upstream_duration_seconds":                   {"histogram", []string{"connector", "outcome"}},
	"gatehouse_faults_total":                                {"counter", []string{"connector", "reason"}},
	"gatehouse_refusals_total":                              {"counter", []string{"connector", "reason"}},
	"gatehouse_rewrites_total":                              {"counter", []string{"connector", "format", "answer"}},
	"gatehouse_auth_total":                                  {"counter", []string{"connector", "method", "result"}},
	"gatehouse_cache_entries":                               {"gauge", []string{"connector"}},
	"gatehouse_cache_bytes":                                 {"gauge", []string{"connector"}},
	"gatehouse_cache_evictions_total":                       {"counter", []string{"connector", "cause"}},
	"gatehouse_flights":                                     {"gauge", []string{"connector"}},
	"gatehouse_flight_waiters":                              {"gauge", []string{"connector"}},
	"gatehouse_budget_seconds":                              {"gauge", []string{"connector"}},
	"gatehouse_client_certificate_expiry_timestamp_seconds": {"gauge", []string{"connector", "thumbprint"}},
	"gatehouse_unsafe_options":                              {"gauge", []string{"option"}},
	"gatehouse_build_info":                                  {"gauge", []string{"version", "goversion"}},
}

// others are the metrics of Caddy, of the Go runtime and of Prometheus itself that
// dashboards and rules read.
var others = map[string]metric{
	"caddy_config_last_reload_successful":                {"gauge", nil},
	"caddy_config_last_reload_success_timestamp_seconds": {"gauge", nil},
	"process_resident_memory_bytes":                      {"gauge", nil},
	"process_start_time_seconds":                         {"gauge", nil},
	"process_cpu_seconds_total":                          {"counter", nil},
	"go_goroutines":                                      {"gauge", nil},
	"up":                                                 {"gauge", nil},
	"ALERTS":                                             {"gauge", []string{"alertname", "alertstate", "severity", "connector", "reason"}},
}

// values are the label values of which the list is closed.
var values = map[string][]string{
	"answer":     {"continue", "block", "invalid", "halt", "refused"},
	"source":     {"upstream", "cache", "flight", "stale", "fault"},
	"outcome":    {"continue", "block", "invalid", "fault"},
	"step":       {"PostFederationSignup", "PostAttributeCollection", "PreTokenIssuance", "other", "none"},
	"method":     {"basic", "client_certificate", "none"},
	"result":     {"accepted", "rejected", "busy"},
	"cause":      {"capacity", "expired", "purged"},
	"option":     {"unsafe_none"},
	"alertstate": {"pending", "firing"},
	"job":        {"gatehouse"},
	"reason": {
		"no_credentials", "wrong_credentials", "auth_busy", "method", "body_too_large", "malformed", "unsupported_type", "slow_sender",
	},
	// Edges of buckets, as Prometheus 2 and 3 write them.
	"le": {"0.01", "10", "10.0", "20", "20.0"},
}

// scrapeLabels are what Prometheus itself adds to every series.
var scrapeLabels = []string{"job", "instance"}

// lookup finds the family of a series: its name in the lists, its kind and its
// labels. The series of a histogram count, so they are counters.
func lookup(t *testing.T, series string) (string, metric, bool) {
	t.Helper()
	for _, list := range []map[string]metric{exported, others} {
		if m, ok := list[series]; ok && m.kind != "histogram" {
			return series, m, true
		}
	}
	for _, suffix := range []string{"_bucket", "_sum", "_count"} {
		name, cut := strings.CutSuffix(series, suffix)
		if m, ok := exported[name]; cut && ok && m.kind == "histogram" {
			labels := slices.Clone(m.labels)
			if suffix == "_bucket" {
				labels = append(labels, "le")
			}
			return name, metric{"counter", labels}, true
		}
	}
	// A recorded name starts with the labels that it keeps.
	level, _, recorded := strings.Cut(series, ":")
	if recorded && slices.Contains(recordedNames(t), series) {
		m := metric{"record", strings.Split(level, "_")}
		if level == "gatehouse" {
			m.labels = nil
		}
		return series, m, true
	}
	return "", metric{}, false
}

func TestEveryMetricStandsSomewhere(t *testing.T) {
	t.Parallel()
	used := make(map[string]bool)
	for _, place := range places(t) {
		for _, s := range place.read.Selectors {
			name, _, _ := lookup(t, s.Metric)
			used[name] = true
		}
	}
	for name := range exported {
		assert.True(t, used[name], "%s stands on no panel and in no rule", name)
	}
	for name := range others {
		assert.True(t, used[name], "%s is read by nothing, so it need not be in the list", name)
	}
	for _, name := range recordedNames(t) {
		assert.True(t, used[name], "%s is recorded and read by nothing", name)
	}
}
