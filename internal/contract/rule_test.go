package contract

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// violation is a legal exchange and a change that breaks one rule of it.
type violation struct {
	rule  Rule
	name  string
	base  Exchange
	wrong Exchange
	check func(Exchange) error
}

func TestEveryRuleHasAViolatingCase(t *testing.T) {
	t.Parallel()
	covered := map[Rule]bool{}
	for _, v := range violations() {
		covered[v.rule] = true
	}
	for _, rule := range Rules() {
		assert.True(t, covered[rule], "no violating case for rule %s", rule)
	}
}

func TestEveryRuleHasANameAndASource(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, rule := range Rules() {
		assert.NotEmpty(t, rule.String(), "rule %d", int(rule))
		assert.NotEmpty(t, rule.Clause(), "rule %s", rule)
		assert.False(t, seen[rule.String()], "name %s is used twice", rule)
		seen[rule.String()] = true
	}
	assert.Equal(t, "rule(-1)", Rule(-1).String())
	assert.Empty(t, Rule(-1).Clause())
	assert.Empty(t, ruleCount.Clause())
	assert.Equal(t, fmt.Sprintf("rule(%d)", int(ruleCount)), ruleCount.String())
}

// The base passes and the changed exchange breaks its rule and no other: so the
// rule is neither empty nor shadowed by another.
func TestViolatingCaseBreaksExactlyItsRule(t *testing.T) {
	t.Parallel()
	for _, v := range violations() {
		t.Run(v.rule.String()+"/"+v.name, func(t *testing.T) {
			t.Parallel()
			require.NoError(t, v.check(v.base), "the base must be legal")
			broken := Violations(v.check(v.wrong))
			require.NotEmpty(t, broken, "nothing found")
			for _, found := range broken {
				assert.Equal(t, v.rule, found.Rule, "found %v", found)
				assert.Equal(t, v.rule.Clause(), found.Clause)
				assert.NotEmpty(t, found.Detail)
			}
		})
	}
}

func TestAllViolationsAreReportedTogether(t *testing.T) {
	t.Parallel()
	x := withHeader(flowBlock, "Content-Type", "text/html")
	x = withHeader(x, "Set-Cookie", "a=b")
	x = withBody(x, `{"action":"showblockpage","userMessage":"<b>no</b>","code":null}`)
	x.Step = "PreTokenIssuance"
	x.Elapsed = time.Minute
	_, err := Check(x)
	assert.ElementsMatch(t, []Rule{
		RuleSetCookie, RuleContentType, RuleBudget, RuleNull, RuleAction, RuleVersion,
		RuleMessageMarkup, RuleMembers, RuleStep,
	}, rulesOf(err))
}

func TestViolationsTakesWrappedErrorsApart(t *testing.T) {
	t.Parallel()
	_, err := Check(withHeader(withHeader(flowBlock, "Content-Type"), "Cache-Control"))
	assert.Len(t, Violations(fmt.Errorf("checking the call: %w", err)), 2)
	assert.Nil(t, Violations(nil))
	assert.Nil(t, Violations(assert.AnError))
	assert.ErrorContains(t, err, "content-type: there are 0, [], want one [AD/add-api-connector")
}

func TestDetailsSayWhere(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat(`{"a":`, 20) + `null` + strings.Repeat(`}`, 20)
	for body, want := range map[string]string{
		`{"a":[{"b":{"c":1,"c":2}}]}`: `"c" occurs twice in $.a[0].b`,
		`{"a":[1,{"b":null}]}`:        `$.a[1].b is null`,
		`{"a":[0,[]]}`:                `$.a[1] is an empty array`,
		deep:                          "$" + strings.Repeat(".a", 16) + "… is null",
	} {
		assert.ErrorContains(t, check(withBody(policyContinue, body)), want)
	}
}
