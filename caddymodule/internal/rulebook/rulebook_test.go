package rulebook_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/rulebook"
)

func input() rulebook.Input {
	return rulebook.Input{
		Status: 404,
		Header: map[string]string{"x-reason": "unknown"},
		Body:   map[string]any{"code": "E1", "count": int64(3), "list": []any{"a", "b"}, "nested": map[string]any{"ok": false}},
		Text:   `{"code":"E1"}`,
		Step:   "PostAttributeCollection",
		Claims: map[string]any{"email": "a@example.com", "country": "AT"},
	}
}

func TestDecide(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		rule    rulebook.Rule
		applies bool
		message string
	}{
		"code":                        {rulebook.Rule{Status: "404"}, true, ""},
		"another code":                {rulebook.Rule{Status: "403"}, false, ""},
		"class":                       {rulebook.Rule{Status: "4xx", Message: "No."}, true, "No."},
		"another class":               {rulebook.Rule{Status: "5xx"}, false, ""},
		"status":                      {rulebook.Rule{When: "status in [404, 410]"}, true, ""},
		"header":                      {rulebook.Rule{When: "header['x-reason'] == 'unknown'"}, true, ""},
		"no such header":              {rulebook.Rule{When: "header['x-other'] == 'unknown'"}, false, ""},
		"body":                        {rulebook.Rule{When: "body.code == 'E1' && body.count > 2"}, true, ""},
		"body, a list":                {rulebook.Rule{When: "'b' in body.list"}, true, ""},
		"body, nested":                {rulebook.Rule{When: "!body.nested.ok"}, true, ""},
		"no such member":              {rulebook.Rule{When: "body.missing == 'E1'"}, false, ""},
		"a member asked for":          {rulebook.Rule{When: "has(body.missing)"}, false, ""},
		"a pattern":                   {rulebook.Rule{When: "body.code.matches('^E[0-9]$')"}, true, ""},
		"text":                        {rulebook.Rule{When: "text.contains('E1')"}, true, ""},
		"step":                        {rulebook.Rule{When: "step == 'PreTokenIssuance'"}, false, ""},
		"claims":                      {rulebook.Rule{When: "claims.country == 'AT'"}, true, ""},
		"message in CEL":              {rulebook.Rule{When: "true", Message: "= 'Code ' + body.code + ' for ' + claims.country"}, true, "Code E1 for AT"},
		"message that finds nothing":  {rulebook.Rule{When: "true", Message: "=body.missing"}, true, ""},
		"message of another type":     {rulebook.Rule{When: "true", Message: "=body.count"}, true, ""},
		"string functions":            {rulebook.Rule{When: "body.code.lowerAscii() == 'e1'"}, true, ""},
		"expressions are not request": {rulebook.Rule{When: "text == '{env.HOME}'"}, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tc.rule.Verdict = "block"
			book, err := rulebook.New([]rulebook.Rule{tc.rule})
			require.NoError(t, err)
			decision, applies, err := book.Decide(input())
			require.NoError(t, err)
			require.Equal(t, tc.applies, applies)
			if applies {
				assert.Equal(t, rulebook.Decision{Verdict: rulebook.Block, Message: tc.message}, decision)
			}
		})
	}
}

func TestTheFirstRuleThatAppliesDecides(t *testing.T) {
	t.Parallel()
	book, err := rulebook.New([]rulebook.Rule{
		{Status: "403", Verdict: "block"},
		{When: "body.code == 'E1'", Verdict: "invalid", Message: "first"},
		{Status: "404", Verdict: "continue", Message: "second"},
	})
	require.NoError(t, err)
	decision, applies, err := book.Decide(input())
	require.NoError(t, err)
	require.True(t, applies)
	assert.Equal(t, rulebook.Decision{Index: 1, Verdict: rulebook.Invalid, Message: "first"}, decision)
}

func TestNoRules(t *testing.T) {
	t.Parallel()
	book, err := rulebook.New(nil)
	require.NoError(t, err)
	_, applies, err := book.Decide(input())
	require.NoError(t, err)
	assert.False(t, applies)
}

func TestRefusedAtLoad(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		rule rulebook.Rule
		want []string
	}{
		"unknown verdict":     {rulebook.Rule{Status: "404", Verdict: "deny"}, []string{`"deny"`, "continue, block, invalid or fault"}},
		"no status":           {rulebook.Rule{Status: "40x", Verdict: "block"}, []string{`status "40x"`, "4xx"}},
		"neither":             {rulebook.Rule{Verdict: "block"}, []string{"expression is empty"}},
		"both":                {rulebook.Rule{Status: "404", When: "true", Verdict: "block"}, []string{"make two of them"}},
		"syntax":              {rulebook.Rule{When: "status ==", Verdict: "block"}, []string{`when "status =="`, "Syntax error"}},
		"unknown variable":    {rulebook.Rule{When: "stat == 404", Verdict: "block"}, []string{"undeclared reference to 'stat'"}},
		"no bool":             {rulebook.Rule{When: "status + 1", Verdict: "block"}, []string{"yields int", "yields bool"}},
		"types":               {rulebook.Rule{When: "status == 'a'", Verdict: "block"}, []string{"no matching overload"}},
		"message":             {rulebook.Rule{Status: "404", Verdict: "block", Message: "=status"}, []string{"message", "yields int", "yields string"}},
		"a huge pattern":      {rulebook.Rule{When: "text.matches('(?s).{0,1000}qq$')", Verdict: "block"}, []string{"too large"}},
		"no constant pattern": {rulebook.Rule{When: "text.matches(step)", Verdict: "block"}, []string{"spelled out"}},
		"no pattern":          {rulebook.Rule{When: "text.matches('(')", Verdict: "block"}, []string{"missing closing )"}},
		"a huge expression":   {rulebook.Rule{When: strings.Repeat("true && ", 1000) + "true", Verdict: "block"}, []string{"size"}},
		"everything together": {rulebook.Rule{Status: "9", Verdict: "x", Message: "="}, []string{`"x"`, `"9"`, "message: the expression is empty"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := rulebook.New([]rulebook.Rule{tc.rule})
			for _, want := range tc.want {
				assert.ErrorContains(t, err, want)
			}
		})
	}
}

func TestACostlyRuleIsStopped(t *testing.T) {
	t.Parallel()
	book, err := rulebook.New([]rulebook.Rule{{When: "body.all(a, body.all(b, body.all(c, a + b + c != 'x')))", Verdict: "continue"}})
	require.NoError(t, err)
	in := input()
	var list []any
	for range 300 {
		list = append(list, "secret")
	}
	in.Body = list
	_, applies, err := book.Decide(in)
	require.ErrorIs(t, err, rulebook.ErrRule)
	assert.NotContains(t, err.Error(), "secret")
	assert.False(t, applies)
}

// What cannot be evaluated may be the very refusal that the rule is for.
func TestWhatCannotBeEvaluatedFailsClosed(t *testing.T) {
	t.Parallel()
	for _, when := range []string{"body.code < 50", "body.code", "1 / (status - 404) > 0", "body.list[9] == 'a'"} {
		book, err := rulebook.New([]rulebook.Rule{{When: when, Verdict: "block"}})
		require.NoError(t, err, when)
		_, applies, err := book.Decide(input())
		require.ErrorIs(t, err, rulebook.ErrRule, when)
		assert.False(t, applies, when)
	}
}

func TestWithoutABodyMembersAreNotThere(t *testing.T) {
	t.Parallel()
	book, err := rulebook.New([]rulebook.Rule{{When: "body.code == 'E1'", Verdict: "block"}})
	require.NoError(t, err)
	in := input()
	in.Body = nil
	_, applies, err := book.Decide(in)
	require.NoError(t, err)
	assert.False(t, applies)
}
