package dashboards_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var loaded struct {
	once  sync.Once
	rules []rule
}

// rules are those of both files, in their order.
func rules(t *testing.T) []rule {
	t.Helper()
	loaded.once.Do(func() {
		q := question{Rules: make(map[string]string)}
		files := []string{"recording.yml", "alerts.yml"}
		for _, file := range files {
			q.Rules[file] = text(t, file)
		}
		said := ask(t, q)
		for _, file := range files {
			require.Empty(t, said.Rules[file].Errors, file)
			for _, group := range said.Rules[file].Groups {
				for _, r := range group.Rules {
					r.file = file
					loaded.rules = append(loaded.rules, r)
				}
			}
		}
	})
	require.NotEmpty(t, loaded.rules)
	return loaded.rules
}

func recordedNames(t *testing.T) (names []string) {
	t.Helper()
	for _, r := range rules(t) {
		if r.Record != "" {
			names = append(names, r.Record)
		}
	}
	return names
}

func alerts(t *testing.T) (found []rule) {
	t.Helper()
	for _, r := range rules(t) {
		if r.Alert != "" {
			found = append(found, r)
		}
	}
	return found
}

func text(t *testing.T, file string) string {
	t.Helper()
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	return string(content)
}

// level:metric:operations, and the level is what the result is told apart by.
func TestRecordedNamesSayWhatTheyAre(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^(gatehouse|connector|connector_reason):[a-z_]+:[a-z0-9_]+$`)
	for _, p := range places(t) {
		file, name, _ := strings.Cut(p.where, ": ")
		if file != "recording.yml" {
			continue
		}
		require.Regexp(t, form, name)
		level, _, _ := strings.Cut(name, ":")
		want := strings.Split(level, "_")
		if level == "gatehouse" {
			want = nil
		}
		got := p.yields(t)
		slices.Sort(got)
		assert.ElementsMatch(t, want, slices.Compact(got), name)
	}
	names := recordedNames(t)
	assert.Len(t, slices.Compact(slices.Sorted(slices.Values(names))), len(names), "a name twice")
}

func TestEveryAlertSaysWhatToDo(t *testing.T) {
	t.Parallel()
	boards := loadDashboards(t)
	for _, a := range alerts(t) {
		assert.Regexp(t, `^Gatehouse[A-Z][A-Za-z]+$`, a.Alert, "a prefix of its own, beside the alerts of others")
		assert.Contains(t, []string{"page", "ticket"}, a.Labels["severity"], a.Alert)
		assert.NotEmpty(t, a.Annotations["summary"], a.Alert)
		assert.NotEmpty(t, a.Annotations["description"], a.Alert)
		assert.Contains(t, boards, a.Annotations["dashboard"]+".json", a.Alert)
		assert.Equal(t, "https://github.com/gatehouse-proxy/gatehouse/blob/main/docs/runbook.md#"+strings.ToLower(a.Alert), a.Annotations["runbook_url"])
	}
}

// A link to a heading that does not exist shows the top of the page; a heading
// without an alert is advice that nobody is led to.
func TestRunbookAndAlertsAgree(t *testing.T) {
	t.Parallel()
	var names []string
	for _, a := range alerts(t) {
		names = append(names, a.Alert)
	}
	var headings []string
	for _, m := range regexp.MustCompile(`(?m)^### (Gatehouse\w+)$`).FindAllStringSubmatch(text(t, "../docs/runbook.md"), -1) {
		headings = append(headings, m[1])
	}
	assert.ElementsMatch(t, names, headings)
}

var legendInText = regexp.MustCompile(`\{\{ \$labels\.(\w+) \}\}`)

// An annotation with a label that the expression drops reads "connector <no value>".
func TestAnnotationsUseLabelsThatAreThere(t *testing.T) {
	t.Parallel()
	yields := make(map[string][]string)
	for _, p := range places(t) {
		_, name, _ := strings.Cut(p.where, ": ")
		yields[name] = p.yields(t)
	}
	for _, a := range alerts(t) {
		for _, note := range a.Annotations {
			for _, m := range legendInText.FindAllStringSubmatch(note, -1) {
				assert.Contains(t, yields[a.Alert], m[1], a.Alert)
			}
		}
	}
}

// What rules_test.yml says is run by promtool, in test/observe and in .ci/run.
func TestEveryAlertHasATestOfBothSides(t *testing.T) {
	t.Parallel()
	var names []string
	tests := text(t, "rules_test.yml")
	for _, a := range alerts(t) {
		names = append(names, a.Alert)
		assert.Regexp(t, `(?m)^  - name: "`+a.Alert+` fires: `, tests)
		assert.Regexp(t, `(?m)^  - name: "`+a.Alert+` stays silent: `, tests)
	}
	for _, m := range regexp.MustCompile(`alertname="(\w+)"`).FindAllStringSubmatch(tests, -1) {
		assert.Contains(t, names, m[1], "a test of an alert that does not exist never fails")
	}
}

// Block, invalid and halt are the validator's answers, and so are retries of them.
func TestTheValidatorSaidNoAlarmsNobody(t *testing.T) {
	t.Parallel()
	for _, p := range places(t) {
		if p.panel {
			continue
		}
		for _, s := range p.read.Selectors {
			for _, by := range s.Matchers {
				assert.NotContains(t, []string{"answer", "outcome", "format"}, by.Label, "%s: a rule that tells one verdict from another", p.where)
			}
		}
	}
}
