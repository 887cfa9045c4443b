package mainjob_test

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/internal/contract"
	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

func TestSecondIdenticalCallIsAnsweredFromMemory(t *testing.T) {
	t.Parallel()
	for name, upstream := range map[string]*gatehouse.Upstream{
		"continue": gatehouse.Answering(t, http.StatusOK, `{"promoCode":"24534"}`),
		"block":    gatehouse.Answering(t, http.StatusOK, seedBlock),
		"invalid":  gatehouse.Answering(t, http.StatusBadRequest, seedInvalid),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := gatehouse.Start(t, connector(upstream.Address()))
			first := g.Post(t, "/", callBeforeCreation, basic)
			second := g.Post(t, "/", callBeforeCreation, basic)
			assert.Equal(t, first.Exchange.Status, second.Exchange.Status)
			assert.Equal(t, string(first.Exchange.Body), string(second.Exchange.Body))
			assert.NotEqual(t, first.Exchange.Header["X-Request-Id"], second.Exchange.Header["X-Request-Id"])
			assert.Equal(t, 1, upstream.Calls())
			g.AssertMetric(t, 1, "gatehouse_requests_total", gatehouse.Labels{"step": attributes, "answer": name, "source": "upstream"})
			g.AssertMetric(t, 1, "gatehouse_requests_total", gatehouse.Labels{"step": attributes, "answer": name, "source": "cache"})
			g.AssertMetric(t, 1, "gatehouse_cache_entries", nil)
		})
	}
}

// spellings are ways to say one thing; canonical is how the upstream hears it.
var spellings = map[string]string{
	"as documented":          `{"email":"john@fabrikam.com","displayName":"José Ångström","surname":"Ångström","step":"PostAttributeCollection","client_id":"93fd07aa","ui_locales":"en-US"}`,
	"another order":          `{"ui_locales":"en-US","client_id":"93fd07aa","surname":"Ångström","step":"PostAttributeCollection","displayName":"José Ångström","email":"john@fabrikam.com"}`,
	"white space":            "\t{ \"email\" : \"john@fabrikam.com\" ,\r\n\"displayName\":\"José Ångström\",\"surname\":\"Ångström\",\"step\":\"PostAttributeCollection\",\"client_id\":\"93fd07aa\",\"ui_locales\":\"en-US\" }\n",
	"a byte order mark":      "\ufeff" + `{"email":"john@fabrikam.com","displayName":"José Ångström","surname":"Ångström","step":"PostAttributeCollection","client_id":"93fd07aa","ui_locales":"en-US"}`,
	"the domain's case":      `{"email":"john@Fabrikam.COM","displayName":"José Ångström","surname":"Ångström","step":"PostAttributeCollection","client_id":"93fd07aa","ui_locales":"en-US"}`,
	"clientId":               `{"email":"john@fabrikam.com","displayName":"José Ångström","surname":"Ångström","step":"PostAttributeCollection","clientId":"93fd07aa","ui_locales":"en-US"}`,
	"lastName":               `{"email":"john@fabrikam.com","displayName":"José Ångström","lastName":"Ångström","step":"PostAttributeCollection","client_id":"93fd07aa","ui_locales":"en-US"}`,
	"NFD":                    `{"email":"john@fabrikam.com","displayName":"Jose` + "\u0301 A\u030angstro\u0308m" + `","surname":"A` + "\u030angstro\u0308m" + `","step":"PostAttributeCollection","client_id":"93fd07aa","ui_locales":"en-US"}`,
	"escapes":                `{"email":"john\u0040fabrikam.com","displayName":"Jos\u00e9 \u00c5ngstr\u00f6m","surname":"\u00c5ngstr\u00f6m","step":"PostAttributeCollection","client_id":"93fd07aa","ui_locales":"en-US"}`,
	"null":                   `{"email":"john@fabrikam.com","displayName":"José Ångström","surname":"Ångström","step":"PostAttributeCollection","client_id":"93fd07aa","ui_locales":"en-US","city":null}`,
	"empty":                  `{"email":"john@fabrikam.com","displayName":"José Ångström","surname":"Ångström","step":"PostAttributeCollection","client_id":"93fd07aa","ui_locales":"en-US","city":""}`,
	"blank":                  `{"email":"john@fabrikam.com","displayName":"José Ångström","surname":"Ångström","step":"PostAttributeCollection","client_id":"93fd07aa","ui_locales":"en-US","city":"  "}`,
	"space around":           `{"email":" john@fabrikam.com ","displayName":"José Ångström\t","surname":"\nÅngström","step":"PostAttributeCollection","client_id":"93fd07aa","ui_locales":"en-US"}`,
	"the step's letter case": `{"email":"john@fabrikam.com","displayName":"José Ångström","surname":"Ångström","step":"postattributecollection","client_id":"93fd07aa","ui_locales":"en-US"}`,
}

const canonical = `{"client_id":"93fd07aa","displayName":"José Ångström","email":"john@fabrikam.com","step":"PostAttributeCollection","surname":"Ångström","ui_locales":"en-US"}`

func TestSpellingsOfOneCallAreOneUpstreamCall(t *testing.T) {
	t.Parallel()
	upstream := gatehouse.Answering(t, http.StatusOK, `{"promoCode":"24534"}`)
	g := gatehouse.Start(t, connector(upstream.Address()))
	for name, call := range spellings {
		answer := g.Post(t, "/", call, basic)
		assert.Equal(t, "24534", answer.Text("promoCode"), name)
		assert.Equal(t, 1, upstream.Calls(), name)
	}
	assert.Equal(t, canonical, upstream.Last(t).Body)
	g.AssertMetric(t, float64(len(spellings)-1), "gatehouse_requests_total", gatehouse.Labels{"source": "cache"})
}

// TestEverySpellingReachesTheUpstreamAsOne sends each spelling first, to a
// connector that remembers nothing: what is hashed is what is sent.
func TestEverySpellingReachesTheUpstreamAsOne(t *testing.T) {
	t.Parallel()
	upstream := gatehouse.Answering(t, http.StatusOK, `{}`)
	g := gatehouse.Start(t, connector(upstream.Address(), "cache off"))
	for _, call := range spellings {
		g.Post(t, "/api?code=x%20y", call, basic)
	}
	received := upstream.Received()
	require.Len(t, received, len(spellings), "`cache off` asks each time")
	for _, got := range received {
		assert.Equal(t, canonical, got.Body)
		assert.Equal(t, "/api?code=x%20y", got.URI)
		assert.NotEmpty(t, got.Header["Idempotency-Key"])
		assert.Equal(t, received[0].Header["Idempotency-Key"], got.Header["Idempotency-Key"])
	}
}

func TestDifferentCallsAreDifferentUpstreamCalls(t *testing.T) {
	t.Parallel()
	upstream := gatehouse.Answering(t, http.StatusOK, `{}`)
	g := gatehouse.Start(t, `
	api_connector {
		auth {
			basic b2c   plain:`+secret+`
			basic other plain:`+secret+`
		}
		request {
			forward_header X-Tenant
		}
	}
	reverse_proxy `+upstream.Address()+`
`)
	const call = `{"email":"john@fabrikam.com","points":1}`
	other := gatehouse.Basic("other", secret)
	for i, send := range []struct {
		name, path, body string
		options          []gatehouse.CallOption
	}{
		{"the first", "/", call, nil},
		{"another account", "/", call, []gatehouse.CallOption{other}},
		{"another path", "/a", call, nil},
		{"a path that differs only in its escape", "/%61", call, nil},
		{"another query", "/?a=1", call, nil},
		{"another forwarded header", "/", call, []gatehouse.CallOption{gatehouse.Header("X-Tenant", "one")}},
		{"another value of it", "/", call, []gatehouse.CallOption{gatehouse.Header("X-Tenant", "two")}},
		{"another case of the local part", "/", `{"email":"John@fabrikam.com","points":1}`, nil},
		{"a number in another spelling", "/", `{"email":"john@fabrikam.com","points":1.0}`, nil},
		{"a number as a string", "/", `{"email":"john@fabrikam.com","points":"1"}`, nil},
		{"one claim more", "/", `{"email":"john@fabrikam.com","points":1,"vip":false}`, nil},
		{"one claim fewer", "/", `{"email":"john@fabrikam.com"}`, nil},
		{"no claim", "/", `{}`, nil},
		{"a step", "/", `{"email":"john@fabrikam.com","points":1,"step":"PreTokenIssuance"}`, nil},
		{"another language", "/", `{"email":"john@fabrikam.com","points":1,"ui_locales":"fr-FR"}`, nil},
	} {
		options := append([]gatehouse.CallOption{basic}, send.options...)
		g.Post(t, send.path, send.body, options...)
		assert.Equal(t, i+1, upstream.Calls(), send.name)
		g.Post(t, send.path, send.body, options...)
		assert.Equal(t, i+1, upstream.Calls(), "%s, again", send.name)
	}
	keys := make(map[string]bool)
	for _, got := range upstream.Received() {
		keys[got.Header.Get("Idempotency-Key")] = true
	}
	assert.Len(t, keys, upstream.Calls(), "an Idempotency-Key stands for one call")
}

func TestNothingButTheCallReachesTheUpstream(t *testing.T) {
	t.Parallel()
	upstream := gatehouse.Answering(t, http.StatusOK, `{}`)
	g := gatehouse.Start(t, connector(upstream.Address()))
	options := []gatehouse.CallOption{basic}
	for name, value := range map[string]string{
		"Cookie": "session=1", "X-Forwarded-For": "192.0.2.1", "X-Forwarded-Host": "example.com",
		"X-Forwarded-Proto": "http", "Forwarded": "for=192.0.2.1", "X-Real-Ip": "192.0.2.1",
		"X-Arr-Clientcert": "MIIB", "Client-Cert": ":MIIB:", "Proxy-Authorization": "Basic eDp5",
		"Idempotency-Key": "chosen by the caller", "Accept-Language": "de", "User-Agent": "B2C",
		"Incremental": "?1", "Range": "bytes=0-1", "If-None-Match": `"1"`, "X-Custom": "1", "Traceparent": "00-1-1-00",
	} {
		options = append(options, gatehouse.Header(name, value))
	}
	g.Post(t, "/", `{"email":"john@Fabrikam.com", "ui_locales":"fr-CA en"}`, options...)

	got := upstream.Last(t)
	const want = `{"email":"john@fabrikam.com","ui_locales":"fr-CA en"}`
	assert.Equal(t, want, got.Body)
	assert.Equal(t, int64(len(want)), got.ContentLength)
	assert.Equal(t, strconv.Itoa(len(want)), got.Header.Get("Content-Length"))
	assert.Equal(t, []string{"application/json"}, got.Header["Content-Type"])
	assert.Equal(t, []string{"application/json"}, got.Header["Accept"])
	assert.Equal(t, []string{"Gatehouse"}, got.Header["User-Agent"])
	assert.Equal(t, []string{"fr-CA, en;q=0.9"}, got.Header["Accept-Language"])
	assert.NotContains(t, got.Header.Get("Idempotency-Key"), "chosen")
	for name := range got.Header {
		assert.Truef(t, slices.Contains(ofTheCall, name), "%s: %q reaches the upstream", name, got.Header[name])
	}
	assert.NotContains(t, fmt.Sprint(got.Header), "192.0.2.1")
	assert.NotContains(t, fmt.Sprint(got.Header), "127.0.0.1", "the caller's address is not in the key")
}

// ofTheCall are the headers that an upstream gets. Via and Accept-Encoding are
// the reverse proxy's own.
var ofTheCall = []string{
	"Accept", "Accept-Encoding", "Accept-Language", "Content-Length", "Content-Type", "Idempotency-Key", "User-Agent", "Via",
}

// TestPasswordsAreNeverRemembered: a verdict on a password must not outlive the
// call, and the password reaches the upstream to the byte.
func TestPasswordsAreNeverRemembered(t *testing.T) {
	t.Parallel()
	upstream := gatehouse.Answering(t, http.StatusOK, `{}`)
	g := gatehouse.Start(t, connector(upstream.Address(), "protocol b2c_custom_policy", "cache"))
	const call = `{"password":"  Jose` + "\u0301" + ` ","signInName":"john"}`
	for range 2 {
		g.Post(t, "/", call, basic, gatehouse.Protocol(contract.CustomPolicy))
	}
	assert.Equal(t, 2, upstream.Calls())
	assert.Equal(t, call, upstream.Last(t).Body)
	assert.NotContains(t, g.Logs(), "Jose")
	g.AssertMetric(t, 0, "gatehouse_cache_entries", nil)
}

func TestNothingPersonalIsLogged(t *testing.T) {
	t.Parallel()
	upstream := gatehouse.Answering(t, http.StatusBadRequest, `{"userMessage":"Unknown loyalty number loyal8812."}`)
	g := gatehouse.Start(t, connector(upstream.Address())+"\nlog\n")
	g.Post(t, "/", `{"email":"johnsmith@fabrikam.com","loyaltyId":"loyal8812"}`, basic) // no id has these letters
	g.Post(t, "/", `{"email":"johnsmith@fabrikam.com","loyaltyId":`, basic, gatehouse.Unread())
	require.True(t, gatehouse.Await(func() bool { return strings.Contains(g.Logs(), "request refused") }))
	for _, personal := range []string{"johnsmith", "fabrikam", "loyal8812", "Unknown loyalty", secret, encoded("b2c:" + secret)} {
		assert.NotContains(t, g.Logs(), personal)
	}
}
