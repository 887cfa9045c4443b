package hardening_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// TestQ34_AKeptConnectionOutlivesTheDeadlineOfABody: does the time in which a body
// has to arrive end what comes later on its connection, or who waits for a slow
// validator? CWE-400: it bounds senders, and must bound nobody else. Answer: no,
// however Caddy's own time-outs are set, with HTTP/1.1 and HTTP/2.
func TestQ34_AKeptConnectionOutlivesTheDeadlineOfABody(t *testing.T) {
	t.Parallel()
	const attempt = 600 * time.Millisecond // for two of which a call may take, less a tenth
	for name, options := range map[string][]gatehouse.Option{
		"Caddy's defaults": nil,
		"no time-outs":     {gatehouse.Servers("timeouts {\n read_body 0\n read_body_idle -1s\n read_header 0\n idle 0\n }")},
		"HTTP/2 without":   {gatehouse.HTTP2(), gatehouse.Servers("timeouts {\n read_body_idle -1s\n idle 0\n }")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			upstream := gatehouse.NewUpstream(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/slow" {
					<-time.After(attempt * 3 / 2)
				}
				_, _ = io.WriteString(w, `{"path":"`+r.URL.Path+`"}`)
			})
			site := connector(upstream.Address(), fmt.Sprintf("protocol b2c_custom_policy\n cache\n timeouts {\n attempt %s\n }", attempt))
			g := gatehouse.Start(t, site, options...)
			transport := g.Transport()
			t.Cleanup(transport.CloseIdleConnections)
			client := &http.Client{Transport: transport}
			connections := 0
			ask := func(method, path, body string) {
				t.Helper()
				ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{GotConn: func(got httptrace.GotConnInfo) {
					if !got.Reused {
						connections++
					}
				}})
				ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
				defer cancel()
				r, err := http.NewRequestWithContext(ctx, method, g.URL()+path, strings.NewReader(body))
				require.NoError(t, err)
				r.SetBasicAuth("b2c", secret)
				r.Header.Set("Content-Type", "application/json")
				if body == "" {
					r.Header.Set("Content-Type", "application/x-www-form-urlencoded") // which may be empty
				}
				resp, err := client.Do(r)
				require.NoError(t, err)
				defer resp.Body.Close()
				answer, err := io.ReadAll(resp.Body)
				require.NoError(t, err)
				path, _, _ = strings.Cut(path, "?")
				assert.Equal(t, http.StatusOK, resp.StatusCode, "%s %s %q: %s", method, path, body, answer)
				assert.JSONEq(t, `{"path":"`+path+`"}`, string(answer))
			}
			for n := range 2 {
				for range 3 { // asked, read, recognised
					ask(http.MethodPost, "/", `{"a":1}`)
				}
				ask(http.MethodPost, "/slow", fmt.Sprintf(`{"a":%d}`, n))
				ask(http.MethodPost, fmt.Sprintf("/slow?empty=%d", n), "")
				ask(http.MethodGet, fmt.Sprintf("/slow?b=%d", n), "")
				<-time.After(attempt * 3 / 2) // on a connection that is kept
			}
			assert.Equal(t, 1, connections)
		})
	}
}
