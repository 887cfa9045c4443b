package gatehouse

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// program is the command that is built.
const program = "github.com/gatehouse-proxy/gatehouse/cmd/gatehouse"

// buildWithin bounds the build. From an empty cache, with the race detector, on
// two cores it takes some minutes.
const buildWithin = 9 * time.Minute

var built struct {
	once   sync.Once
	folder string
	path   string
	err    error
}

// Main runs the tests of a package and removes the binary that they built. It
// does not return.
func Main(m *testing.M) {
	code := m.Run()
	if built.folder != "" {
		_ = os.RemoveAll(built.folder)
	}
	os.Exit(code)
}

// Binary is the path of the binary, built at the first use.
func Binary(t testing.TB) string {
	t.Helper()
	built.once.Do(func() { built.folder, built.path, built.err = build() })
	require.NoError(t, built.err)
	return built.path
}

func build() (folder, path string, err error) {
	folder, err = os.MkdirTemp("", "gatehouse")
	if err != nil {
		return "", "", fmt.Errorf("making a folder for the binary: %w", err)
	}
	path = filepath.Join(folder, "gatehouse")
	args := []string{"build", "-o", path}
	if raceDetector {
		args = append(args, "-race")
	}
	if os.Getenv("GOCOVERDIR") != "" {
		args = append(args, "-cover", "-coverpkg=github.com/gatehouse-proxy/gatehouse/...")
	}
	ctx, cancel := context.WithTimeout(context.Background(), buildWithin)
	defer cancel()
	if out, err := exec.CommandContext(ctx, "go", append(args, program)...).CombinedOutput(); err != nil {
		return folder, "", fmt.Errorf("building %s: %w\n%s", program, err, out)
	}
	return folder, path, nil
}

// Result is what a command left behind.
type Result struct {
	Status int // exit status
	Output string
}

// Run runs the binary with arguments to its end, in an environment of its own.
func Run(t testing.TB, args ...string) Result {
	t.Helper()
	return run(t, "", args...)
}

// RunWithInput is Run with text on standard input.
func RunWithInput(t testing.TB, input string, args ...string) Result {
	t.Helper()
	return run(t, input, args...)
}
