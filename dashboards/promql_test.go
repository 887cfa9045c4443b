package dashboards_test

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

type metric struct {
	kind   string // counter, gauge or histogram
	labels []string
}

// metrics is the closed list of what Gatehouse exports.
var metrics = map[string]metric{
	"gatehouse_requests_total":            {"counter", []string{"connector", "step", "answer", "source"}},
	"gatehouse_request_duration_seconds":  {"histogram", []string{"connector", "step", "source"}},
	"gatehouse_overhead_seconds":          {"histogram", []string{"connector"}},
	"gatehouse_upstream_duration_seconds": {"histogram", []string{"connector", "outcome"}},
	"gatehouse_faults_total":              {"counter", []string{"connector", "reason"}},
	"gatehouse_refusals_total":            {"counter", []string{"connector", "reason"}},
	"gatehouse_rewrites_total":            {"counter", []string{"connector", "format", "answer"}},
	"gatehouse_auth_total":                {"counter", []string{"connector", "method", "result"}},
	"gatehouse_cache_entries":             {"gauge", []string{"connector"}},
	"gatehouse_cache_bytes":               {"gauge", []string{"connector"}},
	"gatehouse_cache_evictions_total":     {"counter", []string{"connector", "cause"}},
	"gatehouse_flights":                   {"gauge", []string{"connector"}},
	"gatehouse_flight_waiters":            {"gauge", []string{"connector"}},
	"gatehouse_budget_seconds":            {"gauge", []string{"connector"}},
	"gatehouse_unsafe_options":            {"gauge", []string{"option"}},
	"gatehouse_build_info":                {"gauge", nil},
}

// values are the label values of which the list is closed here.
var values = map[string][]string{
	"answer": {"continue", "block", "invalid", "halt", "refused"},
	"source": {"upstream", "cache", "flight", "fault"},
}

// The PromQL words in use. A word that is in neither list reads as a metric
// name, and then as one that Gatehouse does not have.
var (
	functions = []string{"sum", "min", "max", "rate", "histogram_quantile"}
	keywords  = []string{"by", "on", "and"}
	// scrapeLabels are what Prometheus itself adds to every series.
	scrapeLabels = []string{"job", "instance"}
)

// lookup finds the family of a series name: its name in the list, its kind and
// its labels. The series of a histogram count, so they are counters.
func lookup(series string) (string, metric, bool) {
	if m, ok := metrics[series]; ok && m.kind != "histogram" {
		return series, m, true
	}
	for _, suffix := range []string{"_bucket", "_sum", "_count"} {
		name, cut := strings.CutSuffix(series, suffix)
		if m, ok := metrics[name]; cut && ok && m.kind == "histogram" {
			labels := slices.Clone(m.labels)
			if suffix == "_bucket" {
				labels = append(labels, "le")
			}
			return name, metric{"counter", labels}, true
		}
	}
	if strings.HasPrefix(series, "process_") || strings.HasPrefix(series, "go_") {
		if strings.HasSuffix(series, "_total") {
			return series, metric{"counter", nil}, true
		}
		return series, metric{"gauge", nil}, true
	}
	return "", metric{}, false
}

var token = regexp.MustCompile(`^(?:"(?:[^"\\]|\\.)*"|\d+(?:\.\d+)?|\$?[a-zA-Z_]\w*|=~|!~|!=|[-+*/(){}\[\],=<>])`)

// tokens cuts an expression and checks that its brackets pair up.
func tokens(expr string) ([]string, error) {
	pairs := map[string]string{")": "(", "}": "{", "]": "["}
	var out, open []string
	for rest := strings.TrimSpace(expr); rest != ""; rest = strings.TrimSpace(rest) {
		tok := token.FindString(rest)
		if tok == "" {
			return nil, fmt.Errorf("unexpected text at %q", rest)
		}
		switch tok {
		case "(", "{", "[":
			open = append(open, tok)
		case ")", "}", "]":
			if len(open) == 0 || open[len(open)-1] != pairs[tok] {
				return nil, fmt.Errorf("%q closes nothing before %q", tok, rest)
			}
			open = open[:len(open)-1]
		}
		out = append(out, tok)
		rest = rest[len(tok):]
	}
	if len(open) > 0 {
		return nil, fmt.Errorf("%q is never closed", open)
	}
	return out, nil
}

// query is what an expression reads, and the labels that its result can have.
type query struct {
	metrics []string
	by      []string
}

// reader walks over the tokens of one expression and collects every problem.
type reader struct {
	query
	toks     []string
	grouped  []string // labels that by() and on() name
	has      []string // labels of the metrics read
	problems []error
}

var word = regexp.MustCompile(`^[a-zA-Z_]`)

// readQuery is a small reader of the PromQL that the dashboards use, since the
// real parser is no dependency of this module.
func readQuery(expr string) (query, error) {
	toks, err := tokens(expr)
	if err != nil {
		return query{}, err
	}
	r := reader{toks: toks, has: slices.Clone(scrapeLabels)}
	for i := 0; i < len(toks); i++ {
		switch tok := toks[i]; {
		case tok == "by" || tok == "on":
			i = r.grouping(i)
		case tok == "[" || tok == "{":
			r.fail("%q does not follow a metric", tok)
		case tok == "rate" && !(r.at(i+1) == "(" && word.MatchString(r.at(i+2))):
			r.fail("rate() of something other than a metric")
		case word.MatchString(tok) && !slices.Contains(functions, tok) && !slices.Contains(keywords, tok):
			i = r.selector(i)
		}
	}
	for _, label := range r.grouped {
		if !slices.Contains(r.has, label) {
			r.fail("no metric in the query has the label %q", label)
		}
	}
	if slices.Contains(toks, "histogram_quantile") && !slices.Contains(r.by, "le") {
		r.fail("histogram_quantile() without le")
	}
	if len(r.metrics) == 0 {
		r.fail("no metric in the query")
	}
	return r.query, errors.Join(r.problems...)
}

func (r *reader) fail(format string, args ...any) {
	r.problems = append(r.problems, fmt.Errorf(format, args...))
}

// at is the token at i, or nothing outside the expression.
func (r *reader) at(i int) string {
	if i < 0 || i >= len(r.toks) {
		return ""
	}
	return r.toks[i]
}

// grouping reads "by (label, …)" from i and returns the index of its last token.
func (r *reader) grouping(i int) int {
	if r.at(i+1) != "(" {
		r.fail("%q wants a list of labels", r.at(i))
		return i
	}
	end := i + slices.Index(r.toks[i:], ")")
	for _, label := range r.toks[i+2 : end] {
		if label == "," {
			continue
		}
		r.grouped = append(r.grouped, label)
		if r.toks[i] == "by" {
			r.by = append(r.by, label)
		}
	}
	return end
}

// selector reads "metric{…}[…]" from i and returns the index of its last token.
func (r *reader) selector(i int) int {
	series := r.toks[i]
	name, m, ok := lookup(series)
	if !ok {
		r.fail("%q is not a metric, function or keyword of the closed list", series)
	} else {
		r.metrics, r.has = append(r.metrics, name), append(r.has, m.labels...)
	}
	inRate := r.at(i-1) == "(" && r.at(i-2) == "rate"
	end, chosen := i, false
	if r.at(end+1) == "{" {
		start := end + 2
		end += slices.Index(r.toks[end:], "}")
		chosen = r.matchers(series, m, ok, r.toks[start:end])
	}
	if slices.Contains(m.labels, "connector") && !chosen {
		r.fail("%s lacks connector=~\"$connector\"", series)
	}
	ranged := r.at(end+1) == "["
	if ranged {
		start := end + 2
		end += slices.Index(r.toks[end:], "]")
		if got := strings.Join(r.toks[start:end], " "); got != "$__rate_interval" {
			r.fail("%s has the range %q, wants $__rate_interval", series, got)
		}
	}
	if counter := m.kind == "counter"; ok && (counter != ranged || counter != inRate) {
		r.fail("%s is a %s: only a counter, and always, goes into rate() with a range", series, m.kind)
	}
	return end
}

// matchers reads the inside of "{…}" and reports whether it follows the
// dashboard's choice of connector.
func (r *reader) matchers(series string, m metric, known bool, toks []string) (chosen bool) {
	for ; len(toks) > 0; toks = toks[min(4, len(toks)):] {
		if len(toks) < 3 || !strings.HasPrefix(toks[2], `"`) || len(toks) > 3 && toks[3] != "," {
			r.fail("%s: %q is no matcher", series, toks)
			return chosen
		}
		label, op, value := toks[0], toks[1], strings.Trim(toks[2], `"`)
		if known && !slices.Contains(m.labels, label) {
			r.fail("%s has no label %q", series, label)
		}
		chosen = chosen || label == "connector" && op == "=~" && value == "$connector"
		for v := range strings.SplitSeq(value, "|") {
			if list, closed := values[label]; closed && !slices.Contains(list, v) {
				r.fail("%s is never %q", label, v)
			}
		}
	}
	return chosen
}

func TestReadQueryRefuses(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ expr, want string }{
		"empty":                 {``, "no metric"},
		"open parenthesis":      {`sum(gatehouse_flights{connector=~"$connector"}`, "never closed"},
		"stray parenthesis":     {`sum(gatehouse_flights{connector=~"$connector"}))`, "closes nothing"},
		"crossed brackets":      {`sum(gatehouse_flights{connector=~"$connector")}`, "closes nothing"},
		"open string":           {`gatehouse_flights{connector=~"$connector}`, "unexpected text"},
		"unknown metric":        {`gatehouse_nonsense`, "closed list"},
		"unknown function":      {`avg(gatehouse_build_info)`, "closed list"},
		"bare histogram":        {`gatehouse_overhead_seconds{connector=~"$connector"}`, "closed list"},
		"bucket of a counter":   {`rate(gatehouse_faults_total_bucket{connector=~"$connector"}[$__rate_interval])`, "closed list"},
		"matcher without value": {`gatehouse_flights{connector}`, "is no matcher"},
		"foreign matcher":       {`gatehouse_flights{connector=~"$connector", step="x"}`, "has no label"},
		"foreign grouping":      {`sum by (step) (gatehouse_flights{connector=~"$connector"})`, `the label "step"`},
		"unknown answer":        {`rate(gatehouse_requests_total{connector=~"$connector", answer=~"block|no"}[$__rate_interval])`, `never "no"`},
		"every connector":       {`gatehouse_flights`, "lacks connector"},
		"one connector":         {`gatehouse_flights{connector="$connector"}`, "lacks connector"},
		"fixed range":           {`rate(gatehouse_faults_total{connector=~"$connector"}[5m])`, "has the range"},
		"counter without rate":  {`sum(gatehouse_faults_total{connector=~"$connector"})`, "only a counter"},
		"rate of a gauge":       {`rate(go_goroutines[$__rate_interval])`, "only a counter"},
		"rate of a sum":         {`rate((go_goroutines))`, "other than a metric"},
		"range of a sum":        {`sum(go_goroutines)[$__rate_interval]`, "does not follow a metric"},
		"quantile without le": {
			`histogram_quantile(0.5, sum(rate(gatehouse_overhead_seconds_bucket{connector=~"$connector"}[$__rate_interval])))`, "without le",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := readQuery(tt.expr)
			assert.ErrorContains(t, err, tt.want)
		})
	}
}
