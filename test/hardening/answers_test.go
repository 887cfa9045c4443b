package hardening_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/internal/contract"
	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// fault is what a person reads where the validator failed to answer.
const fault = "We could not check your details just now. Please try again in a moment."

// TestQ15_TheUpstreamIsNotTrusted: what can a validator that has been taken over
// do to us or to the identity provider? CWE-113, CWE-400, CWE-444 on the way
// back; Traefik's unbounded read of an authentication answer. Answer: at most
// max_response bytes are held, for at most the time of a flight, and only a
// verdict leaves: no header, no cookie, no trailer, no second response.
// test/mainjob has its truncated, compressed and silent answers.
func TestQ15_TheUpstreamIsNotTrusted(t *testing.T) {
	t.Parallel()
	const ok = "HTTP/1.1 200 OK\r\n"
	const isJSON = "Content-Type: application/json\r\n"
	sized := func(body string) string { return fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body) }
	for name, c := range map[string]struct {
		raw  string
		kind contract.Kind
	}{
		"two responses":                        {ok + isJSON + sized(`{"a":"1"}`) + ok + isJSON + sized(`{"a":"evil"}`), contract.Continue},
		"CL and TE":                            {ok + isJSON + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n" + `{"a":"1"}` + "\r\n0\r\n\r\n", contract.Continue},
		"two lengths":                          {ok + isJSON + "Content-Length: 2\r\nContent-Length: 9\r\n\r\n" + `{"a":"1"}`, contract.Invalid},
		"a line end in a header":               {ok + isJSON + "X-A: b\r\n Set-Cookie: c=evil\r\n" + sized(`{}`), contract.Continue},
		"a thousand 1xx":                       {strings.Repeat("HTTP/1.1 103 Early Hints\r\nLink: </evil>\r\n\r\n", 1000) + ok + isJSON + sized(`{"a":"1"}`), contract.Continue},
		"some 1xx":                             {strings.Repeat("HTTP/1.1 103 Early Hints\r\nLink: </evil>\r\n\r\n", 3) + ok + isJSON + sized(`{"a":"1"}`), contract.Continue},
		"a header of 2 MB":                     {ok + isJSON + "X-A: " + strings.Repeat("evil", 500_000) + "\r\n" + sized(`{}`), contract.Continue},
		"a header without an end":              {ok + "X-A: " + strings.Repeat("evil", 3_000_000), contract.Invalid},
		"204 with a body":                      {"HTTP/1.1 204 No Content\r\n" + isJSON + sized(`{"action":"ShowBlockPage","userMessage":"evil"}`), contract.Continue},
		"304":                                  {"HTTP/1.1 304 Not Modified\r\nEtag: \"evil\"\r\n\r\n", contract.Invalid},
		"101":                                  {"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nevil", contract.Invalid},
		"a status of four digits":              {"HTTP/1.1 2000 OK\r\n" + sized(`{}`), contract.Invalid},
		"a negative length":                    {ok + isJSON + "Content-Length: -1\r\n\r\n{}", contract.Invalid},
		"a trailer":                            {ok + isJSON + "Trailer: Set-Cookie\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nSet-Cookie: a=evil\r\n\r\n", contract.Continue},
		"a cookie and more":                    {ok + isJSON + "Set-Cookie: a=evil\r\nLocation: /evil\r\nWWW-Authenticate: Basic realm=evil\r\nAlt-Svc: h3=\":443\"; evil\r\nClear-Site-Data: evil\r\n" + sized(`{}`), contract.Continue},
		"invalid UTF-8, which leaves repaired": {ok + isJSON + sized("{\"a\":\"\xff\xfe\"}"), contract.Continue},
		"a deep document":                      {ok + isJSON + sized(strings.Repeat(`{"a":`, 5000)+"1"+strings.Repeat("}", 5000)), contract.Invalid},
		"an error under 200":                   {ok + isJSON + sized(`{"success":false,"message":"No such number."}`), contract.Invalid},
		"the contract's names":                 {ok + isJSON + sized(`{"version":"1.0.0","VERSION":"evil","code":"evil","requestId":"evil"}`), contract.Continue},
		"line ends in a text":                  {"HTTP/1.1 400 Bad Request\r\n" + isJSON + sized(`{"userMessage":"Not\r\nSet-Cookie: this one."}`), contract.Invalid},
		"a body of 200 MB in one object":       {ok + isJSON + "Content-Length: 209715200\r\n\r\n" + `{"a":"` + strings.Repeat("evil", 1<<20), contract.Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			upstream := gatehouse.NewMisbehaving(t, func(conn net.Conn, _ <-chan struct{}) {
				_, _ = io.WriteString(conn, c.raw)
			})
			site := connector(upstream.Address(), "cache off")
			g := started(t, site)
			answer := g.Post(t, "/", call, basic)
			assert.Equal(t, c.kind, answer.Kind, g.Logs())
			assert.NotContains(t, string(answer.Exchange.Body), "evil")
			assert.NotContains(t, fmt.Sprint(answer.Exchange.Header), "evil")
			assert.Equal(t, 1, upstream.Calls())
		})
	}
}

// started is gatehouse.Start for tests that want many processes: two at a time.
func started(t *testing.T, site string) *gatehouse.Process {
	t.Helper()
	turns <- struct{}{}
	t.Cleanup(func() { <-turns })
	return gatehouse.Start(t, site)
}

var turns = make(chan struct{}, 2)

// TestQ24_TextsAreFitToBeShown: what can a text of the validator do to whoever
// reads it? CWE-79, CWE-1007 (bidirectional text), CWE-209; GO-2026-5660 was a
// tag that was never closed. Answer: plain text of at most 300 characters,
// without markup, control, bidirectional or invisible characters, and the
// connector's own text where it shows the inside of the validator.
func TestQ24_TextsAreFitToBeShown(t *testing.T) {
	t.Parallel()
	texts := map[string]string{
		"a script":                "<script>alert(1)</script>Please try another.",
		"an open tag":             "Please try another. <img src=x onerror=alert(1)",
		"nested tags":             "<<b>script>alert(1)<</b>/script> Please try another.",
		"entities":                "&lt;script&gt;alert(1)&lt;/script&gt; Please try another.",
		"entities of entities":    "&amp;lt;script&amp;gt;alert(1) Please try another.",
		"bidirectional overrides": "Please \u202etry\u202c another \u2066number\u2069.",
		"invisible characters":    "Pl\u200bea\u200dse\ufeff try\u00ad another.",
		"control characters":      "Please\u0000 try\u001b[31m another\u0007\u0085.",
		"tags of Unicode":         "Please try another.\U000e0041\U000e0042",
		"many lines":              "Please\r\ntry\r\n\r\nanother.",
		"a novel":                 strings.Repeat("Please try another. ", 100),
		"a URL of the inside":     "See http://10.0.0.5:8080/admin for details.",
		"a path":                  "Could not open /var/www/app/config.php on line 12.",
		"SQL":                     "SELECT * FROM users WHERE email = 'john@fabrikam.com'",
	}
	upstream := gatehouse.NewUpstream(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = fmt.Fprintf(w, `{"userMessage":%s}`, quoted(t, texts[r.URL.Query().Get("text")]))
	})
	g := gatehouse.Start(t, connector(upstream.Address(), "cache off"))
	for name := range texts {
		answer := g.Post(t, "/?text="+strings.ReplaceAll(name, " ", "%20"), call, basic) // the contract's checker looks at the text
		assert.Equal(t, contract.Invalid, answer.Kind, name)
		for _, bad := range []string{"<", "script>", "onerror", "10.0.0.5", "/var/www", "SELECT", "john@"} {
			assert.NotContains(t, answer.Message, bad, name)
		}
		assert.NotEmpty(t, answer.Message, name)
	}
}

// TestQ25_DebugPagesAreNotShown: does a framework in debug mode speak to the
// person who signs up? CWE-209, CWE-497. Answer: nothing of such a page leaves,
// under whatever status; the log has the id of the answer's X-Request-Id.
func TestQ25_DebugPagesAreNotShown(t *testing.T) {
	t.Parallel()
	upstream := gatehouse.NewUpstream(t, func(w http.ResponseWriter, r *http.Request) {
		page := debugPages[strings.TrimPrefix(r.URL.Path, "/")]
		w.Header().Set("Content-Type", page.contentType)
		status := page.status
		_, _ = fmt.Sscanf(r.URL.RawQuery, "%d", &status)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, page.body)
	})
	g := gatehouse.Start(t, connector(upstream.Address(), "cache off"))
	for name, page := range debugPages {
		for _, status := range []int{page.status, 400, 200} {
			if status == 200 && name == "oracle" {
				continue // an object under 200 is claims, whatever they are called
			}
			answer := g.Post(t, fmt.Sprintf("/%s?%d", name, status), call, basic)
			body := string(answer.Exchange.Body)
			for _, inside := range page.inside {
				assert.NotContains(t, body, inside, "%s, HTTP %d", name, status)
			}
			if status >= 400 {
				assert.NotEqual(t, contract.Continue, answer.Kind, name)
			}
			id := answer.Exchange.Header.Get("X-Request-Id")
			require.NotEmpty(t, id)
			assert.True(t, gatehouse.Await(func() bool { return strings.Contains(g.Logs(), id) }), "%s: the id is in the log", name)
		}
		for _, inside := range page.inside {
			assert.NotContains(t, g.Logs(), inside, name)
		}
	}
}

// debugPages have the form of what these servers show with their debugging on;
// the names in them are made up.
var debugPages = map[string]struct {
	status            int
	contentType, body string
	inside            []string
}{
	"django": {500, "text/html", `<!DOCTYPE html><html lang="en"><head><title>DoesNotExist at /api/signup</title></head><body><div id="summary"><h1>DoesNotExist at /api/signup</h1><pre class="exception_value">Loyalty matching query does not exist.</pre><table><tr><th>Request Method:</th><td>POST</td></tr><tr><th>Exception Location:</th><td>/srv/app/venv/lib/python3.12/site-packages/django/db/models/query.py, line 649</td></tr><tr><td>SECRET_KEY</td><td>django-insecure-k3y</td></tr></table></div></body></html>`, []string{"DoesNotExist", "site-packages", "django-insecure", "Loyalty matching"}},
	"flask":  {500, "text/plain", "Traceback (most recent call last):\n  File \"/srv/app/main.py\", line 12, in signup\n    raise KeyError('loyalty')\nKeyError: 'loyalty'\n", []string{"Traceback", "main.py", "KeyError"}},
	"tomcat": {500, "text/html", `<!doctype html><html><head><title>HTTP Status 500 – Internal Server Error</title></head><body><h1>HTTP Status 500 – Internal Server Error</h1><p><b>Exception</b></p><pre>java.lang.NullPointerException: Cannot invoke "com.contoso.Loyalty.getId()"
	com.contoso.SignUpServlet.doPost(SignUpServlet.java:42)</pre><h3>Apache Tomcat/10.1.24</h3></body></html>`, []string{"NullPointerException", "SignUpServlet", "Tomcat"}},
	"spring": {500, "application/json", `{"timestamp":"2026-01-01T00:00:00.000+00:00","status":500,"error":"Internal Server Error","trace":"org.springframework.dao.DataIntegrityViolationException: could not execute statement\n\tat org.hibernate.Foo.bar(Foo.java:1)","message":"could not execute statement; SQL [insert into loyalty]; constraint [uk_email]","path":"/signup"}`, []string{"springframework", "hibernate", "insert into", "uk_email"}},
	"php":    {500, "text/html", "<br />\n<b>Fatal error</b>:  Uncaught PDOException: SQLSTATE[23000]: Integrity constraint violation: 1062 Duplicate entry 'x' for key 'email' in /var/www/html/signup.php:31\nStack trace:\n#0 /var/www/html/signup.php(31): PDOStatement-&gt;execute()\n#1 {main}\n  thrown in <b>/var/www/html/signup.php</b> on line <b>31</b><br />", []string{"PDOException", "SQLSTATE", "/var/www", "Stack trace"}},
	"aspnet": {500, "text/html", `<html><head><title>Object reference not set to an instance of an object.</title></head><body><h1>Server Error in '/' Application.</h1><h2><i>Object reference not set to an instance of an object.</i></h2><b>Source File:</b> c:\inetpub\wwwroot\SignUp.aspx.cs<b>&nbsp;&nbsp; Line:</b> 17<pre>[NullReferenceException: Object reference not set to an instance of an object.]
   Contoso.SignUp.Page_Load(Object sender, EventArgs e) in c:\inetpub\wwwroot\SignUp.aspx.cs:17</pre></body></html>`, []string{"Object reference", "inetpub", "NullReferenceException", "Contoso"}},
	"rails":  {500, "text/plain", "NoMethodError (undefined method `loyalty' for nil:NilClass):\n\napp/controllers/signups_controller.rb:9:in `create'\n", []string{"NoMethodError", "signups_controller", "NilClass"}},
	"node":   {500, "text/html", `<!DOCTYPE html><html lang="en"><head><title>Error</title></head><body><pre>TypeError: Cannot read properties of undefined (reading &#39;id&#39;)<br> &nbsp; &nbsp;at /usr/src/app/routes/signup.js:10:21<br> &nbsp; &nbsp;at Layer.handle [as handle_request] (/usr/src/app/node_modules/express/lib/router/layer.js:95:5)</pre></body></html>`, []string{"TypeError", "node_modules", "signup.js"}},
	"oracle": {500, "application/json", `{"message":"ORA-00001: unique constraint (LOYALTY.UK_EMAIL) violated at LOYALTY.PKG_SIGNUP line 42"}`, []string{"ORA-00001", "UK_EMAIL", "PKG_SIGNUP"}},
}

// TestQ23_EveryAnswerIsOfTheContract: does anything but the contract leave for a
// caller with credentials? CWE-544, CWE-755. Answer: only what net/http refuses
// before there is a request (a broken message, a header too large, RFC 9110's 417)
// and what the handshake refuses have another form; whatever reaches the
// connector has the contract's, and package contract has judged each answer in
// these suites.
func TestQ23_EveryAnswerIsOfTheContract(t *testing.T) {
	t.Parallel()
	upstream := gatehouse.Answering(t, http.StatusOK, `{}`)
	g := gatehouse.Start(t, connector(upstream.Address()))
	head := "POST /a HTTP/1.1\r\nHost: localhost\r\nAuthorization: " + authorization + "\r\n"
	for name, request := range map[string]string{
		"no type":          head + "Content-Length: 2\r\n\r\n{}",
		"two types":        head + "Content-Type: application/json\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}",
		"another type":     head + "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 2\r\n\r\n{}",
		"no body":          head + "\r\n",
		"too large":        head + "Content-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n{}",
		"a broken chunk":   head + "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
		"HTTP/1.0":         strings.Replace(head, "1.1", "1.0", 1) + "Content-Length: 2\r\n\r\n{}",
		"a range":          head + "Range: bytes=0-1\r\nContent-Length: 2\r\n\r\n{}",
		"a precondition":   head + "If-Match: \"x\"\r\nIf-Modified-Since: Thu, 01 Jan 1970 00:00:00 GMT\r\nContent-Length: 2\r\n\r\n{}",
		"wants XML":        head + "Accept: application/xml;q=1, */*;q=0\r\nContent-Length: 2\r\n\r\n{}",
		"wants it zipped":  head + "Accept-Encoding: gzip;q=1, identity;q=0\r\nContent-Length: 2\r\n\r\n{}",
		"wants trailers":   head + "TE: trailers\r\nConnection: TE\r\nContent-Length: 2\r\n\r\n{}",
		"ends in mid-body": head + "Content-Type: application/json\r\nContent-Length: 9\r\nConnection: close\r\n\r\n{\"a\":1}\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn := g.Dial(t)
			_, err := io.WriteString(conn, request)
			require.NoError(t, err)
			answer := gatehouse.ReadAnswer(t, conn, time.Now())
			answer.SiteHeaders = []string{"Connection"}
			gatehouse.Judge(t, answer)
		})
	}
}
