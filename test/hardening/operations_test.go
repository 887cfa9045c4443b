package hardening_test

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/internal/contract"
	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// get asks the public listener, with credentials.
func get(t *testing.T, g *gatehouse.Process, path string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+g.Site()+path, http.NoBody)
	require.NoError(t, err)
	req.SetBasicAuth(gatehouse.Username, gatehouse.Secret)
	resp, err := g.Client().Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(body)
}

// TestQ27_MetricsAreNotPublic: can a stranger read how many sign up, or blow up
// the labels? CWE-200, CWE-770. Answer: as shipped the metrics have a listener of
// their own on loopback; no label comes from a request.
func TestQ27_MetricsAreNotPublic(t *testing.T) {
	t.Parallel()
	upstream := gatehouse.Answering(t, http.StatusOK, `{}`)
	g := gatehouse.StartShipped(t, gatehouse.Shipped{Upstream: upstream.Address()})
	for _, path := range []string{"/metrics", "/signup/../metrics", "/signup/metrics", "//metrics", "/Metrics"} {
		status, body := get(t, g, path)
		assert.Equal(t, http.StatusNotFound, status, path)
		assert.NotContains(t, body, "gatehouse_", path)
	}
	before := string(g.Scrape(t))
	require.Contains(t, before, "gatehouse_requests_total")
	for _, path := range []string{"/a", "/b", "/signup?x=1"} {
		get(t, g, path)
	}
	conn := g.DialTLS(t, g.TLS())
	_, err := io.WriteString(conn, "BREW /signup HTTP/1.1\r\nHost: localhost\r\nUser-Agent: label\r\n\r\n")
	require.NoError(t, err)
	gatehouse.ReadAnswer(t, conn, time.Now())
	after := string(g.Scrape(t))
	assert.Equal(t, series(before), series(after), "a request makes no series")
}

// series counts the series of our own metrics.
func series(metrics string) (n int) {
	for line := range strings.Lines(metrics) {
		if strings.HasPrefix(line, "gatehouse_") {
			n++
		}
	}
	return n
}

// TestQ28_TheAdminAPIIsForOneUser: can somebody else read or replace the
// configuration? CWE-306, CWE-732; GO-2026-4537 (CVE-2026-27589): a web page
// could post a configuration to Caddy's admin port. Answer: as shipped it is a
// socket of mode 0600 and no port; nothing of it is on the public listener, and
// it names secrets only as they were configured, by placeholder.
func TestQ28_TheAdminAPIIsForOneUser(t *testing.T) {
	t.Parallel()
	g := gatehouse.StartShipped(t, gatehouse.Shipped{})
	info, err := os.Stat(g.AdminSocket())
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	if listeners, ok := g.Listeners(t); ok {
		assert.ElementsMatch(t, []string{"tcp " + g.Address(), "tcp " + g.MetricsAddress()}, listeners, "the site and the metrics, and nothing else")
	} else {
		t.Log("LEFT OUT: this system does not tell which sockets a process has")
	}
	for _, path := range []string{"/config/", "/load", "/stop", "/adapt", "/id/x", "/pki/ca/local", "/reverse_proxy/upstreams", "/debug/pprof/"} {
		status, body := get(t, g, path)
		assert.Equal(t, http.StatusNotFound, status, path)
		assert.Empty(t, body, path)
	}
	config := admin(t, g, "/config/")
	assert.Contains(t, config, "{env.GATEHOUSE_CREDENTIAL}")
	assert.NotContains(t, config, gatehouse.Secret)
	assert.NotContains(t, files(t, g), gatehouse.Secret)

	// What a page in a browser of the same machine would send.
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", g.AdminSocket())
		},
	}}
	for _, host := range []string{"evil.example", "localhost:2019"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+host+"/load", strings.NewReader(`{}`))
		require.NoError(t, err)
		req.Header.Set("Origin", "https://evil.example")
		req.Header.Set("Content-Type", "text/plain")
		resp, err := client.Do(req)
		require.NoError(t, err)
		resp.Body.Close()
		assert.GreaterOrEqual(t, resp.StatusCode, http.StatusBadRequest, host)
	}
	assert.Contains(t, admin(t, g, "/config/"), "api_connector", "the configuration is still there")
}

// TestQ29_NoDebugPages: is there a profile or a trace to be had? CWE-489.
// Answer: not on a listener of the shipped configuration (its admin socket has
// Caddy's), and an error page is empty.
func TestQ29_NoDebugPages(t *testing.T) {
	t.Parallel()
	g := gatehouse.StartShipped(t, gatehouse.Shipped{})
	for _, path := range []string{"/debug/pprof/heap", "/debug/vars", "/server-status", "/.env", "/Caddyfile", "/%2e%2e/etc/passwd"} {
		status, body := get(t, g, path)
		assert.Equal(t, http.StatusNotFound, status, path)
		assert.Empty(t, body, path)
	}
	for _, path := range []string{"/debug/pprof/", "/debug/vars", "/config/"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+g.MetricsAddress()+path, http.NoBody)
		require.NoError(t, err)
		req.Close = true
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		require.NoError(t, err)
		for _, word := range []string{"goroutine profile:", "goroutine 1 [", "\"memstats\"", "\"cmdline\""} {
			assert.NotContains(t, string(body), word, path)
		}
		assert.NotContains(t, string(body), "api_connector\":", path)
	}
}

// TestQ04_PlainHTTPGetsNothing: can credentials go in the clear and still work?
// CWE-319, CWE-523. Answer: what comes without TLS to the TLS port is an error
// that repeats nothing and redirects nowhere. TestQ04 in test/tls has the rest.
func TestQ04_PlainHTTPGetsNothing(t *testing.T) {
	t.Parallel()
	upstream := gatehouse.Answering(t, http.StatusOK, `{}`)
	g := gatehouse.StartShipped(t, gatehouse.Shipped{Upstream: upstream.Address()})
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", g.Address())
	require.NoError(t, err)
	defer conn.Close()
	require.NoError(t, conn.SetDeadline(time.Now().Add(10*time.Second)))
	_, err = io.WriteString(conn, "POST /signup HTTP/1.1\r\nHost: "+g.Site()+"\r\nAuthorization: Basic "+
		encoded(gatehouse.Username+":"+gatehouse.Secret)+"\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")
	require.NoError(t, err)
	reply, _ := io.ReadAll(conn)
	assert.True(t, strings.HasPrefix(string(reply), "HTTP/1.0 400 "), "%q", reply)
	assert.NotContains(t, string(reply), "Location")
	assert.Zero(t, upstream.Calls())
}

// TestQ04_NoListenerOnPort80: does something invite a caller to speak without
// TLS? CWE-319; RFC 6797, section 7.2, has a redirect for browsers, and B2C is none:
// what it sends before the redirect are its credentials. Answer: as shipped no
// server of the configuration redirects, on port 80 or another. That no other
// socket is open is part of Q28.
func TestQ04_NoListenerOnPort80(t *testing.T) {
	t.Parallel()
	g := gatehouse.StartShipped(t, gatehouse.Shipped{})
	var servers map[string]struct {
		Listen         []string
		AutomaticHTTPS struct {
			DisableRedirects bool `json:"disable_redirects"`
		} `json:"automatic_https"`
	}
	require.NoError(t, json.Unmarshal([]byte(admin(t, g, "/config/apps/http/servers")), &servers))
	require.Len(t, servers, 2, "the site and the metrics")
	for name, server := range servers {
		assert.True(t, server.AutomaticHTTPS.DisableRedirects, name)
	}
	if listeners, ok := g.Listeners(t); ok {
		for _, listener := range listeners {
			assert.False(t, strings.HasSuffix(listener, ":80"), listener)
		}
	}
}

// TestQ21_ACrowdIsOneCallAndNobodyWaitsForAnother: can callers of one flight hurt
// each other? CWE-400, CWE-667. Answer: two hundred equal calls at once are one
// upstream call; that the first caller or any other hangs up changes nothing for
// the rest; a handler that panics is a fault for all of them and not a hang; calls
// that differ have flights of their own. test/mainjob has the budget of a retry.
func TestQ21_ACrowdIsOneCallAndNobodyWaitsForAnother(t *testing.T) {
	t.Parallel()
	const crowd = 200
	for _, end := range []string{"answer", "panic"} {
		t.Run(end, func(t *testing.T) {
			t.Parallel()
			open := make(chan struct{})
			upstream := gatehouse.NewUpstream(t, func(w http.ResponseWriter, r *http.Request) {
				if strings.HasPrefix(r.URL.Path, "/other") {
					_, _ = io.WriteString(w, `{"promoCode":"2"}`)
					return
				}
				select {
				case <-open:
				case <-r.Context().Done():
				}
				if end == "panic" { // reverse_proxy panics where a body breaks off
					w.Header().Set("Content-Length", "999")
				}
				_, _ = io.WriteString(w, `{"promoCode":"1"}`)
			})
			g := gatehouse.Start(t, connector(upstream.Address(), "timeouts {\n attempt 10s\n }"), gatehouse.HTTP2())
			impatient, hangUp := context.WithCancel(t.Context())
			first := make(chan error, 1)
			go func() {
				_, err := g.Try(impatient, "/", call, basic)
				first <- err
			}()
			require.True(t, gatehouse.Await(func() bool { return upstream.Calls() == 1 }))
			type reply struct {
				exchange contract.Exchange
				err      error
			}
			replies := make(chan reply, crowd)
			for range crowd {
				go func() {
					exchange, err := g.Try(t.Context(), "/", call, basic, gatehouse.Within(20*time.Second))
					replies <- reply{exchange, err}
				}()
			}
			g.RequireMetric(t, crowd, "gatehouse_flight_waiters", nil)
			hangUp()
			require.ErrorIs(t, <-first, context.Canceled)
			other := g.Post(t, "/other", call, basic)
			assert.Equal(t, "2", other.Text("promoCode"), "another key does not wait")
			close(open)
			for range crowd {
				got := <-replies // each has a deadline
				require.NoError(t, got.err)
				answer := gatehouse.Judge(t, got.exchange)
				if end == "panic" {
					assert.Equal(t, fault, answer.Message)
				} else {
					assert.Equal(t, "1", answer.Text("promoCode"))
				}
			}
			assert.Equal(t, 2, upstream.Calls())
			settled(t, g)
			assert.True(t, gatehouse.Await(func() bool { return g.Metric(t, "gatehouse_flight_waiters", nil) == 0 }))
		})
	}
}
