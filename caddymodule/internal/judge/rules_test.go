package judge

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/claims"
	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/verdict"
)

var judge = Judge{MaxBody: 64 << 10}

// answer makes an upstream's answer; "" is no Content-Type.
func answer(status int, contentType, body string) Answer {
	a := Answer{Status: status, Header: http.Header{}, Body: []byte(body)}
	if contentType != "" {
		a.Header.Set("Content-Type", contentType)
	}
	return a
}

// told is a verdict as one line: its kind, then its reason, message or claims. A
// null at the top is the protocol's to drop and is not told.
func told(v verdict.Verdict) string {
	switch v := v.(type) {
	case verdict.Continue:
		kept := claims.New()
		for name, value := range v.Claims.All() {
			if value.Kind() != 'n' {
				kept = kept.With(name, value)
			}
		}
		return "continue " + string(kept.Append(nil))
	case verdict.Block:
		return "block " + v.Message
	case verdict.Invalid:
		return "invalid " + v.Message
	case verdict.Fault:
		return "fault " + v.Reason.String()
	}
	return fmt.Sprintf("%T", v)
}

// The table of the rules, without a body that any format would recognise.
func TestEveryStatusHasOneFinding(t *testing.T) {
	t.Parallel()
	type row struct {
		rule         Rule
		empty, plain string // without a body, and with the plain text "E-mail taken"
	}
	want := func(status int) row {
		switch {
		case status < 200 || status >= 300 && status < 400:
			return row{RuleRedirect, "fault redirect", "fault redirect"}
		case status == 204:
			return row{RuleEmpty, "continue {}", "continue {}"}
		case status < 300:
			return row{RuleEmpty, "continue {}", "fault unreadable"}
		case status == 401 || status == 407:
			return row{RuleUnauthorized, "fault upstream_unauthorized", "fault upstream_unauthorized"}
		case status >= 500:
			return row{RuleServerError, "fault upstream_error", "fault upstream_error"}
		case status == 408 || status == 425 || status == 429:
			return row{RuleOverloaded, "fault overloaded", "fault overloaded"}
		case status == 400 || status == 402 || status == 409 || status == 412 || status == 422:
			return row{RuleClientError, "invalid ", "invalid E-mail taken"}
		case status == 403:
			return row{RuleForbidden, "fault upstream_unauthorized", "block E-mail taken"}
		case status == 410 || status == 423 || status == 451:
			return row{RuleForbidden, "block ", "block E-mail taken"}
		default:
			return row{RuleRejected, "fault upstream_rejected", "fault upstream_rejected"}
		}
	}
	for status := 100; status <= 599; status++ {
		row := want(status)
		empty := judge.Answer(Answer{Status: status})
		assert.Equal(t, row.empty, told(empty.Verdict), "%d without a body", status)
		assert.Equal(t, row.rule, empty.Rule, "%d without a body", status)
		plain := judge.Answer(answer(status, "text/plain", "E-mail taken\n"))
		assert.Equal(t, row.plain, told(plain.Verdict), "%d with a text", status)
		if status/100 == 2 && status != 204 {
			row.rule = RuleUnreadable
		}
		assert.Equal(t, row.rule, plain.Rule, "%d with a text", status)
	}
}

func TestRules(t *testing.T) {
	t.Parallel()
	const (
		client = `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault><faultcode>s:Client</faultcode><faultstring>Wrong code</faultstring></s:Fault></s:Body></s:Envelope>`
		server = `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault><faultcode>s:Server</faultcode><faultstring>Down</faultstring></s:Fault></s:Body></s:Envelope>`
		page   = "<!DOCTYPE html>\n<html><body><h1>Wrong code</h1></body></html>"
	)
	for name, tt := range map[string]struct {
		status int
		body   string
		rule   Rule
		want   string
	}{
		"3 before 5":                      {302, `{"action":"Continue"}`, RuleRedirect, "fault redirect"},
		"3 before 6":                      {100, client, RuleRedirect, "fault redirect"},
		"4 before 5":                      {401, `{"action":"ShowBlockPage","userMessage":"No."}`, RuleUnauthorized, "fault upstream_unauthorized"},
		"4 before 6":                      {407, client, RuleUnauthorized, "fault upstream_unauthorized"},
		"4 before 10":                     {401, `{"userMessage":"No."}`, RuleUnauthorized, "fault upstream_unauthorized"},
		"5 before 7":                      {503, `{"action":"ShowBlockPage","userMessage":"No."}`, RuleAction, "block No."},
		"5 before 8":                      {429, `{"action":"ValidationError","userMessage":"Slower."}`, RuleAction, "invalid Slower."},
		"5 before 14":                     {200, `{"action":"Continue","success":false,"city":"X"}`, RuleAction, `continue {"action":"Continue","city":"X","success":false}`},
		"5 before 16":                     {204, `{"action":"ShowBlockPage","userMessage":"No."}`, RuleAction, "block No."},
		"6 client under 200":              {200, client, RuleSOAPFault, "invalid Wrong code"},
		"6 client under 500":              {500, client, RuleSOAPFault, "invalid Wrong code"},
		"6 client under 429":              {429, client, RuleSOAPFault, "invalid Wrong code"},
		"6 client under 404":              {404, client, RuleSOAPFault, "invalid Wrong code"},
		"6 server under 200":              {200, server, RuleSOAPFault, "fault upstream_error"},
		"6 server under 400":              {400, server, RuleSOAPFault, "fault upstream_error"},
		"7 with a message":                {500, `{"userMessage":"No."}`, RuleServerError, "fault upstream_error"},
		"7 with a refusal":                {502, `{"success":false,"message":"No."}`, RuleServerError, "fault upstream_error"},
		"7 before 9":                      {500, page, RuleServerError, "fault upstream_error"},
		"8 before 9":                      {429, page, RuleOverloaded, "fault overloaded"},
		"8 before 10":                     {408, `{"userMessage":"No."}`, RuleOverloaded, "fault overloaded"},
		"9 under 400":                     {400, page, RuleGatewayPage, "fault gateway_page"},
		"9 under 403":                     {403, page, RuleGatewayPage, "fault gateway_page"},
		"9 under 404":                     {404, page, RuleGatewayPage, "fault gateway_page"},
		"10 under 400":                    {400, `{"userMessage":"No."}`, RuleUserMessage, "invalid No."},
		"10 before 12":                    {403, `{"userMessage":"No."}`, RuleUserMessage, "invalid No."},
		"10 before 13":                    {404, `{"userMessage":"No."}`, RuleUserMessage, "invalid No."},
		"10 in another letter case":       {418, `{"UserMESSAGE":"No."}`, RuleUserMessage, "invalid No."},
		"10 not for an empty one":         {404, `{"userMessage":""}`, RuleRejected, "fault upstream_rejected"},
		"10 not for null":                 {403, `{"userMessage":null}`, RuleForbidden, "fault upstream_unauthorized"},
		"10 before other texts":           {400, `{"message":"Other.","userMessage":"No."}`, RuleUserMessage, "invalid No."},
		"10 several":                      {400, `{"userMessage":["No.","Never.","No."]}`, RuleUserMessage, "invalid No. Never."},
		"12 with a hollow text":           {403, `{"message":"Forbidden"}`, RuleForbidden, "fault upstream_unauthorized"},
		"12 with a text of its own":       {403, `{"message":"You are on our list."}`, RuleForbidden, "block You are on our list."},
		"12 gone":                         {410, `{"message":"Gone"}`, RuleForbidden, "block "},
		"13 with a text":                  {404, `{"message":"No such loyalty number."}`, RuleRejected, "fault upstream_rejected"},
		"14 status is a number":           {200, `{"status":400,"message":"No."}`, RuleSaysNo, "invalid No."},
		"14 status of 399":                {200, `{"status":399}`, RuleClaims, `continue {"status":399}`},
		"14 a status of 1e3":              {200, `{"status":1e3}`, RuleSaysNo, "invalid "},
		"14 a status beyond all doubles":  {200, `{"status":1e999}`, RuleSaysNo, "invalid "},
		"14 status as a string of digits": {200, `{"status":"409"}`, RuleSaysNo, "invalid "},
		"14 three letters are no digits":  {200, `{"status":"inf"}`, RuleClaims, `continue {"status":"inf"}`},
		"14 nor is an exponent":           {200, `{"status":"1e9"}`, RuleClaims, `continue {"status":"1e9"}`},
		"14 a word":                       {200, `{"status":"active"}`, RuleClaims, `continue {"status":"active"}`},
		"14 success is false":             {200, `{"success":false,"message":"No."}`, RuleSaysNo, "invalid No."},
		"14 success in another case":      {201, `{"Success":false,"Message":"No."}`, RuleSaysNo, "invalid No."},
		"14 success is true":              {200, `{"success":true}`, RuleClaims, `continue {"success":true}`},
		"14 success is null":              {200, `{"success":null}`, RuleClaims, `continue {}`},
		"14 errors in a list":             {200, `{"errors":["No."]}`, RuleSaysNo, "invalid No."},
		"14 errors in a map":              {200, `{"errors":{"email":["is taken"]}}`, RuleSaysNo, "invalid Email is taken"},
		"14 errors as a text":             {200, `{"errors":"No."}`, RuleSaysNo, "invalid No."},
		"14 no errors in a list":          {200, `{"errors":[],"a":1}`, RuleClaims, `continue {"a":1,"errors":[]}`},
		"14 no errors in a map":           {200, `{"errors":{},"a":1}`, RuleClaims, `continue {"a":1,"errors":{}}`},
		"14 error is a text":              {200, `{"error":"No."}`, RuleSaysNo, "invalid No."},
		"14 error is an object":           {200, `{"error":{"message":"No."}}`, RuleSaysNo, "invalid No."},
		"14 error is empty":               {200, `{"error":"","a":1}`, RuleClaims, `continue {"a":1,"error":""}`},
		"14 error is null":                {200, `{"error":null,"a":1}`, RuleClaims, `continue {"a":1}`},
		"15 claims":                       {200, `{"b":"x","a":1.0,"n":null,"o":{"z":null,"y":[null,1],"e":[],"d":[[null]]},"l":[]}`, RuleClaims, `continue {"a":1.0,"b":"x","l":[],"o":{"y":[1]}}`},
		"15 no claims":                    {299, `{}`, RuleClaims, `continue {}`},
		"16 only white space":             {200, " \r\n\t", RuleEmpty, `continue {}`},
		"16 null":                         {200, ` null `, RuleEmpty, `continue {}`},
		"16 empty string":                 {202, `""`, RuleEmpty, `continue {}`},
		"16 a body under 204":             {204, `{"a":1}`, RuleEmpty, `continue {}`},
		"17 a list":                       {200, `[{"a":1}]`, RuleUnreadable, "fault unreadable"},
		"17 true":                         {200, `true`, RuleUnreadable, "fault unreadable"},
		"17 a number":                     {200, `1`, RuleUnreadable, "fault unreadable"},
		"17 a text":                       {200, `"ok"`, RuleUnreadable, "fault unreadable"},
		"17 plain text":                   {200, `OK`, RuleUnreadable, "fault unreadable"},
		"17 a page":                       {200, page, RuleUnreadable, "fault unreadable"},
		"17 SOAP without a fault":         {200, `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body/></s:Envelope>`, RuleUnreadable, "fault unreadable"},
		"17 broken JSON":                  {200, `{"action":"Continue"`, RuleUnreadable, "fault unreadable"},
		"17 two objects":                  {200, `{"a":1}{"b":2}`, RuleUnreadable, "fault unreadable"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, contentType := range []string{"", "application/json", "application/octet-stream"} {
				f := judge.Answer(answer(tt.status, contentType, tt.body))
				assert.Equal(t, tt.want, told(f.Verdict), contentType)
				assert.Equal(t, tt.rule, f.Rule, contentType)
			}
		})
	}
}

func TestFailed(t *testing.T) {
	t.Parallel()
	for _, reason := range []verdict.Reason{verdict.Timeout, verdict.Unreachable, verdict.Truncated, verdict.TooLarge, verdict.Internal, verdict.NoHandler} {
		assert.Equal(t, Finding{Verdict: verdict.Fault{Reason: reason}, Rule: RuleNoAnswer, Format: FormatNone}, Failed(reason))
	}
}

func TestRuleAndFormatWords(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "2 no_answer", RuleNoAnswer.String())
	assert.Equal(t, "17 unreadable", RuleUnreadable.String())
	for r := RuleNoAnswer; r <= RuleUnreadable; r++ {
		assert.NotEmpty(t, r.Name())
		assert.NotEmpty(t, r.Applies())
	}
	seen := make(map[string]bool)
	for _, f := range Formats() {
		assert.NotEmpty(t, f.String())
		seen[f.String()] = true
	}
	assert.Len(t, seen, len(Formats()))
}
