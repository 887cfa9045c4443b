package gatehouse

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// loaded reports whether a configuration is: the admin API tells it only when it is
// loaded as a whole.
func (p *Process) loaded(ctx context.Context) bool {
	network, address := "tcp", p.admin
	if path, isSocket := strings.CutPrefix(p.admin, unixSocket); isSocket {
		network, address = "unix", path
	}
	client := &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, address)
		},
	}}
	host := address
	if network == "unix" {
		host = "127.0.0.1"
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+host+"/config/", http.NoBody)
	if err != nil {
		return false
	}
	req.Header["User-Agent"] = nil // Caddy logs the header; a test may look for one in the log
	resp, err := client.Do(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// Admin makes a request to the admin API and returns its status and body.
func (p *Process) Admin(t testing.TB, method, path string) (status int, body string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), callWithin)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, "http://"+p.admin+path, http.NoBody)
	require.NoError(t, err)
	resp, err := scraper.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(text)
}
