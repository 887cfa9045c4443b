package hardening_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// TestQ16_EveryPartOfACallIsInItsKey: does somebody get the verdict on another
// call? CWE-524, CWE-488; a separator that a value can hold made two of Mercure's
// keys one. Answer: whatever the upstream is told is in the key, field by field
// with its length; that the key is injective is a property test beside the code,
// in caddymodule/internal/memo. Here each part is moved into its neighbour.
func TestQ16_EveryPartOfACallIsInItsKey(t *testing.T) {
	t.Parallel()
	upstream := gatehouse.Answering(t, http.StatusOK, `{}`)
	g := gatehouse.Start(t, connector(upstream.Address(), "cache", "request {\n forward_header X-Tenant X-Region\n }"))
	tenant := func(value string) gatehouse.CallOption { return gatehouse.Header("X-Tenant", value) }
	region := func(value string) gatehouse.CallOption { return gatehouse.Header("X-Region", value) }
	for i, c := range []struct {
		path, body string
		options    []gatehouse.CallOption
	}{
		{"/a", `{"a":"b"}`, nil},
		{"/a?b", `{"a":"b"}`, nil},
		{"/a%3Fb", `{"a":"b"}`, nil},
		{"/a?b=", `{"a":"b"}`, nil},
		{"/a?b=&", `{"a":"b"}`, nil},
		{"/a/", `{"a":"b"}`, nil},
		{"//a", `{"a":"b"}`, nil},
		{"/A", `{"a":"b"}`, nil},
		{"/a%00", `{"a":"b"}`, nil},
		{"/a", `{"a":"b\u0000"}`, nil},
		{"/a", `{"a":"","ab":"c"}`, nil},
		{"/a", `{"ab":"","abc":"d"}`, nil},
		{"/a", `{"a":"\",\"ab\":\"c"}`, nil},
		{"/a", `{"a":{"b":"c"}}`, nil},
		{"/a", `{"a":"{\"b\":\"c\"}"}`, nil},
		{"/a", `{"a":["b","c"]}`, nil},
		{"/a", `{"a":["c","b"]}`, nil},
		{"/a", `{"a":["bc"]}`, nil},
		{"/a", `{"a":"b"}`, []gatehouse.CallOption{tenant("x")}},
		{"/a", `{"a":"b"}`, []gatehouse.CallOption{tenant("xy")}},
		{"/a", `{"a":"b"}`, []gatehouse.CallOption{region("x")}},
		{"/a", `{"a":"b"}`, []gatehouse.CallOption{tenant("x"), region("y")}},
		{"/a", `{"a":"b"}`, []gatehouse.CallOption{tenant("y"), region("x")}},
		{"/a", `{"a":"b"}`, []gatehouse.CallOption{tenant("xX-Regiony")}},
		{"/a", `{"a":"b","step":"PreTokenIssuance"}`, nil},
		{"/a", `{"a":"b","step":"PostFederationSignup"}`, nil},
		{"/a", `{"a":"b","step":"Something"}`, nil},
		{"/a", `{"a":"b","ui_locales":"de"}`, nil},
		{"/a", `{"a":"b","ui_locales":"de-CH"}`, nil},
		{"/a", `{"a":"b","extension_0123456789abcdef0123456789abcdef_X":"1"}`, nil},
		{"/a", `{"a":"b","extension_fedcba9876543210fedcba9876543210_X":"1"}`, nil},
	} {
		name := fmt.Sprintf("%s %s, number %d", c.path, c.body, i)
		for range 2 {
			g.Post(t, c.path, c.body, append([]gatehouse.CallOption{basic}, c.options...)...)
			assert.Equal(t, i+1, upstream.Calls(), name)
		}
	}
	keys := make(map[string]bool)
	for _, received := range upstream.Received() {
		keys[received.Header.Get("Idempotency-Key")] = true
	}
	assert.Len(t, keys, upstream.Calls())
	for _, name := range []string{"fabrikam", "Tenant"} {
		assert.NotContains(t, fmt.Sprint(keys), name, "a key is no text of the call")
	}
}

// TestQ17_NobodySharesAVerdict: does one connector, account or host get what
// another asked for? CWE-668, CWE-639. Answer: never; each is in the key, and two
// connectors that look the same have two memos.
func TestQ17_NobodySharesAVerdict(t *testing.T) {
	t.Parallel()
	upstream := gatehouse.Answering(t, http.StatusOK, `{}`)
	twin := `
		api_connector {
			auth {
				basic one plain:` + secret + `
				basic two plain:` + secret + `
			}
			cache
		}
		reverse_proxy ` + upstream.Address()
	g := gatehouse.Start(t, `
	@left header X-Side left
	handle @left {
		`+twin+`
	}
	handle {
		`+twin+`
	}
`)
	calls := 0
	for _, side := range []string{"left", "right"} {
		for _, account := range []string{"one", "two"} {
			calls++
			for range 2 {
				g.Post(t, "/", call, gatehouse.Basic(account, secret), gatehouse.Header("X-Side", side))
				assert.Equal(t, calls, upstream.Calls(), "%s, %s", side, account)
			}
		}
	}
	// Another spelling of the host goes upstream as it came.
	g.Raw(t, "POST / HTTP/1.1\r\nHost: LOCALHOST\r\nContent-Type: application/json\r\nAuthorization: Basic "+encoded("one:"+secret)+
		fmt.Sprintf("\r\nContent-Length: %d\r\n\r\n%s", len(call), call))
	assert.Equal(t, calls+1, upstream.Calls(), "another host")
}

// TestQ18_WhatIsNotInTheKeyDoesNotReachTheUpstream: can a caller plant a verdict
// for others by an input that is not in the key? CWE-349, CWE-444 (web cache
// poisoning). Answer: the differential test: each header, varied, is either in
// the key or changes no byte of what the upstream gets.
func TestQ18_WhatIsNotInTheKeyDoesNotReachTheUpstream(t *testing.T) {
	t.Parallel()
	up := newWire(t)
	remembering := gatehouse.Start(t, connector(up.address(), "cache", "request {\n forward_header X-Tenant\n }"))
	off := newWire(t)
	asking := gatehouse.Start(t, connector(off.address(), "cache off", "request {\n forward_header X-Tenant\n }"))
	// As net/http's client would not send some of them, the call is made by hand.
	send := func(g *gatehouse.Process, header string) {
		g.Raw(t, "POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAuthorization: "+authorization+
			"\r\n"+header+"Content-Length: 7\r\n\r\n{\"a\":1}")
	}
	send(asking, "")
	plain := off.received()[0]
	// The Idempotency-Key is the key itself, and so shows whether it differs. It
	// also names the configuration, so each process has its own.
	send(remembering, "")
	key := up.received()[0].lines("Idempotency-Key")
	varied := 0
	for _, name := range append([]string{
		"X-Tenant", "Host-Override", "X-Forwarded-Scheme", "X-Wap-Profile", "Cache-Control", "Pragma", "If-None-Match", "X-Request-Id",
		"Traceparent", "Tracestate", "Baggage", "Content-Language", "Content-Location", "Content-MD5", "Digest", "Date", "From", "DNT", "X-Canary",
	}, identityHeaders...) {
		switch name {
		case "Authorization", "Expect", "Trailer", "TE":
			continue // the first is the account's, Q17; the others net/http's
		}
		for _, value := range []string{"one", "two"} {
			varied++
			before, beforeUp := len(off.received()), len(up.received())
			send(asking, name+": "+value+"\r\n")
			send(remembering, name+": "+value+"\r\n")
			got := off.received()[before]
			if got.head == plain.head && got.body == plain.body {
				assert.Len(t, up.received(), beforeUp, "%s: %s is not in the key, so the verdict is the same", name, value)
				continue
			}
			assert.Equal(t, "X-Tenant", name, "%s: %s reaches the upstream", name, value)
			assert.NotEqual(t, plain.lines("Idempotency-Key"), got.lines("Idempotency-Key"), name)
			assert.Len(t, up.received(), beforeUp+1)
			assert.NotEqual(t, key, up.received()[beforeUp].lines("Idempotency-Key"))
		}
	}
	assert.Greater(t, varied, 100)
}

// TestQ19_NothingOfAFaultIsKept: does a failure of the validator outlive itself,
// or an answer that says not to store it? CWE-524. Answer: of a fault, whatever
// its reason, nothing is remembered; and every answer that leaves forbids others
// to store it.
func TestQ19_NothingOfAFaultIsKept(t *testing.T) {
	t.Parallel()
	answers := map[string]struct {
		status int
		body   string
	}{
		"500": {500, `{}`}, "502": {502, ""}, "503": {503, ""}, "504": {504, ""}, "401": {401, `{}`}, "403": {403, ""}, "407": {407, ""},
		"408": {408, ""}, "425": {425, ""}, "429": {429, ""}, "404": {404, ""}, "405": {405, ""}, "302": {302, ""}, "304": {304, ""},
		"page": {200, "<html></html>"}, "list": {200, "[]"}, "half": {200, `{"a":`}, "action": {200, `{"action":"Proceed"}`},
		"contradiction": {400, `{"action":"Continue"}`}, "large": {200, `{"a":"` + strings.Repeat("x", 70_000) + `"}`},
	}
	upstream := gatehouse.NewUpstream(t, func(w http.ResponseWriter, r *http.Request) {
		answer := answers[strings.TrimPrefix(r.URL.Path, "/")]
		w.Header().Set("Cache-Control", "public, max-age=600")
		w.WriteHeader(answer.status)
		_, _ = io.WriteString(w, answer.body)
	})
	g := gatehouse.Start(t, connector(upstream.Address(), "cache {\n ttl 1h\n }"))
	calls := 0
	for name := range answers {
		for range 2 {
			calls++
			answer := g.Post(t, "/"+name, call, basic)
			assert.Equal(t, fault, answer.Message, name)
			assert.Equal(t, calls, upstream.Calls(), name)
		}
	}
	g.AssertMetric(t, 0, "gatehouse_cache_entries", nil)
	g.AssertMetric(t, float64(calls), "gatehouse_faults_total", nil)
}
