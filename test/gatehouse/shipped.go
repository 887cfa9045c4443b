package gatehouse

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The account of the example and what proves it.
const (
	Username = "b2c"
	Secret   = "Wd3kZ0q9Tn4vYx8cLr2mHs6bPf1gJa7u"
)

// unixSocket is how Caddy writes the address of a socket in the file system.
const unixSocket = "unix/"

// Edit changes a line of a Caddyfile.
type Edit struct{ Old, New string }

// Debug makes every logger speak at its lowest level.
var Debug = Edit{"\tpersist_config off\n", "\tpersist_config off\n\tdebug\n"}

// Shipped is what StartShipped changes. The zero value is the example as it is.
type Shipped struct {
	Upstream string // host:port; default: one that refuses connections
	Edits    []Edit
	// Thumbprint of the client certificate that may call. Default: nobody's.
	Thumbprint string
}

// StartShipped starts a process with Caddyfile.example as it is shipped, and stops
// it at the end of the test. Changed are only the addresses, the certificate and
// the path of the admin socket; so what a test sees of time-outs, limits, logs and
// TLS is what an operator gets who copies the file. Each change is checked: a line
// of the example that is no longer there fails the test.
func StartShipped(t testing.TB, shipped Shipped, options ...Option) *Process {
	t.Helper()
	// t.TempDir may be longer than the path of a socket can be.
	folder, err := os.MkdirTemp("", "gatehouse")
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	p := &Process{folder: folder, admin: unixSocket + filepath.Join(folder, "admin.sock")}
	if shipped.Upstream == "" {
		shipped.Upstream = DeadAddress(t)
	}
	if shipped.Thumbprint == "" {
		shipped.Thumbprint = strings.Repeat("0a", 32)
	}
	p.caddyfile = func(t testing.TB, site string) string { return p.example(t, site, shipped) }
	p.start(t, Example(t), append([]Option{
		Env("GATEHOUSE_CREDENTIAL", "plain:"+Secret), Env("GATEHOUSE_THUMBPRINT", shipped.Thumbprint),
	}, options...))
	return p
}

// AdminSocket is the path of the admin socket of StartShipped.
func (p *Process) AdminSocket() string { return strings.TrimPrefix(p.admin, unixSocket) }

// Example is the text of Caddyfile.example.
func Example(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(Root(t), "Caddyfile.example"))
	require.NoError(t, err)
	return string(text)
}

// example is the text of the example on the addresses of p.
func (p *Process) example(t testing.TB, text string, shipped Shipped) string {
	t.Helper()
	_, metrics, err := net.SplitHostPort(p.metrics)
	require.NoError(t, err)
	for _, edit := range append([]Edit{
		// No look at the machine's trust store.
		{"\tpersist_config off\n", "\tpersist_config off\n\tskip_install_trust\n"},
		{"admin unix//run/gatehouse/admin.sock|0600\n", "admin " + p.admin + "|0600\n"},
		{"grace_period 15s", "grace_period 1s"}, // the tests hang up themselves
		{"\napi.example.com {\n", "\nhttps://" + p.site + " {\n\tbind 127.0.0.1\n"},
		{"\ttls {\n", "\ttls " + p.certFile + " " + p.keyFile + " {\n"},
		{"reverse_proxy 127.0.0.1:8000 {", "reverse_proxy " + shipped.Upstream + " {"},
		{"http://:9180 {", "http://:" + metrics + " {"},
	}, shipped.Edits...) {
		require.Equalf(t, 1, strings.Count(text, edit.Old), "Caddyfile.example has no longer exactly one %q", edit.Old)
		text = strings.Replace(text, edit.Old, edit.New, 1)
	}
	return text
}
