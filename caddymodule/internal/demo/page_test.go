package demo_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/demo"
)

const (
	secret = "of-the-connector-alone"
	basic  = "Basic YjJjOm9mLXRoZS1jb25uZWN0b3ItYWxvbmU="
)

// newPage is a page whose connector is the handler.
func newPage(t *testing.T, connector http.HandlerFunc) http.Handler {
	t.Helper()
	validator, err := demo.StartValidator()
	require.NoError(t, err)
	lines, err := demo.ListenForLines()
	require.NoError(t, err)
	server := httptest.NewServer(connector)
	t.Cleanup(func() {
		server.Close()
		assert.NoError(t, validator.Close())
		assert.NoError(t, lines.Close())
	})
	page := &demo.Page{
		Validator: validator, Lines: lines, Client: server.Client(), Endpoint: server.URL, Metrics: server.URL + "/metrics",
		Connector: "signup", Basic: url.UserPassword("b2c", secret), Hosts: []string{"127.0.0.1:8444", "localhost:8444"}, Forget: func() {},
	}
	return page.Handler()
}

func ask(t *testing.T, h http.Handler, method, host, path string, header http.Header, body string) *http.Response {
	t.Helper()
	r := httptest.NewRequestWithContext(context.Background(), method, path, strings.NewReader(body))
	r.Host = host
	r.Header = header.Clone()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func TestOtherSitesAreKeptOut(t *testing.T) {
	t.Parallel()
	page := newPage(t, http.NotFound)
	const own = "127.0.0.1:8444"
	json := func(pairs ...string) http.Header {
		h := http.Header{"Content-Type": {"application/json"}}
		for i := 0; i < len(pairs); i += 2 {
			h.Set(pairs[i], pairs[i+1])
		}
		return h
	}
	const slow = `{"dialect":"json","seconds":3,"fault":"none"}`
	for name, tc := range map[string]struct {
		method, host, path string
		header             http.Header
		body               string
		status             int
	}{
		"the page":                   {"GET", own, "/", nil, "", 200},
		"by the name of loopback":    {"GET", "localhost:8444", "/", nil, "", 200},
		"from a link elsewhere":      {"GET", own, "/", http.Header{"Sec-Fetch-Site": {"cross-site"}}, "", 200},
		"rebound name":               {"GET", "evil.example:8444", "/", nil, "", 421},
		"rebound name, numbers":      {"GET", "evil.example:8444", "/api/live", nil, "", 421},
		"other port":                 {"GET", "127.0.0.1:80", "/", nil, "", 421},
		"settings":                   {"GET", own, "/api/settings", nil, "", 200},
		"settings, asked elsewhere":  {"GET", own, "/api/settings", http.Header{"Sec-Fetch-Site": {"cross-site"}}, "", 403},
		"settings, from a neighbour": {"GET", own, "/api/settings", http.Header{"Sec-Fetch-Site": {"same-site"}}, "", 403},
		"script elsewhere":           {"GET", own, "/page.js", http.Header{"Sec-Fetch-Site": {"cross-site"}}, "", 403},
		"change":                     {"POST", own, "/api/settings", json("Origin", "http://"+own), slow, 200},
		"change from elsewhere":      {"POST", own, "/api/settings", json("Origin", "https://evil.example"), slow, 403},
		"change from https":          {"POST", own, "/api/settings", json("Origin", "https://"+own), slow, 403},
		"change without an origin":   {"POST", own, "/api/settings", json(), slow, 403},
		"change from a sandbox":      {"POST", own, "/api/settings", json("Origin", "null"), slow, 403},
		"change by a plain form":     {"POST", own, "/api/settings", http.Header{"Origin": {"http://" + own}, "Content-Type": {"text/plain"}}, slow, 400},
		"unknown dialect":            {"POST", own, "/api/settings", json("Origin", "http://"+own), `{"dialect":"cobol","seconds":0,"fault":"none"}`, 400},
		"any delay":                  {"POST", own, "/api/settings", json("Origin", "http://"+own), `{"dialect":"json","seconds":86400,"fault":"none"}`, 400},
		"unknown member":             {"POST", own, "/api/settings", json("Origin", "http://"+own), `{"dialect":"json","seconds":0,"fault":"none","x":1}`, 400},
		"endless field":              {"POST", own, "/api/signup", json("Origin", "http://"+own), `{"email":"` + strings.Repeat("a", 201) + `"}`, 400},
		"endless body":               {"POST", own, "/api/signup", json("Origin", "http://"+own), `{"email":"` + strings.Repeat("a", 10000) + `"}`, 400},
		"file beside the page":       {"GET", own, "/index.html", nil, "", 404},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			response := ask(t, page, tc.method, tc.host, tc.path, tc.header, tc.body)
			assert.Equal(t, tc.status, response.StatusCode)
			policy := response.Header.Get("Content-Security-Policy")
			assert.Contains(t, policy, "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'")
			assert.NotContains(t, policy, "unsafe")
			assert.Equal(t, "nosniff", response.Header.Get("X-Content-Type-Options"))
		})
	}
}

// What the provider makes of answers that break the contract, and that no answer
// shows the password.
func TestJourneyEndsWhateverComesBack(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		connector http.HandlerFunc
		want      string
	}{
		"no call": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }, `"outcome":"failed"`},
		"no JSON": {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("hello")) }, `"violations":"`},
		"nobody":  {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, `"outcome":"failed"`},
		"a token": {func(w http.ResponseWriter, r *http.Request) {
			assert.Equal(t, basic, r.Header.Get("Authorization"))
			_, _ = w.Write([]byte(`{"version":"1.0.0","action":"Continue","extension_PromoCode":"1"}`))
		}, `"returned":["extension_PromoCode"]`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			page := newPage(t, tc.connector)
			header := http.Header{"Content-Type": {"application/json"}, "Origin": {"http://127.0.0.1:8444"}}
			response := ask(t, page, "POST", "127.0.0.1:8444", "/api/signup", header, `{"email":"a@contoso.com"}`)
			body, err := io.ReadAll(response.Body)
			require.NoError(t, err)
			assert.Contains(t, string(body), tc.want)
			assert.Equal(t, 1, strings.Count(string(body), `{"event":"end"`), "one end: %s", body)
			assert.NotContains(t, string(body), secret)
			assert.NotContains(t, string(body), strings.TrimPrefix(basic, "Basic "))
		})
	}
}

func TestNumbersAreThoseOfOneConnector(t *testing.T) {
	t.Parallel()
	page := newPage(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`# HELP gatehouse_requests_total Requests.
gatehouse_requests_total{answer="continue",connector="signup",source="cache",step="other"} 2
gatehouse_requests_total{answer="continue",connector="signup",source="flight",step="other"} 1
gatehouse_requests_total{answer="continue",connector="loyalty",source="cache",step="other"} 40
gatehouse_faults_total{connector="signup",reason="timeout"} 1
gatehouse_faults_total{connector="signup",reason="redirect"} 0
gatehouse_request_duration_seconds_bucket{connector="signup",source="cache",step="other",le="0.1"} 1
gatehouse_request_duration_seconds_bucket{connector="signup",source="cache",step="other",le="+Inf"} 2
gatehouse_request_duration_seconds_bucket{connector="signup",source="flight",step="other",le="0.1"} 1
gatehouse_request_duration_seconds_bucket{connector="signup",source="flight",step="other",le="+Inf"} 1
gatehouse_overhead_seconds_sum{connector="signup"} 0.5
gatehouse_overhead_seconds_count{connector="signup"} 3
gatehouse_upstream_duration_seconds_count{connector="signup",outcome="continue"} 1
gatehouse_flights{connector="signup"} 1
go_goroutines 8
`))
	})
	response := ask(t, page, "GET", "localhost:8444", "/api/live", nil, "")
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	assert.JSONEq(t, `{"answers":{"continue":3},"sources":{"cache":2,"flight":1},"faults":{"timeout":1},"upstream":2,"own":0.5,"own_calls":3,
		"durations":[{"up_to":0.1,"calls":2},{"up_to":0,"calls":1}]}`, string(body))
}
