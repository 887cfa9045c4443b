package gatehouse

import (
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Reload gives the running process another site, by `gatehouse reload`.
func (p *Process) Reload(t testing.TB, site string) {
	t.Helper()
	result := p.reload(t, site)
	if result.Status != 0 {
		require.FailNow(t, "gatehouse reload failed", "%s\n%s", result.Output, p.Logs()) // a long log is copied only here
	}
}

// ReloadFails is Reload for a site that must be refused. It returns what the
// command printed.
func (p *Process) ReloadFails(t testing.TB, site string) string {
	t.Helper()
	result := p.reload(t, site)
	require.Equal(t, 1, result.Status, "gatehouse reload took it:\n%s\n%s", result.Output, p.Logs())
	return result.Output
}

// ReloadBySignal gives the running process another site: it writes the file and
// sends SIGUSR1, on which Caddy loads again what `gatehouse run` was started with.
func (p *Process) ReloadBySignal(t testing.TB, site string) {
	t.Helper()
	const loaded = "caddy_config_last_reload_success_timestamp_seconds"
	before := p.Metric(t, loaded, nil)
	p.writeCaddyfile(t, site)
	require.NoError(t, p.command.Process.Signal(syscall.SIGUSR1))
	p.reloaded.Store(time.Now().Add(countWithin).UnixNano()) // any moment until it is seen to be done
	if !Await(func() bool { return p.Metric(t, loaded, nil) > before }) {
		require.FailNow(t, "SIGUSR1 has reloaded nothing", p.Logs()) // a long log is copied only here
	}
	p.client.CloseIdleConnections()
	p.reloaded.Store(time.Now().UnixNano())
}

func (p *Process) reload(t testing.TB, site string) Result {
	t.Helper()
	p.writeCaddyfile(t, site)
	result := Run(t, "reload", "--config", p.path, "--adapter", "caddyfile", "--address", p.admin)
	// The old server ends idle connections, perhaps while a call is being written;
	// net/http repeats no POST.
	p.client.CloseIdleConnections()
	p.reloaded.Store(time.Now().UnixNano())
	return result
}
