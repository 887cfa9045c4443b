package dashboards_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// rateInterval stands for Grafana's $__rate_interval, which PromQL does not know. No
// query has this range of its own.
const rateInterval = 7*time.Minute + 13*time.Second

// place is one expression, where it stands, and what Prometheus' parser read in it.
type place struct {
	where  string
	expr   string
	legend string // of a panel
	panel  bool
	read   expression
}

// places are all expressions of all dashboards and rules.
func places(t *testing.T) []place {
	t.Helper()
	var all []place
	for file, d := range loadDashboards(t) {
		for _, p := range d.Panels {
			for _, target := range p.Targets {
				all = append(all, place{where: file + ": " + p.Title + " " + target.RefID, expr: target.Expr, legend: target.LegendFormat, panel: true})
			}
		}
	}
	for _, r := range rules(t) {
		all = append(all, place{where: r.file + ": " + r.name(), expr: r.Expr})
	}
	return readAll(t, all)
}

func readAll(t *testing.T, all []place) []place {
	t.Helper()
	texts := make([]string, len(all))
	for i, p := range all {
		texts[i] = strings.ReplaceAll(p.expr, "$__rate_interval", "7m13s")
	}
	for i, read := range ask(t, question{Expressions: texts}).Expressions {
		all[i].read = read
	}
	return all
}

// check collects every problem of an expression.
func (p place) check(t *testing.T) error {
	t.Helper()
	if p.read.Error != "" {
		return errors.New(p.read.Error)
	}
	var problems []error
	fail := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	has := slices.Clone(scrapeLabels)
	for _, s := range p.read.Selectors {
		_, m, known := lookup(t, s.Metric)
		if !known {
			fail("%q is not a metric of the closed list", s.Metric)
			continue
		}
		has = append(has, m.labels...)
		checkSelector(s, m, p.panel, fail)
	}
	for _, label := range p.read.Grouped {
		if !slices.Contains(has, label) {
			fail("no metric in the query has the label %q", label)
		}
	}
	if p.read.Quantiles > 0 {
		fail("histogram_quantile() without le")
	}
	if len(p.read.Selectors) == 0 && !strings.HasPrefix(p.expr, "vector(") {
		fail("no metric in the query")
	}
	for _, m := range legendLabel.FindAllStringSubmatch(p.legend, -1) {
		if !slices.Contains(p.yields(t), m[1]) {
			fail("the query drops the label %q of its legend", m[1])
		}
	}
	return errors.Join(problems...)
}

// yields are the labels that the result has.
func (p place) yields(t *testing.T) []string {
	t.Helper()
	labels := slices.Clone(p.read.Labels)
	for _, name := range p.read.Open {
		_, m, _ := lookup(t, name)
		labels = append(labels, m.labels...)
		if m.kind != "record" {
			labels = append(labels, scrapeLabels...)
		}
	}
	return labels
}

func checkSelector(s selector, m metric, panel bool, fail func(string, ...any)) {
	chosen := false
	for _, by := range s.Matchers {
		if !slices.Contains(m.labels, by.Label) && !slices.Contains(scrapeLabels, by.Label) {
			fail("%s has no label %q", s.Metric, by.Label)
		}
		chosen = chosen || by.Label == "connector" && by.Op == "=~" && by.Value == "$connector"
		for v := range strings.SplitSeq(by.Value, "|") {
			if list, closed := values[by.Label]; closed && !slices.Contains(list, v) {
				fail("%s is never %q", by.Label, v)
			}
		}
	}
	if panel && slices.Contains(m.labels, "connector") && s.Metric != "ALERTS" && !chosen {
		fail("%s lacks connector=~\"$connector\"", s.Metric)
	}
	counted := s.Function == "rate" || s.Function == "increase"
	switch {
	case m.kind == "counter" && !counted:
		fail("%s is a counter: it goes into rate() or increase()", s.Metric)
	case m.kind != "counter" && counted:
		fail("%s is a %s: only a counter goes into %s()", s.Metric, m.kind, s.Function)
	case panel && s.Range != 0 && s.Range != rateInterval:
		fail("%s has the range %s, wants $__rate_interval", s.Metric, s.Range)
	}
}

func TestQueriesAskOnlyForWhatGatehouseHas(t *testing.T) {
	t.Parallel()
	all := places(t)
	require.Greater(t, len(all), 50)
	for _, p := range all {
		assert.NoError(t, p.check(t), "%s: %s", p.where, p.expr)
	}
}

func TestCheckRefuses(t *testing.T) {
	t.Parallel()
	cases := []struct{ name, expr, legend, want string }{
		{"nothing", `vector(1) + 1 > 0 or vector(2)`, "", ""},
		{"no metric", `1 + 1`, "", "no metric"},
		{"open parenthesis", `sum(gatehouse_flights{connector=~"$connector"}`, "", "unclosed left parenthesis"},
		{"unknown function", `summe(gatehouse_build_info)`, "", "unknown function"},
		{"unknown metric", `gatehouse_nonsense`, "", "closed list"},
		{"unknown record", `connector:gatehouse_nonsense:rate5m{connector=~"$connector"}`, "", "closed list"},
		{"bare histogram", `gatehouse_overhead_seconds{connector=~"$connector"}`, "", "closed list"},
		{"bucket of a counter", `rate(gatehouse_faults_total_bucket{connector=~"$connector"}[$__rate_interval])`, "", "closed list"},
		{"foreign matcher", `gatehouse_flights{connector=~"$connector", step="x"}`, "", "has no label"},
		{"foreign grouping", `sum by (step) (gatehouse_flights{connector=~"$connector"})`, "", `the label "step"`},
		{"unknown answer", `rate(gatehouse_requests_total{connector=~"$connector", answer=~"block|no"}[$__rate_interval])`, "", `never "no"`},
		{"every connector", `gatehouse_flights`, "", "lacks connector"},
		{"one connector", `gatehouse_flights{connector="$connector"}`, "", "lacks connector"},
		{"fixed range", `rate(gatehouse_faults_total{connector=~"$connector"}[5m])`, "", "has the range"},
		{"counter without rate", `sum(gatehouse_faults_total{connector=~"$connector"})`, "", "is a counter"},
		{"rate of a gauge", `rate(go_goroutines[$__rate_interval])`, "", "only a counter"},
		{"rate of a record", `rate(connector:gatehouse_calls:rate5m{connector=~"$connector"}[$__rate_interval])`, "", "only a counter"},
		{"rate of a sum", `rate(sum(go_goroutines))`, "", "expected type range vector"},
		{"quantile without le", `histogram_quantile(0.5, sum(rate(gatehouse_overhead_seconds_bucket{connector=~"$connector"}[$__rate_interval])))`, "", "without le"},
		{"legend without its label", `sum by (connector) (gatehouse_flights{connector=~"$connector"})`, "{{step}}", `drops the label "step"`},
	}
	all := make([]place, len(cases))
	for i, c := range cases {
		all[i] = place{expr: c.expr, legend: c.legend, panel: true}
	}
	for i, p := range readAll(t, all) {
		t.Run(cases[i].name, func(t *testing.T) {
			t.Parallel()
			if cases[i].want == "" {
				assert.NoError(t, p.check(t))
				return
			}
			assert.ErrorContains(t, p.check(t), cases[i].want)
		})
	}
}
