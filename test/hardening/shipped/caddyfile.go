package shipped

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Edit changes a line of the Caddyfile.
type Edit struct{ Old, New string }

// Debug makes every logger speak at its lowest level.
var Debug = Edit{"\tpersist_config off\n", "\tpersist_config off\n\tdebug\n"}

// Root is the folder of go.mod.
func Root(t testing.TB) string {
	t.Helper()
	folder, err := os.Getwd()
	require.NoError(t, err)
	for {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			return folder
		}
		parent := filepath.Dir(folder)
		require.NotEqual(t, folder, parent, "there is no go.mod above the test")
		folder = parent
	}
}

// Example is the text of Caddyfile.example.
func Example(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(Root(t), "Caddyfile.example"))
	require.NoError(t, err)
	return string(text)
}

// caddyfile is the example on the addresses of g.
func (g *Gatehouse) caddyfile(t testing.TB, upstream string, edits []Edit) string {
	t.Helper()
	_, metrics, err := net.SplitHostPort(g.Metrics)
	require.NoError(t, err)
	text := Example(t)
	for _, edit := range append([]Edit{
		// No redirects on port 80, which other processes may have; no look at the
		// machine's trust store.
		{"\tpersist_config off\n", "\tpersist_config off\n\tauto_https off\n\tskip_install_trust\n"},
		{"admin unix//run/gatehouse/admin.sock|0600\n", "admin unix/" + g.Socket + "|0600\n"},
		{"grace_period 15s", "grace_period 1s"}, // the tests hang up themselves
		{"\napi.example.com {\n", "\nhttps://" + g.Site + " {\n\tbind 127.0.0.1\n"},
		{"\ttls {\n", "\ttls " + g.certFile + " " + g.keyFile + " {\n"},
		{"reverse_proxy 127.0.0.1:8000 {", "reverse_proxy " + upstream + " {"},
		{"http://:9180 {", "http://:" + metrics + " {"},
	}, edits...) {
		require.Equalf(t, 1, strings.Count(text, edit.Old), "Caddyfile.example has no longer exactly one %q", edit.Old)
		text = strings.Replace(text, edit.Old, edit.New, 1)
	}
	return text
}
