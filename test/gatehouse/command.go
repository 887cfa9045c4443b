package gatehouse

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// commandWithin bounds a command that ends by itself.
const commandWithin = time.Minute

func run(t testing.TB, input string, args ...string) Result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), commandWithin)
	defer cancel()
	cmd := exec.CommandContext(ctx, Binary(t), args...)
	cmd.Env = environment(t.TempDir())
	cmd.Stdin = strings.NewReader(input)
	out, err := cmd.CombinedOutput()
	require.NoError(t, ctx.Err(), "gatehouse %s did not end:\n%s", strings.Join(args, " "), out)
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		require.NoError(t, err)
	}
	requireHealthy(t, string(out))
	return Result{Status: cmd.ProcessState.ExitCode(), Output: string(out)}
}

// Validate runs `gatehouse validate` on a whole Caddyfile.
func Validate(t testing.TB, caddyfile string) Result {
	t.Helper()
	path := filepath.Join(t.TempDir(), "Caddyfile")
	require.NoError(t, os.WriteFile(path, []byte(caddyfile), 0o600))
	return Run(t, "validate", "--config", path, "--adapter", "caddyfile")
}

// HashPassword runs `gatehouse hash-password`; the algorithm is bcrypt or argon2id.
func HashPassword(t testing.TB, algorithm, password string) string {
	t.Helper()
	args := []string{"hash-password", "--algorithm", algorithm}
	if algorithm == "bcrypt" {
		args = append(args, "--bcrypt-cost", "4") // the test is about the form, not the cost
	}
	result := RunWithInput(t, password+"\n", args...)
	require.Zero(t, result.Status, result.Output)
	lines := strings.Split(strings.TrimSpace(result.Output), "\n")
	return lines[len(lines)-1]
}

// environment keeps the process off the user's own files. Of ours it has the
// path alone, so that a variable set on this machine changes no result.
func environment(home string) []string {
	env := []string{
		"HOME=" + home, "XDG_DATA_HOME=" + home, "XDG_CONFIG_HOME=" + home,
		"PATH=" + os.Getenv("PATH"), "TMPDIR=" + os.TempDir(),
		"GORACE=halt_on_error=0",
	}
	if folder := os.Getenv("GOCOVERDIR"); folder != "" {
		env = append(env, "GOCOVERDIR="+folder)
	}
	return env
}

// sicknesses are what a process that is well never prints.
var sicknesses = []string{"panic: ", "panic serving", "fatal error: ", "DATA RACE", "connector panicked"}

func requireHealthy(t testing.TB, output string) {
	t.Helper()
	for _, sickness := range sicknesses {
		if strings.Contains(output, sickness) {
			t.Errorf("the process printed %q:\n%s", sickness, output)
		}
	}
}

// journal collects what a process prints; it may be read while it grows.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

// String is everything so far.
func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}
