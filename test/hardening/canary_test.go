package hardening_test

import (
	"fmt"
	"io"
	"net"
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

// admin asks the admin API.
func admin(t *testing.T, g *gatehouse.Process, path string) string {
	t.Helper()
	_, text := g.Admin(t, http.MethodGet, path)
	return text
}

// canaries are unlike anything else, one for each place in which something can be
// sent. What a log line shows of one says where it came from.
func canary(place string) string { return "canary" + strings.ReplaceAll(place, " ", "") + "8812" }

// TestQ26_NothingPersonalIsWrittenDown: what do logs, metrics and the admin API
// tell of who signed up? CWE-532, CWE-359; Caddy logs whole URLs and, at debug,
// the header of the validator's answer. Answer: nothing, at any level, on
// success, refusal, fault and a handler that panics, with the log filters of
// Caddyfile.example, but for the names of claims at debug; and Gatehouse's own lines hold nothing even without.
func TestQ26_NothingPersonalIsWrittenDown(t *testing.T) {
	t.Parallel()
	for _, level := range []string{"info", "debug"} {
		t.Run(level, func(t *testing.T) {
			t.Parallel()
			var edits []gatehouse.Edit
			if level == "debug" {
				edits = append(edits, gatehouse.Debug)
			}
			answer := fmt.Sprintf(`{"promoCode":%q,"userMessage":%q}`, canary("answer"), canary("text"))
			upstream := gatehouse.NewUpstream(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Set-Cookie", "session="+canary("cookie of the answer"))
				if level != "debug" { // Caddy logs it
					w.Header().Set("X-Debug", canary("header of the answer"))
				}
				w.Header().Set("Content-Type", "application/json")
				switch {
				case strings.Contains(r.URL.RawQuery, "do=abort"): // reverse_proxy panics with http.ErrAbortHandler
					w.Header().Set("Content-Length", "9999")
					_, _ = io.WriteString(w, answer)
				case strings.Contains(r.URL.RawQuery, "do=refuse"):
					w.WriteHeader(http.StatusBadRequest)
					_, _ = io.WriteString(w, answer)
				case strings.Contains(r.URL.RawQuery, "do=fail"):
					w.WriteHeader(http.StatusInternalServerError)
					_, _ = io.WriteString(w, answer)
				case strings.Contains(r.URL.RawQuery, "do=garbage"):
					conn, _, err := http.NewResponseController(w).Hijack()
					if err == nil {
						if level != "debug" { // the same
							_, _ = io.WriteString(conn, canary("garbage")+"\r\n\r\n")
						}
						conn.Close()
					}
				case strings.Contains(r.URL.RawQuery, "do=redirect"):
					if level != "debug" { // the same
						w.Header().Set("Location", "https://example.com/?"+canary("location"))
					}
					w.WriteHeader(http.StatusFound)
				default:
					_, _ = io.WriteString(w, answer)
				}
			})
			g := gatehouse.StartShipped(t, gatehouse.Shipped{Upstream: upstream.Address(), Edits: edits})
			client := g.Client()
			post := func(query, body, password string) int {
				req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://"+g.Site()+"/signup?"+query+"&code="+canary("query"), strings.NewReader(body))
				require.NoError(t, err)
				req.SetBasicAuth(gatehouse.Username, password)
				req.Header.Set("Content-Type", "application/json")
				for _, name := range []string{"Cookie", "X-Api-Key", "X-Functions-Key", "Referer", "User-Agent", "X-Request-Id", "Traceparent", "X-Forwarded-For", "Accept-Language"} {
					req.Header.Set(name, canary("header "+name))
				}
				resp, err := client.Do(req)
				if err != nil {
					return 0 // the server may hang up on a body that is too large
				}
				defer resp.Body.Close()
				_, _ = io.Copy(io.Discard, resp.Body)
				return resp.StatusCode
			}
			claimName := canary("claim name")
			if level == "debug" { // which names a call has is what the level is for; values are not
				claimName = "promoCode"
			}
			claims := fmt.Sprintf(`{"email":"%s@fabrikam.com","displayName":%q,"password":%q,"ui_locales":%q,"step":%q,"client_id":%q,%q:"x"}`,
				canary("email"), canary("name"), canary("password claim"), canary("locale"), canary("step"), canary("client"), claimName)
			for _, do := range []string{"do=well", "do=abort", "do=refuse", "do=fail", "do=garbage", "do=redirect"} {
				assert.Contains(t, []int{http.StatusOK, http.StatusBadRequest}, post(do, claims, gatehouse.Secret), do)
			}
			assert.Equal(t, http.StatusUnauthorized, post("do=well", claims, canary("password")))
			post("do=well", claims[:len(claims)-1], gatehouse.Secret)             // malformed
			post("do=well", claims+strings.Repeat(" ", 70_000), gatehouse.Secret) // too large
			post("do=well", strings.Replace(claims, "{", "{\"a\":\"\xff\",", 1), gatehouse.Secret)
			for _, raw := range []string{
				"POST /signup HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + canary("length") + "\r\n\r\n",
				"POST /signup?" + canary("query") + " HTTP/1.1\r\nHost: elsewhere.example\r\nContent-Length: 2\r\n\r\n{}",
				"POST /" + canary("query") + "\x00 HTTP/1.1\r\nHost: localhost\r\n\r\n",
				canary("no http") + "\r\n\r\n",
			} {
				conn := g.DialTLS(t, g.TLS())
				_, _ = io.WriteString(conn, raw)
				_ = conn.CloseWrite()
				_, _ = io.Copy(io.Discard, conn)
			}
			plain, err := new(net.Dialer).DialContext(t.Context(), "tcp", g.Address())
			require.NoError(t, err)
			require.NoError(t, plain.SetDeadline(time.Now().Add(10*time.Second)))
			_, _ = fmt.Fprintf(plain, "POST /?%s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic %s\r\n\r\n", canary("query"), encoded("b2c:"+gatehouse.Secret))
			reply, _ := io.ReadAll(plain)
			plain.Close()
			assert.NotContains(t, string(reply), "canary", "plain HTTP on the TLS port is answered with an error")

			require.True(t, gatehouse.Await(func() bool { return strings.Count(g.Logs(), "request refused") >= 4 }))
			metrics := string(g.Scrape(t))
			config := admin(t, g, "/config/")
			require.Contains(t, config, "api_connector")
			for name, text := range map[string]string{
				"log": g.Logs(), "metrics": metrics, "configuration": config, "upstreams": admin(t, g, "/reverse_proxy/upstreams"),
				"connectors": admin(t, g, "/gatehouse/connectors"), "readiness": admin(t, g, "/gatehouse/ready"),
				"files": files(t, g),
			} {
				for line := range strings.Lines(text) {
					if strings.Contains(line, "canary") || strings.Contains(line, encoded("canary")[:8]) {
						t.Errorf("the %s has %s", name, line)
					}
				}
			}
			require.Contains(t, g.Logs(), `"remote_addr":"127.0.0.0:`)
			assert.NotRegexp(t, `"(remote_ip|client_ip|remote_addr)":"127\.0\.0\.1\b`, g.Logs(), "who calls, but for the network")
			for _, text := range []string{g.Logs(), metrics, config} {
				assert.NotContains(t, text, gatehouse.Secret)
				assert.NotContains(t, text, encoded(gatehouse.Username+":"+gatehouse.Secret))
			}
		})
	}
}

// files is the text of all that the process has written to its folder.
func files(t *testing.T, g *gatehouse.Process) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(g.Home(), func(path string, entry os.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		all.Write(text)
		return err
	})
	require.NoError(t, err)
	return all.String()
}

// TestQ26_NoPlaceholderOfTheCallIsExpanded: does a value of the call, or of the
// validator's answer, become a piece of configuration? CWE-94, CWE-200;
// GO-2026-4644, GO-2026-5730, CVE-2026-77281: a value that held {env.SECRET} was
// expanded a second time. Answer: what arrives goes on letter by letter, upstream,
// to the client and in messages with claims; and the logs hold none of it.
func TestQ26_NoPlaceholderOfTheCallIsExpanded(t *testing.T) {
	t.Parallel()
	const hidden = "of-the-environment-4711"
	file := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(file, []byte("of-a-file-4711"), 0o600))
	placeholders := []string{
		"{env.CANARY}", "{$CANARY}", "{file." + file + "}", "{http.request.header.Authorization}", "{http.auth.user.id}",
		"{http.request.remote.host}", "{system.hostname}", "{claim.email}", "{{env.CANARY}}", "{http.vars.x}", `\{env.CANARY\}`,
	}
	upstream := gatehouse.NewUpstream(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/no") {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = fmt.Fprintf(w, `{"userMessage":"No such number {claim.displayName} {env.CANARY}."}`)
			return
		}
		if strings.HasPrefix(r.URL.Path, "/fault") {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		w.Header().Set("X-Placeholder", "{env.CANARY}")
		_, _ = io.WriteString(w, `{"promoCode":"{env.CANARY}","second":"{http.request.header.Authorization}"}`)
	})
	g := gatehouse.Start(t, connector(upstream.Address(), "cache off", "request {\n forward_header X-Tenant\n }",
		`messages {
			fault "Sorry, {claim.displayName}."
		}`)+"\nlog\n", gatehouse.Env("CANARY", hidden))
	for _, placeholder := range placeholders {
		body := fmt.Sprintf(`{"email":"john@fabrikam.com","displayName":%s,"nested":{%[2]s:[%[2]s]},%[2]s:"x","ui_locales":%[2]s}`, quoted(t, placeholder), quoted(t, placeholder))
		path := "/a/" + escape(placeholder) + "?q=" + escape(placeholder)
		answer := g.Post(t, path, body, basic, gatehouse.Header("X-Tenant", placeholder), gatehouse.Header("X-Other", placeholder))
		assert.Equal(t, contract.Continue, answer.Kind)
		assert.Equal(t, "{env.CANARY}", answer.Text("promoCode"), "the validator's own is text too")
		got := upstream.Last(t)
		assert.Contains(t, got.Body, quoted(t, placeholder)+":[")
		assert.Equal(t, []string{placeholder}, got.Header["X-Tenant"])
		assert.Equal(t, path, got.URI)
		for _, no := range []string{"/no", "/fault"} {
			answer = g.Post(t, no, body, basic)
			assert.NotContains(t, answer.Message, "4711")
			assert.NotContains(t, answer.Message, secret)
		}
		everything := fmt.Sprint(upstream.Received()) + string(answer.Exchange.Body) + fmt.Sprint(answer.Exchange.Header)
		for _, value := range []string{hidden, "of-a-file-4711", encoded("b2c:" + secret)} {
			assert.NotContains(t, everything, value, placeholder)
		}
	}
	require.True(t, gatehouse.Await(func() bool { return strings.Count(g.Logs(), "handled request") >= 3*len(placeholders) }))
	for _, value := range []string{hidden, "of-a-file-4711", encoded("b2c:" + secret)} {
		assert.NotContains(t, g.Logs(), value)
	}
}

// escape writes what a path or a query cannot hold as %XX.
func escape(text string) string {
	var out strings.Builder
	for _, c := range []byte(text) {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '_' {
			out.WriteByte(c)
			continue
		}
		fmt.Fprintf(&out, "%%%02X", c)
	}
	return out.String()
}
