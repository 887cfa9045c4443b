package hardening_test

import (
	"encoding/base64"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/internal/contract"
	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// TestQ02_BasicCredentialsAreReadByTheLetter: can a credential be read in two
// ways? CWE-436 (interpretation conflict), CWE-287; RFC 7617, sections 2 and 2.1.
// Answer: one Authorization line, padded standard base64, valid UTF-8 without
// control characters, split at the first colon, compared to the byte; all else is
// a 401. (That no account may have a name with a colon or an empty password is
// Q05.)
func TestQ02_BasicCredentialsAreReadByTheLetter(t *testing.T) {
	t.Parallel()
	hash := func(password string) string { return gatehouse.HashPassword(t, "bcrypt", password) }
	upstream := gatehouse.Answering(t, http.StatusOK, `{}`)
	g := gatehouse.Start(t, `
	api_connector {
		auth {
			basic Aladdin `+hash("open sesame")+`
			basic test    `+hash("123£")+`
			basic colon   `+hash("a:b:c")+`
			basic nfc     `+hash("caf\u00e9 au lait, encore")+`
			basic b2c     plain:`+secret+`
		}
	}
	reverse_proxy `+upstream.Address()+`
`)
	refused := g.Refused(t, "/", call)
	right := encoded("b2c:" + secret)
	for name, c := range map[string]struct {
		lines []string
		in    bool
	}{
		"the vector of section 2":           {[]string{"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="}, true},
		"the vector of section 2.1":         {[]string{"Basic dGVzdDoxMjPCow=="}, true},
		"the same in ISO 8859-1":            {[]string{"Basic " + encoded("test:123\xa3")}, false},
		"the scheme in lower case":          {[]string{"basic " + right}, true},
		"the scheme in mixed case":          {[]string{"bAsIc " + right}, true},
		"the scheme with a long s":          {[]string{"baſic " + right}, false},
		"two spaces":                        {[]string{"Basic  " + right}, true},
		"a tab":                             {[]string{"Basic\t" + right}, false},
		"no space":                          {[]string{"Basic" + right}, false},
		"colons in the password":            {[]string{"Basic " + encoded("colon:a:b:c")}, true},
		"half of such a password":           {[]string{"Basic " + encoded("colon:a")}, false},
		"NFC as configured":                 {[]string{"Basic " + encoded("nfc:caf\u00e9 au lait, encore")}, true},
		"NFD of it":                         {[]string{"Basic " + encoded("nfc:cafe\u0301 au lait, encore")}, false},
		"no password":                       {[]string{"Basic " + encoded("b2c:")}, false},
		"no name":                           {[]string{"Basic " + encoded(":"+secret)}, false},
		"neither":                           {[]string{"Basic " + encoded(":")}, false},
		"no colon":                          {[]string{"Basic " + encoded("b2c")}, false},
		"nothing encoded":                   {[]string{"Basic "}, false},
		"no padding":                        {[]string{"Basic " + base64.RawStdEncoding.EncodeToString([]byte("test:123£"))}, false},
		"the URL's alphabet":                {[]string{"Basic " + base64.URLEncoding.EncodeToString([]byte("b2c:\xff\xfe"))}, false},
		"more padding":                      {[]string{"Basic " + right + "="}, false},
		"bits that are left over":           {[]string{"Basic dGVzdDoxMjPCow=="[:len("Basic dGVzdDoxMjPCow==")-3] + "x=="}, false},
		"a comma and more":                  {[]string{"Basic " + right + ", Basic " + right}, false},
		"a parameter":                       {[]string{"Basic " + right + ` realm="x"`}, false},
		"a NUL at the end":                  {[]string{"Basic " + encoded("b2c:"+secret+"\x00")}, false},
		"a NUL in the name":                 {[]string{"Basic " + encoded("b2c\x00x:"+secret)}, false},
		"a line end":                        {[]string{"Basic " + encoded("b2c:"+secret+"\n")}, false},
		"a space behind the name":           {[]string{"Basic " + encoded("b2c :"+secret)}, false},
		"a byte order mark":                 {[]string{"Basic " + encoded("\ufeffb2c:"+secret)}, false},
		"two equal lines":                   {[]string{"Basic " + right, "Basic " + right}, false},
		"a wrong line, then a right one":    {[]string{"Basic " + encoded("b2c:wrong"), "Basic " + right}, false},
		"a right line, then another scheme": {[]string{"Basic " + right, "Bearer x"}, false},
		"12 KiB":                            {[]string{"Basic " + encoded("b2c:"+strings.Repeat("x", 9<<10))}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var head strings.Builder
			for _, line := range c.lines {
				head.WriteString("Authorization: " + line + "\r\n")
			}
			answer := g.Raw(t, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"+
				head.String()+"\r\n{}")
			if c.in {
				assert.Equal(t, contract.Continue, gatehouse.Judge(t, answer).Kind)
				return
			}
			assert.NoError(t, contract.SameBytes(refused, answer))
		})
	}
}

// TestQ05_NothingLoadsWithoutACredential: does a mistake in the configuration
// open the door? CWE-636 (not failing securely), CWE-1188; GO-2026-4539
// (CVE-2026-27586) was a missing file that let everybody in. Answer: it does not
// load, and the error says what to do. test/mainjob has the other mistakes.
func TestQ05_NothingLoadsWithoutACredential(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(folder, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	empty, blank, bare := file("empty", ""), file("blank", " \n"), file("bare", "plain:\n")
	for name, c := range map[string]struct{ auth, remedy string }{
		"no account":                     {"", "unsafe_none"},
		"a file that is empty":           {"basic b2c {file." + empty + "}", "create the file"},
		"a file of white space":          {"basic b2c {file." + blank + "}", `"b2c"`},
		"a file with an empty secret":    {"basic b2c {file." + bare + "}", `"b2c"`},
		"a file that is a folder":        {"basic b2c {file." + folder + "}", folder},
		"a file that is not there":       {"basic b2c {file." + folder + "/missing}", "create the file"},
		"a variable that is not set":     {"basic b2c {env.NO_SUCH_CREDENTIAL}", "set the variable"},
		"a placeholder that nobody has":  {"basic b2c {vault.secret}", "vault.secret"},
		"a placeholder of the request":   {"basic b2c {http.request.header.Authorization}", "http.request.header.Authorization"},
		"a placeholder within a secret":  {"basic b2c plain:{env.NO_SUCH_CREDENTIAL}", "set the variable"},
		"an empty secret":                {"basic b2c plain:", `"b2c"`},
		"an empty name":                  {`basic "" plain:` + secret, "username"},
		"an empty credential":            {`basic b2c ""`, `"b2c"`},
		"the hash of nothing":            {"basic b2c " + gatehouse.HashPassword(t, "bcrypt", " ")[:20], `"b2c"`},
		"a certificate without a pin":    {"client_certificate", "thumbprint"},
		"a pin that is a variable unset": {"client_certificate {\n thumbprint {env.NO_SUCH_PIN}\n}", "NO_SUCH_PIN"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			result := gatehouse.Validate(t, "{\n\tadmin off\n\tauto_https off\n}\nhttp://localhost:8080 {\n\tapi_connector {\n\t\tauth {\n"+
				c.auth+"\n\t\t}\n\t}\n\treverse_proxy 127.0.0.1:9000\n}\n")
			assert.Equal(t, 1, result.Status, result.Output)
			assert.Contains(t, strings.ReplaceAll(result.Output, `\"`, `"`), c.remedy)
		})
	}
}

// TestQ08_CredentialsComeBeforeEverything: can anything be had without them?
// CWE-306; Caddy's GO-2026-4541 and GO-2026-4538 let a path in another spelling
// pass. Answer: whatever is asked for and however, the answer is the 401, before
// a byte of the body, and neither the upstream nor the memo hears of it.
func TestQ08_CredentialsComeBeforeEverything(t *testing.T) {
	t.Parallel()
	upstream := gatehouse.Answering(t, http.StatusOK, `{}`)
	g := gatehouse.Start(t, connector(upstream.Address()))
	refused := g.Refused(t, "/", call)
	const host = "Host: localhost\r\n"
	requests := map[string]string{
		"a gigabyte announced":    "POST / HTTP/1.1\r\n" + host + "Content-Type: application/json\r\nContent-Length: 1073741824\r\n\r\n",
		"an Expect":               "POST / HTTP/1.1\r\n" + host + "Content-Length: 100\r\nExpect: 100-continue\r\n\r\n",
		"an h2c upgrade":          "POST / HTTP/1.1\r\n" + host + "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\nContent-Length: 2\r\n\r\n{}",
		"a WebSocket upgrade":     "GET / HTTP/1.1\r\n" + host + "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
		"a claim about the host":  "POST / HTTP/1.1\r\n" + host + "X-Forwarded-For: 127.0.0.1\r\nX-Original-URL: /health\r\nContent-Length: 2\r\n\r\n{}",
		"a body that is no JSON":  "POST / HTTP/1.1\r\n" + host + "Content-Length: 4\r\n\r\n\x00\xff{[",
		"a compressed body":       "POST / HTTP/1.1\r\n" + host + "Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
		"HTTP/1.0":                "POST / HTTP/1.0\r\n" + host + "Content-Length: 2\r\n\r\n{}",
		"an absolute target":      "POST https://localhost/health HTTP/1.1\r\n" + host + "Content-Length: 2\r\n\r\n{}",
		"the identity of a proxy": "POST / HTTP/1.1\r\n" + host + "X-Forwarded-Client-Cert: Hash=00\r\nX-Remote-User: b2c\r\nX-Authenticated-User: b2c\r\nContent-Length: 2\r\n\r\n{}",
	}
	for _, method := range []string{"GET", "HEAD", "PUT", "TRACE", "OPTIONS", "DELETE", "BREW", "PRI"} {
		requests[method] = method + " / HTTP/1.1\r\n" + host + "\r\n"
	}
	for _, path := range []string{
		"/health", "/metrics", "/config/", "//", "/..", "/%2e%2e/", "/.%00", "/a;b=c", "/%2F", "/HEALTH", "/?a=%zz", "/\\", "/*",
	} {
		requests["the path "+path] = "POST " + path + " HTTP/1.1\r\n" + host + "Content-Length: 2\r\n\r\n{}"
	}
	t.Run("requests", func(t *testing.T) {
		for name, request := range requests {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				conn := g.Dial(t)
				began := time.Now()
				_, err := io.WriteString(conn, request)
				require.NoError(t, err)
				if name == "HEAD" {
					head := make([]byte, len("HTTP/1.1 401"))
					_, err := io.ReadFull(conn, head)
					require.NoError(t, err)
					assert.Equal(t, "HTTP/1.1 401", string(head))
					return
				}
				answer := gatehouse.ReadAnswer(t, conn, began)
				assert.Less(t, answer.Elapsed, 4*time.Second, "it waited for the body")
				if answer.Status == http.StatusBadRequest { // net/http did not take it for a request
					assert.NotContains(t, string(answer.Body), "action")
					return
				}
				delete(answer.Header, "Connection")
				assert.NoError(t, contract.SameBytes(refused, answer))
			})
		}
	})
	// CONNECT and asterisk-form have no path, so no route matches them by one.
	for name, request := range map[string]string{
		"CONNECT":   "CONNECT localhost:443 HTTP/1.1\r\nHost: localhost:443\r\n\r\n",
		"OPTIONS *": "OPTIONS * HTTP/1.1\r\n" + host + "\r\n",
	} {
		conn := g.Dial(t)
		_, err := io.WriteString(conn, request)
		require.NoError(t, err)
		answer := gatehouse.ReadAnswer(t, conn, time.Now())
		if name == "OPTIONS *" && answer.Status == http.StatusOK {
			assert.Empty(t, answer.Body, "net/http answers it by itself, with nothing") // net/http, serverHandler
			continue
		}
		assert.Equal(t, http.StatusUnauthorized, answer.Status, name)
	}
	assert.Zero(t, upstream.Calls())
	g.AssertMetric(t, 0, "gatehouse_cache_entries", nil)
	g.AssertMetric(t, 0, "gatehouse_flights", nil)
}

// TestQ09_RefusalsCannotBeToldApart: does a refusal say whether an account
// exists? CWE-204 (observable response discrepancy). Answer: status, header and
// body are the same bytes for each cause; that the work is equal too is measured
// beside the code, in caddymodule/internal/credential.
func TestQ09_RefusalsCannotBeToldApart(t *testing.T) {
	t.Parallel()
	upstream := gatehouse.Answering(t, http.StatusOK, `{}`)
	certificate := gatehouse.ClientCertificate(t, "api.fabrikam.com", time.Hour)
	g := gatehouse.Start(t, `
	api_connector {
		auth {
			basic b2c  plain:`+secret+`
			basic slow `+gatehouse.HashPassword(t, "bcrypt", "another secret")+`
			client_certificate {
				thumbprint `+gatehouse.SHA256(certificate)+`
			}
		}
	}
	reverse_proxy `+upstream.Address()+`
`, gatehouse.RequestClientCertificate())
	first := g.Refused(t, "/", call)
	foreign := gatehouse.ClientCertificate(t, "api.fabrikam.com", time.Hour)
	expired := gatehouse.ClientCertificate(t, "api.fabrikam.com", -time.Minute)
	for name, options := range map[string][]gatehouse.CallOption{
		"wrong password":                      {gatehouse.Basic("b2c", "wrong")},
		"nearly right":                        {gatehouse.Basic("b2c", secret[:len(secret)-1])},
		"unknown name":                        {gatehouse.Basic("nobody", secret)},
		"another's password":                  {gatehouse.Basic("slow", secret)},
		"a slow hash":                         {gatehouse.Basic("slow", "wrong")},
		"malformed":                           {gatehouse.Header("Authorization", "Basic !")},
		"another scheme":                      {gatehouse.Header("Authorization", "Bearer x")},
		"a foreign certificate":               {gatehouse.Certificate(foreign)},
		"an expired certificate":              {gatehouse.Certificate(expired)},
		"a foreign one and a wrong password":  {gatehouse.Certificate(foreign), gatehouse.Basic("b2c", "wrong")},
		"the thumbprint in a proxy's header":  {gatehouse.Header("X-ARR-ClientCert", "MIIB")},
		"another method":                      {gatehouse.Method(http.MethodDelete)},
		"a body that could not be read":       {gatehouse.Header("Content-Encoding", "gzip")},
		"a request id of the caller's choice": {gatehouse.Header("X-Request-Id", "chosen")},
	} {
		refused := g.Refused(t, "/", call, options...)
		assert.NoError(t, contract.SameBytes(first, refused), name)
	}
	assert.Zero(t, upstream.Calls())
	assert.Equal(t, contract.Continue, g.Post(t, "/", call, gatehouse.Certificate(certificate)).Kind)
}
