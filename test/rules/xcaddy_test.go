package rules_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// mainOfXcaddy is the program that `xcaddy build --with <module>/caddymodule`
// writes.
const mainOfXcaddy = `package main

import (
	caddycmd "github.com/caddyserver/caddy/v2/cmd"

	// plug in Caddy modules here
	_ "github.com/caddyserver/caddy/v2/modules/standard"
	_ "` + module + `/caddymodule"
)

func main() {
	caddycmd.Main()
}
`

// TestAnybodyCanBuildItIntoCaddy does what `xcaddy build --with
// <module>/caddymodule --replace <module>=<checkout>` does, without xcaddy and
// without a network: the versions are those that go.mod has.
func TestAnybodyCanBuildItIntoCaddy(t *testing.T) {
	t.Parallel()
	top, folder := root(t), t.TempDir()
	ours, err := os.ReadFile(filepath.Join(top, "go.mod"))
	require.NoError(t, err)
	sums, err := os.ReadFile(filepath.Join(top, "go.sum"))
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(ours), "\n") // the first line names the module
	require.True(t, found)
	theirs := fmt.Sprintf("module caddy\n%s\nrequire %s v0.0.0\n\nreplace %s => %s\n", rest, module, module, top)
	for name, content := range map[string]string{"main.go": mainOfXcaddy, "go.mod": theirs, "go.sum": string(sums)} {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600))
	}

	run(t, folder, "go", "build", "-o", "caddy", ".")
	list := strings.Fields(run(t, folder, filepath.Join(folder, "caddy"), "list-modules"))
	for _, id := range []string{
		"http.handlers.api_connector",
		"http.authentication.providers.connector_secret",
		"http.authentication.providers.client_certificate",
		"caddy.listeners.handover",
		"http.handlers.reverse_proxy",
	} {
		assert.Contains(t, list, id)
	}
}

func run(t *testing.T, folder, program string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 9*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off", "XDG_DATA_HOME="+folder, "XDG_CONFIG_HOME="+folder)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s %s\n%s", program, strings.Join(args, " "), out)
	return string(out)
}
