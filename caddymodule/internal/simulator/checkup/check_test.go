package checkup

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/simulator"
	"github.com/gatehouse-proxy/gatehouse/internal/contract"
)

const page = "../../../../docs/check.md"

// groups are the headings of the page, each above its first check.
var groups = map[Name]string{
	TLS12: "TLS and certificate", AuthNone: "Credentials", Answered: "Answers to the examples",
	ClaimsAbsent: "Other claims", Retry: "The same call twice", WrongMethod: "Calls that the provider never makes",
}

// The page says of each check what the code says; UPDATE_GOLDEN=1 writes that part
// of it anew.
func TestThePageHasEveryCheck(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile(page)
	require.NoError(t, err)
	const begin, end = "<!-- checks -->\n", "<!-- end of checks -->\n"
	before, rest, found := strings.Cut(string(content), begin)
	require.True(t, found)
	got, after, found := strings.Cut(rest, end)
	require.True(t, found)
	var want strings.Builder
	for _, check := range Checks() {
		if group := groups[check.Name]; group != "" {
			fmt.Fprintf(&want, "\n## %s\n", group)
		}
		fmt.Fprintf(&want, "\n### %s\n\n%s\n\n- why: %s\n- a failure means: %s\n- what helps: %s\n", check.Name, check.Asks, check.Source, check.Means, check.Remedy)
	}
	want.WriteByte('\n')
	if os.Getenv("UPDATE_GOLDEN") != "" {
		require.NoError(t, os.WriteFile(page, []byte(before+begin+want.String()+end+after), 0o600))
		return
	}
	assert.Equal(t, want.String(), got)
}

// A code is named by what a page of Microsoft's or a report says, so the page lists
// all that a check can name, and no other.
func TestThePageHasEveryCode(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile(page)
	require.NoError(t, err)
	inTable := regexp.MustCompile("(?m)^\\| `(AADB2C[0-9]+)` \\|").FindAllStringSubmatch(string(content), -1)
	var listed []string
	for _, row := range inTable {
		listed = append(listed, row[1])
	}
	assert.ElementsMatch(t, []string{codeBasic, codeCertificate, codeHTTPError, codeUnparsed}, listed)
	assert.Equal(t, codeHTTPError, codeUnreachable)
}

func TestChecksAreComplete(t *testing.T) {
	t.Parallel()
	names := make(map[Name]bool)
	for _, check := range Checks() {
		assert.False(t, names[check.Name], "%s is there twice", check.Name)
		names[check.Name] = true
		for _, text := range []string{check.Asks, check.Source, check.Means, check.Remedy} {
			assert.NotEmpty(t, text, check.Name)
		}
		assert.True(t, strings.HasSuffix(check.Asks, "?"), check.Name)
	}
	for _, name := range aspects {
		assert.True(t, names[name], name)
	}
	for _, rule := range contract.Rules() {
		assert.True(t, names[aspectOf(rule)], rule.String())
		if strings.HasPrefix(rule.Clause(), "Gatehouse") && rule != contract.RuleHalt && rule != contract.RuleContentEncoding {
			assert.Equal(t, Plain, aspectOf(rule), "%s is a promise of Gatehouse's own", rule)
		}
	}
}

func TestExpectation(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		expect   Expectation
		protocol contract.Protocol
		step     string
		met      contract.Kind
	}{
		"continue":                {ExpectContinue, contract.UserFlow, simulator.PreTokenIssuance, contract.Continue},
		"block":                   {ExpectBlock, contract.UserFlow, simulator.PostAttributeCollection, contract.Block},
		"invalid":                 {ExpectInvalid, contract.UserFlow, simulator.PostAttributeCollection, contract.Invalid},
		"invalid after federated": {ExpectInvalid, contract.UserFlow, simulator.PostFederationSignup, contract.Block},
		"block before the token":  {ExpectBlock, contract.UserFlow, simulator.PreTokenIssuance, contract.Halt},
		"invalid in a policy":     {ExpectInvalid, contract.CustomPolicy, "", contract.Halt},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for kind := contract.Unclear; kind <= contract.Refused; kind++ {
				assert.Equal(t, kind == tc.met, tc.expect.met(tc.protocol, tc.step, kind), kind)
			}
		})
	}
}

func TestHidden(t *testing.T) {
	t.Parallel()
	target, err := url.Parse("https://api.example.com/signup?code=fu%2Fnc%3D%3D&plain")
	require.NoError(t, err)
	long := strings.Repeat("s", 40)
	h := hiderOf(Plan{URL: target, Basic: url.UserPassword("b2c", `pass"word`), Claims: map[string]any{
		"a": []any{map[string]any{"newPassword": long}}, "otp": "1",
	}})
	for name, text := range map[string]string{
		"password": `pass"word`, "as JSON": `{"a":"pass\"word"}`, "header": "Basic YjJjOnBhc3Mid29yZA==",
		"parameter": "fu/nc==", "escaped": "fu%2Fnc%3D%3D", "claim": long,
	} {
		assert.Contains(t, h.text(text), hidden, name)
		for _, secret := range []string{`pass"word`, `pass\"word`, "YjJjOnBhc3M", "fu/nc", "fu%2Fnc", long} {
			assert.NotContains(t, h.text(text), secret, name)
		}
	}
	assert.Equal(t, "https://api.example.com/signup?code=REDACTED&plain=REDACTED", h.url(target))
	assert.NotContains(t, h.part(strings.Repeat("x", 980)+long), "sss", "cut in two")
	assert.Equal(t, `\u001b[31m \u0007 \u202e 1`, h.text("\x1b[31m\t\a\t\u202e\t1"))

	header, body := h.answer(http.Header{"Content-Length": {"40"}}, []byte(long))
	assert.Equal(t, "8", header.Get("Content-Length"), "the length still fits")
	assert.Equal(t, hidden, string(body))
}

// A secret is written in more than one way, and one can be the beginning of another.
func TestHiddenClaims(t *testing.T) {
	t.Parallel()
	target, err := url.Parse("https://api.example.com/signup")
	require.NoError(t, err)
	for name, c := range map[string]struct {
		claims map[string]any
		secret string // no part of it may be seen
	}{
		"with quotes and markup":         {map[string]any{"password": `zzzz"&zzzz`}, "zzzz"},
		"the beginning of another":       {map[string]any{"passwordNew": "zzzz", "passwordNewer": "zzzzyyyy"}, "yyyy"},
		"a number":                       {map[string]any{"otp": json.Number("918273")}, "918273"},
		"in a list":                      {map[string]any{"tokens": []any{"zzzzzzzz"}}, "zzzz"},
		"in an object":                   {map[string]any{"token": map[string]any{"value": "zzzzzzzz"}}, "zzzz"},
		"in an object, beside no secret": {map[string]any{"a": map[string]any{"secret": "zzzzzzzz", "b": true}}, "zzzz"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sent := asked{request: simulator.Request{Body: simulator.Encode(c.claims)}}
			shown := hiderOf(Plan{URL: target, Claims: c.claims}).sent(target, sent)
			assert.Contains(t, shown, hidden)
			assert.NotContains(t, shown, c.secret)
		})
	}

	// A number is hidden where the answer is shown, and not before it is judged: what
	// is put in its place is no JSON.
	h := hiderOf(Plan{URL: target, Claims: map[string]any{"otp": json.Number("918273")}})
	_, body := h.answer(nil, []byte(`{"otp":918273}`))
	assert.Equal(t, `{"otp":918273}`, string(body))
	assert.Equal(t, `{"otp":REDACTED}`, h.text(string(body)))
}

func TestTextInColour(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	report := Report{Results: []Result{{Check: Check{Name: JSON}, Outcome: Failed, Says: "a\nb", Findings: make([]Finding, 5)}}, Unfinished: "it was interrupted"}
	require.NoError(t, report.WriteText(&text, true))
	assert.Contains(t, text.String(), "\x1b[31m✗\x1b[0m json               a b\n")
	assert.Contains(t, text.String(), "2 like these")
	assert.Contains(t, text.String(), "Not finished: it was interrupted.")
}

// A run that did not end is no success in a file that continuous integration reads.
func TestAnUnfinishedRunIsAnErrorOfJUnit(t *testing.T) {
	t.Parallel()
	for unfinished, want := range map[string]string{"": `tests="1" failures="0" errors="0"`, "it was interrupted": `tests="2" failures="0" errors="1"`} {
		report := Report{Results: []Result{{Check: Check{Name: JSON}, Outcome: Skipped}}, Unfinished: unfinished}
		var text strings.Builder
		require.NoError(t, report.WriteJUnit(&text))
		assert.Contains(t, text.String(), want)
		assert.Equal(t, unfinished != "", strings.Contains(text.String(), `<error message="it was interrupted">`))
	}
}

func TestInShort(t *testing.T) {
	t.Parallel()
	for want, d := range map[string]time.Duration{"0 ms": 0, "12 ms": 12 * time.Millisecond, "5 s": 5 * time.Second, "1.5 s": 1500 * time.Millisecond, "5 min": 5 * time.Minute} {
		assert.Equal(t, want, inShort(d))
	}
}
