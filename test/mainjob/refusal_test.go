package mainjob_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/internal/contract"
	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

func TestUnreadableCallsGetAnAnswerOfTheProtocol(t *testing.T) {
	t.Parallel()
	upstream := gatehouse.Answering(t, http.StatusOK, `{}`)
	g := gatehouse.Start(t, `
	handle /flow {
		`+connector(upstream.Address(), "name flow")+`
	}
	handle /policy {
		`+connector(upstream.Address(), "name policy", "protocol b2c_custom_policy")+`
	}
`)
	var compressed bytes.Buffer
	zip := gzip.NewWriter(&compressed)
	_, err := zip.Write([]byte(callBeforeCreation))
	require.NoError(t, err)
	require.NoError(t, zip.Close())
	as := func(contentType string) gatehouse.CallOption { return gatehouse.Header("Content-Type", contentType) }
	long := `{"email":"` + strings.Repeat("a", 64<<10) + `@fabrikam.com"}`

	counts := make(map[string]float64)
	for _, c := range []struct {
		name, reason, body string
		options            []gatehouse.CallOption
	}{
		{"empty", "malformed", "", nil},
		{"white space", "malformed", "  \n", nil},
		{"null", "malformed", "null", nil},
		{"list", "malformed", `[{"email":"a@example.com"}]`, nil},
		{"string", "malformed", `"email"`, nil},
		{"cut off", "malformed", `{"email":"a@exam`, nil},
		{"trailing data", "malformed", `{"email":"a@example.com"}{}`, nil},
		{"trailing comma", "malformed", `{"email":"a@example.com",}`, nil},
		{"comment", "malformed", `{/*a*/"email":"a@example.com"}`, nil},
		{"one name twice", "malformed", `{"email":"a@example.com","email":"b@example.com"}`, nil},
		{"one name twice, spelled by an escape", "malformed", `{"email":"a@example.com","emai\u006c":"b@example.com"}`, nil},
		{"invalid UTF-8", "malformed", "{\"email\":\"\xff@example.com\"}", nil},
		{"half a surrogate pair", "malformed", `{"email":"\ud800@example.com"}`, nil},
		{"UTF-16", "malformed", "\xff\xfe{\x00}\x00", nil},
		{"no number", "malformed", `{"points":NaN}`, nil},
		{"deep", "malformed", strings.Repeat(`{"a":`, 5000) + "1" + strings.Repeat("}", 5000), nil},
		{"too large", "body_too_large", long, nil},
		{"text", "unsupported_type", `{"email":"a@example.com"}`, []gatehouse.CallOption{as("text/plain")}},
		{"XML", "unsupported_type", `<email/>`, []gatehouse.CallOption{as("application/xml")}},
		{"another charset", "unsupported_type", `{}`, []gatehouse.CallOption{as("application/json; charset=utf-16")}},
		{"a broken type", "unsupported_type", `{}`, []gatehouse.CallOption{as("application/")}},
		{"compressed", "unsupported_type", compressed.String(), []gatehouse.CallOption{gatehouse.Header("Content-Encoding", "gzip")}},
		{"compressed twice", "unsupported_type", `{}`, []gatehouse.CallOption{gatehouse.Header("Content-Encoding", "br, gzip")}},
	} {
		t.Run(c.name, func(t *testing.T) { // one after the other: they share a counter
			options := append([]gatehouse.CallOption{basic, gatehouse.Unread()}, c.options...)
			answer := g.Post(t, "/flow", c.body, options...)
			assert.Equal(t, contract.Invalid, answer.Kind)
			assert.Equal(t, defaultFault, answer.Message)
			answer = g.Post(t, "/policy", c.body, append(options, gatehouse.Protocol(contract.CustomPolicy))...)
			assert.Equal(t, contract.Halt, answer.Kind)
			counts[c.reason]++
			for _, connector := range []string{"flow", "policy"} {
				g.AssertMetric(t, counts[c.reason], "gatehouse_refusals_total", gatehouse.Labels{"connector": connector, "reason": c.reason})
			}
		})
	}
	assert.Zero(t, upstream.Calls())
	for _, readable := range []string{"application/json; charset=UTF-8", "application/json;odata.metadata=minimal", ""} {
		assert.Equal(t, contract.Continue, g.Post(t, "/flow", callBeforeCreation, basic, as(readable)).Kind, readable)
	}
}

// TestUnreadableCallsAreNotLetInByOnFaultContinue: somebody who signs up chooses
// the length of a claim and so whether the call can be read. Of a call that was
// not read nobody knows the step, and before the token a continue lets in.
func TestUnreadableCallsAreNotLetInByOnFaultContinue(t *testing.T) {
	t.Parallel()
	upstream := gatehouse.Answering(t, http.StatusConflict, `{"userMessage":"No."}`)
	g := gatehouse.Start(t, connector(upstream.Address(), "on_fault continue"))
	for name, body := range map[string]string{
		"too large": `{"step":"PreTokenIssuance","city":"` + strings.Repeat("a", 64<<10) + `"}`,
		"malformed": `{"step":"PreTokenIssuance","city":"\ud800"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer := g.Post(t, "/", body, basic, gatehouse.HaltConfigured(), gatehouse.Unread())
			assert.NotEqual(t, contract.Continue, answer.Kind)
		})
	}
}

func TestBodyOfTheWrongLength(t *testing.T) {
	t.Parallel()
	upstream := gatehouse.Answering(t, http.StatusOK, `{}`)
	g := gatehouse.Start(t, connector(upstream.Address(), short))
	head := "POST / HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic " + encoded("b2c:"+secret) + "\r\n"
	for _, c := range []struct{ name, rest, reason string }{
		{"slow", "Content-Length: 100\r\n\r\n{\"email\":", "slow_sender"},
		{"slow in chunks", "Transfer-Encoding: chunked\r\n\r\n4\r\n{\"a\"\r\n", "slow_sender"},
		{"announced too large", "Content-Length: 1073741824\r\n\r\n", "body_too_large"},
		{"too large in chunks", "Transfer-Encoding: chunked\r\n\r\n20000\r\n" + strings.Repeat(" ", 0x20000) + "\r\n", "body_too_large"},
		{"broken chunks", "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n", "malformed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			answer := gatehouse.Judge(t, g.Raw(t, head+c.rest))
			assert.Equal(t, contract.Invalid, answer.Kind)
			assert.Less(t, answer.Exchange.Elapsed, 5*time.Second, "the provider has hung up by then")
		})
	}
	g.AssertMetric(t, 2, "gatehouse_refusals_total", gatehouse.Labels{"reason": "slow_sender"})
	g.AssertMetric(t, 2, "gatehouse_refusals_total", gatehouse.Labels{"reason": "body_too_large"})
	g.AssertMetric(t, 1, "gatehouse_refusals_total", gatehouse.Labels{"reason": "malformed"})
	assert.Zero(t, upstream.Calls())
}

func TestConfiguredSizes(t *testing.T) {
	t.Parallel()
	upstream := gatehouse.NewUpstream(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"city":"%s"}`, strings.Repeat("a", len(r.URL.Query().Get("pad"))))
	})
	g := gatehouse.Start(t, connector(upstream.Address(), "max_response 100B", "request {\n max_size 50B\n }"))
	exact := func(length int) string { return `{"a":"` + strings.Repeat("b", length-8) + `"}` }
	assert.Equal(t, contract.Continue, g.Post(t, "/", exact(50), basic).Kind)
	assert.Equal(t, contract.Invalid, g.Post(t, "/", exact(51), basic).Kind)
	g.AssertMetric(t, 1, "gatehouse_refusals_total", gatehouse.Labels{"reason": "body_too_large"})

	pad := func(length int) string { return "/?pad=" + strings.Repeat("x", length-len(`{"city":""}`)) }
	assert.Equal(t, contract.Continue, g.Post(t, pad(100), `{}`, basic).Kind)
	assert.Equal(t, contract.Invalid, g.Post(t, pad(101), `{}`, basic).Kind)
	g.AssertMetric(t, 1, "gatehouse_faults_total", gatehouse.Labels{"reason": "too_large"})
}
