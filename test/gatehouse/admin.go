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

// Admin makes a request to the admin API and returns its status and body.
func (p *Process) Admin(t testing.TB, method, path string) (status int, body string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), callWithin)
	defer cancel()
	status, body, err := p.askAdmin(ctx, method, path)
	require.NoError(t, err)
	return status, body
}

// loaded reports whether a configuration is: the admin API tells it only when it is
// loaded as a whole.
func (p *Process) loaded(ctx context.Context) bool {
	status, _, err := p.askAdmin(ctx, http.MethodGet, "/config/")
	return err == nil && status == http.StatusOK
}

// askAdmin reaches the admin API by TCP or by its socket.
func (p *Process) askAdmin(ctx context.Context, method, path string) (status int, body string, err error) {
	network, address, host := "tcp", p.admin, p.admin
	if socket, is := strings.CutPrefix(p.admin, unixSocket); is {
		network, address, host = "unix", socket, "127.0.0.1"
	}
	client := &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, address)
		},
	}}
	req, err := http.NewRequestWithContext(ctx, method, "http://"+host+path, http.NoBody)
	if err != nil {
		return 0, "", err
	}
	req.Header["User-Agent"] = nil // Caddy logs the header; a test may look for one in the log
	resp, err := client.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(text), err
}
