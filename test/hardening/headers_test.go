package hardening_test

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/internal/contract"
	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// identityHeaders are those by which a validator behind a proxy may believe to
// know who calls, or from where.
var identityHeaders = []string{
	"X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Port", "X-Forwarded-Prefix", "X-Forwarded-User",
	"X-Forwarded-Email", "X-Forwarded-Client-Cert", "Forwarded", "X-Real-IP", "X-Client-IP", "True-Client-IP", "CF-Connecting-IP",
	"X-ARR-ClientCert", "X-MS-Client-Principal", "X-MS-Client-Principal-Id", "Client-Cert", "Client-Cert-Chain", "X-SSL-Client-Cert",
	"X-Remote-User", "Remote-User", "X-Authenticated-User", "X-User", "X-Original-URL", "X-Rewrite-URL", "X-HTTP-Method-Override",
	"X-Original-Host", "X-Host", "Authorization", "Proxy-Authorization", "Cookie", "Cookie2", "X-API-Key", "X-Functions-Key",
	"TE", "Keep-Alive", "Proxy-Connection", "Trailer", "Via", "Idempotency-Key", "Expect", "Range", "If-Match", "Max-Forwards",
	"Proxy", "Origin", "Referer", "Accept-Encoding", "User-Agent", "Accept", "Accept-Language", "Priority", "Early-Data",
}

// TestQ13_NoHeaderOfTheCallerReachesTheUpstream: can a caller pass for somebody
// else at the validator? CWE-290, CWE-348; Caddy's GO-2026-4639 (CVE-2026-30851)
// and GO-2026-5346: another spelling of a name passed for the header that the
// proxy sets. Answer: the header that goes up is a list of our own; nothing of the
// caller's is in it, under any spelling, nor can a Connection header take one of
// ours away. What `forward_header` names is the exception, and only that spelling.
func TestQ13_NoHeaderOfTheCallerReachesTheUpstream(t *testing.T) {
	t.Parallel()
	const canary = "canary-8812"
	up := newWire(t)
	g := gatehouse.Start(t, connector(up.address(), "cache off", "request {\n forward_header X-Tenant\n }"))
	spellings := []func(string) string{
		func(name string) string { return name },
		strings.ToLower,
		strings.ToUpper,
		func(name string) string { return strings.ReplaceAll(name, "-", "_") },
		func(name string) string { return strings.ReplaceAll(name, "-", ".") },
		func(name string) string { return "Http-" + name },
		func(name string) string { return name + "-" },
	}
	for i, spell := range spellings {
		var head strings.Builder
		for _, name := range identityHeaders {
			if slices.ContainsFunc([]string{"Authorization", "Expect", "Trailer", "TE"}, func(meant string) bool {
				return strings.EqualFold(spell(name), meant)
			}) {
				continue // these mean something here, see below
			}
			fmt.Fprintf(&head, "%[1]s: %[2]s\r\n%[1]s: %[2]s\r\n", spell(name), canary)
		}
		before := len(up.received())
		answer := g.Raw(t, "POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAuthorization: "+
			authorization+"\r\n"+head.String()+"Content-Length: 7\r\n\r\n{\"a\":1}")
		assert.Equal(t, contract.Continue, gatehouse.Judge(t, answer).Kind, "spelling %d", i)
		got := up.received()[before:]
		require.Len(t, got, 1)
		assertClean(t, fmt.Sprintf("spelling %d", i), got[0], "/a")
		assert.NotContains(t, got[0].head, canary)
	}
	for name, header := range map[string]string{
		"a token of ours in Connection":   "Connection: close, Idempotency-Key, Content-Type, Accept\r\n",
		"the same in lower case":          "connection: idempotency-key\r\nConnection: content-type\r\n",
		"a forwarded header in it":        "Connection: X-Tenant\r\n",
		"TE trailers":                     "TE: trailers\r\nConnection: TE\r\n",
		"an Expect that is met":           "Expect: 100-continue\r\n",
		"a trailer is announced":          "Trailer: Authorization\r\n",
		"a forwarded header spelled else": "X_Tenant: " + canary + "\r\nX.Tenant: " + canary + "\r\n",
	} {
		before := len(up.received())
		conn := g.Dial(t)
		_, err := io.WriteString(conn, "POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAuthorization: "+
			authorization+"\r\nX-Tenant: north\r\n"+header+"Content-Length: 7\r\n\r\n{\"a\":1}")
		require.NoError(t, err)
		if !strings.HasPrefix(header, "Expect") {
			gatehouse.ReadAnswer(t, conn, time.Now())
		}
		require.True(t, gatehouse.Await(func() bool { return len(up.received()) > before }), name)
		got := up.received()[before]
		assert.NotContains(t, got.head, canary, name)
		assert.Equal(t, []string{"north"}, got.lines("X-Tenant"), name)
		assert.Len(t, got.lines("Idempotency-Key"), 1, name)
		assert.Len(t, got.lines("Content-Type"), 1, name)
		for _, gone := range []string{"Connection", "Te", "Trailer", "Expect", "Authorization"} {
			assert.Empty(t, got.lines(gone), name)
		}
	}
}

// TestQ14_NothingOfTheRequestChoosesTheUpstream: can a call be sent elsewhere?
// CWE-918 (server-side request forgery), CWE-601. Answer: the address stands in
// the configuration; no Host, target, claim or header moves it, and a redirect of
// the validator is a fault and never followed. DNS is the operator's.
func TestQ14_NothingOfTheRequestChoosesTheUpstream(t *testing.T) {
	t.Parallel()
	elsewhere := gatehouse.Answering(t, http.StatusOK, `{"stolen":true}`)
	away := elsewhere.Address()
	up := newWire(t)
	redirecting := gatehouse.NewUpstream(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", "http://"+away+"/stolen")
		w.Header().Set("X-Accel-Redirect", "/etc/hostname")
		w.Header().Set("Refresh", "0; url=http://"+away)
		status := http.StatusTemporaryRedirect
		_, _ = fmt.Sscanf(r.URL.Path, "/redirect/%d", &status)
		w.WriteHeader(status)
	})
	g := gatehouse.Start(t, `
	handle /redirect/* {
		`+connector(redirecting.Address(), "name redirecting", "cache off")+`
	}
	handle {
		`+connector(up.address(), "cache off")+`
	}
`)
	for name, request := range map[string]string{
		"X-Forwarded-Host":           "POST /a HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-Host: " + away + "\r\n",
		"X-Original-URL":             "POST /a HTTP/1.1\r\nHost: localhost\r\nX-Original-URL: http://" + away + "/\r\n",
		"X-Rewrite-URL":              "POST /a HTTP/1.1\r\nHost: localhost\r\nX-Rewrite-URL: http://" + away + "/\r\n",
		"Forwarded":                  "POST /a HTTP/1.1\r\nHost: localhost\r\nForwarded: host=" + away + "\r\n",
		"Destination":                "POST /a HTTP/1.1\r\nHost: localhost\r\nDestination: http://" + away + "/\r\n",
		"Upgrade":                    "POST /a HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n",
		"the Host":                   "POST /a HTTP/1.1\r\nHost: " + away + "\r\n",
		"the target":                 "POST http://" + away + "/a HTTP/1.1\r\nHost: localhost\r\n",
		"the target's user":          "POST http://localhost@" + away + "/a HTTP/1.1\r\nHost: localhost\r\n",
		"a target of two slashes":    "POST //" + away + "/a HTTP/1.1\r\nHost: localhost\r\n",
		"a path that is a URL":       "POST /http://" + away + "/a HTTP/1.1\r\nHost: localhost\r\n",
		"a path with an at sign":     "POST /@" + away + "/a HTTP/1.1\r\nHost: localhost\r\n",
		"a query that is a URL":      "POST /a?url=http://" + away + " HTTP/1.1\r\nHost: localhost\r\n",
		"a claim that is a URL":      "POST /a HTTP/1.1\r\nHost: localhost\r\nX-A: b\r\n",
		"a placeholder in the Host":  "POST /a HTTP/1.1\r\nHost: {http.request.header.X-A}\r\nX-A: " + away + "\r\n",
		"two Hosts":                  "POST /a HTTP/1.1\r\nHost: localhost\r\nHost: " + away + "\r\n",
		"a Host with a user":         "POST /a HTTP/1.1\r\nHost: localhost@" + away + "\r\n",
		"a Host and a path":          "POST /a HTTP/1.1\r\nHost: localhost/" + away + "\r\n",
		"a Host in another spelling": "POST /a HTTP/1.1\r\nHost: LOCALHOST.\r\n",
	} {
		body := `{"url":"http://` + away + `/","webhook":"http://` + away + `/"}`
		conn := g.Dial(t)
		_, err := fmt.Fprintf(conn, "%sAuthorization: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", request, authorization, len(body), body)
		require.NoError(t, err)
		answer := gatehouse.ReadAnswer(t, conn, time.Now())
		assert.NotContains(t, string(answer.Body), "stolen", name)
		assert.NotEqual(t, http.StatusSwitchingProtocols, answer.Status, name)
	}
	for _, request := range up.received() {
		assert.Len(t, request.lines("Host"), 1)
		assert.NotContains(t, request.lines("Host")[0], away, "a site has a name of its own")
	}
	for _, status := range []int{300, 301, 302, 303, 305, 307, 308} {
		answer := g.Post(t, fmt.Sprintf("/redirect/%d", status), call, basic)
		assert.Equal(t, contract.Invalid, answer.Kind, status)
	}
	assert.Equal(t, 7, redirecting.Calls())
	g.AssertMetric(t, 7, "gatehouse_faults_total", gatehouse.Labels{"connector": "redirecting", "reason": "redirect"})
	assert.Zero(t, elsewhere.Calls())
}
