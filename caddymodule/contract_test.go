package caddymodule

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/claims"
	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/protocol"
	"github.com/gatehouse-proxy/gatehouse/internal/contract"
)

// The law of the product: an authenticated call gets an answer that its protocol
// defines, whatever the call and whatever the upstream's answer. It is checked by
// a second, independent reading of the contract.

// conforms serves one call and checks what leaves. A call that cannot be read may
// be one before the token, so that it may be halted at no known step.
func conforms(t require.TestingT, c *Connector, r *http.Request, step string, readable bool, next caddyhttp.HandlerFunc) {
	w := httptest.NewRecorder()
	require.NoError(t, c.ServeHTTP(w, prepare(r), next))
	x, err := contract.FromResponse(contract.Protocol(c.Protocol), w.Result())
	require.NoError(t, err)
	x.Step, x.HaltConfigured = step, !readable
	_, err = contract.Check(x)
	require.NoError(t, err, "%d %s", w.Code, w.Body)
}

func bothProtocols(tb testing.TB) []*Connector {
	tb.Helper()
	return []*Connector{provisioned(tb, "cache off"), provisioned(tb, "cache off\nprotocol b2c_custom_policy\nrequest {\n claim_header lang\n}")}
}

var someSteps = []string{"", "PostFederationSignup", "PostAttributeCollection", "PreTokenIssuance", "PreTokenApplicationClaims", "pretokenissuance", "Later"}

func callAt(step string) *http.Request {
	body := `{"email":"a@example.com"}`
	if step != "" {
		body = `{"email":"a@example.com","step":"` + step + `"}`
	}
	r := httptest.NewRequest(http.MethodPost, "https://api.example.com/signup", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.SetBasicAuth("b2c", testSecret)
	return r
}

func TestAnyUpstreamAnswerLeavesAsTheContractHasIt(t *testing.T) {
	t.Parallel()
	connectors := bothProtocols(t)
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.SampledFrom(connectors).Draw(t, "connector")
		step := ""
		if len(c.dialect.Steps()) > 1 {
			step = rapid.SampledFrom(someSteps).Draw(t, "step")
		}
		status := rapid.IntRange(100, 599).Draw(t, "status")
		contentType := rapid.SampledFrom([]string{"", "application/json", "text/html", "text/plain; charset=iso-8859-1", "application/problem+json", "text/xml", "nonsense;;"}).Draw(t, "type")
		body := upstreamBody().Draw(t, "body")
		conforms(t, c, callAt(step), step, true, answering(status, contentType, body))
	})
}

// upstreamBody yields JSON with the contract's words in odd places, and text.
func upstreamBody() *rapid.Generator[string] {
	scalar := rapid.OneOf(
		rapid.SampledFrom([]string{"null", "true", "false", "0", "400", "409", "-1.5e300", `""`, `"400"`, `"Continue"`, `"showblockpage"`, `"ValidationError"`, `"Allow"`, `"1.0.0"`, "[]", "{}", "[null]", `["a",1]`, `{"a":null}`}),
		rapid.Custom(func(t *rapid.T) string { return string(claims.Quote(rapid.String().Draw(t, "text"))) }),
	)
	name := rapid.OneOf(
		rapid.SampledFrom([]string{"version", "status", "action", "Action", "userMessage", "UserMessage", "code", "email", "extension_X", "errors", "error", "success", "detail", "message", "title", "type"}),
		rapid.String(),
	)
	object := rapid.Custom(func(t *rapid.T) string {
		var members []string
		for range rapid.IntRange(0, 6).Draw(t, "members") {
			members = append(members, string(claims.Quote(name.Draw(t, "name")))+":"+scalar.Draw(t, "value"))
		}
		return "{" + strings.Join(members, ",") + rapid.SampledFrom([]string{"}", ",}", "} // done", "", "}}"}).Draw(t, "end")
	})
	return rapid.OneOf(object, object, scalar, rapid.String(), rapid.SampledFrom([]string{"<html><body>no</body></html>", "<?xml version='1.0'?><a/>"}))
}

func FuzzAnswerOfTheUpstream(f *testing.F) {
	connectors := bothProtocols(f)
	f.Add(409, "application/json", `{"userMessage":"no"}`, uint8(0))
	f.Add(200, "", `{"action":"ShowBlockPage","userMessage":{"en":"no"}}`, uint8(3))
	f.Add(403, "text/plain", "no\x00<b>way</b>", uint8(1))
	f.Fuzz(func(t *testing.T, status int, contentType, body string, at uint8) {
		if status < 100 || status > 599 || strings.ContainsAny(contentType, "\r\n\x00") {
			t.Skip("no HTTP answer")
		}
		step := someSteps[int(at)%len(someSteps)]
		conforms(t, connectors[0], callAt(step), step, true, answering(status, contentType, body))
		conforms(t, connectors[1], callAt(""), "", true, answering(status, contentType, body))
	})
}

func FuzzCall(f *testing.F) {
	connectors := bothProtocols(f)
	f.Add("POST", "", "application/json", exampleCall)
	f.Add("POST", "code=1", "application/x-www-form-urlencoded", "email=a%40b.c&email=d")
	f.Add("GET", "loyaltyId=1&loyaltyId=%ff", "", "")
	f.Add("POST", "", "application/json", `{"step":"PreTokenApplicationClaims","a":[{}]}`)
	f.Fuzz(func(t *testing.T, method, query, contentType, body string) {
		if method != http.MethodGet {
			method = http.MethodPost
		}
		for _, c := range connectors {
			if method == http.MethodGet && len(c.dialect.Methods()) == 1 {
				continue // a refusal, and no call
			}
			r := httptest.NewRequest(method, "https://api.example.com/signup", strings.NewReader(body))
			r.URL.RawQuery = query
			r.Header["Content-Type"] = []string{contentType}
			r.SetBasicAuth("b2c", testSecret)
			step := ""
			call, err := c.dialect.Read(protocol.Request{Method: method, Query: query, Header: r.Header, Body: []byte(body)})
			if err == nil {
				step = call.Step.String()
			}
			conforms(t, c, r, step, err == nil, answering(http.StatusOK, "application/json", `{"a":"b","email":"c"}`))
		}
	})
}
