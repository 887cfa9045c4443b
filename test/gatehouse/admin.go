package gatehouse

import (
	"context"
	"io"
	"net/http"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

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

// Terminate sends SIGTERM, waits until the process has ended and returns how long
// that took. It is for tests of the end itself; every process is ended anyway.
func (p *Process) Terminate(t testing.TB) time.Duration {
	t.Helper()
	p.terminated = true
	began := time.Now()
	require.NoError(t, p.command.Process.Signal(syscall.SIGTERM))
	patience := time.NewTimer(stopWithin)
	defer patience.Stop()
	select {
	case <-p.exited:
	case <-patience.C:
		require.Fail(t, "gatehouse did not stop", p.Logs())
	}
	require.Zero(t, p.command.ProcessState.ExitCode(), p.Logs())
	return time.Since(began)
}
