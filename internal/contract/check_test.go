package contract

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestLegalAnswersAreUnderstood(t *testing.T) {
	t.Parallel()
	halting := flowHalt
	halting.Step, halting.HaltConfigured = "PostFederationSignup", true
	site := withHeader(flowContinue, "X-Frame-Options", "DENY")
	site.SiteHeaders = []string{"x-frame-options"}
	unbounded := flowContinue
	unbounded.Budget = 0
	exact := flowContinue
	exact.Elapsed = exact.Budget

	tests := map[string]struct {
		exchange Exchange
		want     Answer
	}{
		"continue": {flowContinue, Answer{Kind: Continue, Version: "1.0.0", Claims: map[string]json.RawMessage{
			"postalCode": json.RawMessage(`"12349"`), "extension_Member": json.RawMessage(`true`),
			"extension_0123456789abcdef0123456789abcdef_Points": json.RawMessage(`12`),
		}}},
		"continue without claims": {
			withBody(flowContinue, ` {"version":"0.0.1","action":"Continue"}`+"\n"),
			Answer{Kind: Continue, Version: "0.0.1", Claims: map[string]json.RawMessage{}},
		},
		"email after federation": {flowPrefill, Answer{Kind: Continue, Version: "1.0.0", Claims: map[string]json.RawMessage{
			"city": json.RawMessage(`"Seattle"`), "email": json.RawMessage(`"a@fabrikam.example"`),
		}}},
		"empty string keeps a claim out of the directory": {
			withBody(flowContinue, `{"version":"1.0.0","action":"Continue","extension_Captcha":""}`),
			Answer{Kind: Continue, Version: "1.0.0", Claims: map[string]json.RawMessage{"extension_Captcha": json.RawMessage(`""`)}},
		},
		"large and fractional numbers": {
			withBody(flowContinue, `{"version":"1.0.0","action":"Continue","extension_A":1e999,"extension_B":-0.5}`),
			Answer{Kind: Continue, Version: "1.0.0", Claims: map[string]json.RawMessage{
				"extension_A": json.RawMessage(`1e999`), "extension_B": json.RawMessage(`-0.5`),
			}},
		},
		"surrogate pair and escaped backslash": {
			withBody(flowContinue, `{"version":"1.0.0","action":"Continue","city":"\ud83d\ude00 \\ud83d"}`),
			Answer{Kind: Continue, Version: "1.0.0", Claims: map[string]json.RawMessage{"city": json.RawMessage(`"\ud83d\ude00 \\ud83d"`)}},
		},
		"block":   {flowBlock, Answer{Kind: Block, Version: "1.0.0", Message: "You are not able to sign up at this time."}},
		"invalid": {flowInvalid, Answer{Kind: Invalid, Version: "1.0.0", Message: "Please enter a valid Postal Code."}},
		"invalid with a string for status": {
			withBody(flowInvalid, `{"version":"1.0.0","status":"400","action":"ValidationError","userMessage":"No."}`),
			Answer{Kind: Invalid, Version: "1.0.0", Message: "No."},
		},
		"halt before the token":      {flowHalt, Answer{Kind: Halt, Version: "1.0.0", Message: "Please try again later."}},
		"halt by configuration":      {halting, Answer{Kind: Halt, Version: "1.0.0", Message: "Please try again later."}},
		"policy error with all":      {policyError, Answer{Kind: Halt, Version: "1.0.1", Message: "Loyalty ID '1234' is unknown."}},
		"policy without claims":      {withBody(policyContinue, `{}`), Answer{Kind: Continue, Claims: map[string]json.RawMessage{}}},
		"policy claim named status":  {withBody(policyContinue, `{"status":"active"}`), Answer{Kind: Continue, Claims: map[string]json.RawMessage{"status": json.RawMessage(`"active"`)}}},
		"policy claim named version": {withBody(policyContinue, `{"version":"7"}`), Answer{Kind: Continue, Version: "7", Claims: map[string]json.RawMessage{"version": json.RawMessage(`"7"`)}}},
		"policy list of one empty":   {withBody(policyContinue, `{"roles":[""]}`), Answer{Kind: Continue, Claims: map[string]json.RawMessage{"roles": json.RawMessage(`[""]`)}}},
		"same name in two objects":   {withBody(policyContinue, `{"a":{"b":1},"c":{"b":2}}`), Answer{Kind: Continue, Claims: map[string]json.RawMessage{"a": json.RawMessage(`{"b":1}`), "c": json.RawMessage(`{"b":2}`)}}},
		"charset":                    {withHeader(flowBlock, "Content-Type", `application/json; charset="UTF-8"`), Answer{Kind: Block, Version: "1.0.0", Message: "You are not able to sign up at this time."}},
		"no-store among others":      {withHeader(flowBlock, "Cache-Control", "no-cache", "private, No-Store"), Answer{Kind: Block, Version: "1.0.0", Message: "You are not able to sign up at this time."}},
		"no Server":                  {withHeader(flowBlock, "Server"), Answer{Kind: Block, Version: "1.0.0", Message: "You are not able to sign up at this time."}},
		"lower-case header map":      {lowerCase(flowBlock), Answer{Kind: Block, Version: "1.0.0", Message: "You are not able to sign up at this time."}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := Check(tt.exchange)
			require.NoError(t, err)
			assert.Equal(t, tt.want, got)
		})
	}
	for name, x := range map[string]Exchange{
		"header of the site": site, "no budget": unbounded, "last moment": exact,
		"first and last surrogate pair":     withBody(flowContinue, `{"version":"1.0.0","action":"Continue","city":"\ud800\udc00\udbff\udfff"}`),
		"text that looks like an escape":    withBody(flowContinue, `{"version":"1.0.0","action":"Continue","city":"ud83d aud83d\nd83d \u00e9\uffff\ud7ff\ue000"}`),
		"policy claim named userMessage":    withBody(policyContinue, `{"userMessage":"Welcome."}`),
		"policy status without a message":   withBody(policyContinue, `{"status":409}`),
		"policy message with a good status": withBody(policyContinue, `{"status":399,"userMessage":"Welcome."}`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.NoError(t, check(x))
		})
	}
}

func lowerCase(x Exchange) Exchange {
	header := map[string][]string{}
	for name, values := range x.Header {
		header[strings.ToLower(name)] = values
	}
	x.Header = header
	return x
}

func TestKindsLegalAtEachStep(t *testing.T) {
	t.Parallel()
	token := []Kind{Continue, Halt}
	tests := map[string][]Kind{
		"PostFederationSignup":        {Continue, Block},
		"postfederationsignup":        {Continue, Block},
		"PostAttributeCollection":     {Continue, Block, Invalid},
		"":                            {Continue, Block, Invalid},
		"SomeStepToCome":              {Continue, Block, Invalid},
		"PreTokenIssuance":            token,
		"PreTokenApplicationClaims":   token,
		"pretokenissuance":            token,
		"PRETOKENAPPLICATIONCLAIMS":   token,
		" PreTokenIssuance ":          token,
		"preTokenApplicationClaims\n": token,
	}
	answers := map[Kind]Exchange{Continue: flowToken, Block: flowBlock, Invalid: flowInvalid, Halt: flowHalt}
	for step, legal := range tests {
		for kind, x := range answers {
			t.Run(step+"/"+kind.String(), func(t *testing.T) {
				t.Parallel()
				x.Step = step
				got, err := Check(x)
				assert.Equal(t, kind, got.Kind)
				if slices.Contains(legal, kind) {
					require.NoError(t, err)
				} else {
					require.Error(t, err)
				}
				x.HaltConfigured = true
				assert.Equal(t, slices.Contains(legal, kind) || kind == Halt, check(x) == nil, "with a configured halt")
			})
		}
	}
}

func TestRefusalOfAnAuthenticatedCallIsReported(t *testing.T) {
	t.Parallel()
	for _, x := range []Exchange{refusal, wrongMethod} {
		got, err := Check(x)
		assert.Equal(t, Refused, got.Kind)
		assert.Contains(t, rulesOf(err), RulePair)
	}
}

func TestUnreadableAnswerIsUnclear(t *testing.T) {
	t.Parallel()
	x := withHeader(withBody(flowContinue, "<html>Bad Gateway</html>"), "Content-Type", "text/html")
	x.Status = 502
	got, err := Check(x)
	assert.Equal(t, Answer{}, got)
	assert.ElementsMatch(t, []Rule{RuleContentType, RulePair, RuleSyntax}, rulesOf(err))
	assert.Error(t, check(Exchange{}), "the zero Exchange is no pass")
}

func TestKindsHaveNames(t *testing.T) {
	t.Parallel()
	for kind, want := range map[Kind]string{
		Unclear: "unclear", Continue: "continue", Block: "block", Invalid: "invalid", Halt: "halt", Refused: "refused",
		-1: "kind(-1)", 6: "kind(6)",
	} {
		assert.Equal(t, want, kind.String())
	}
}
