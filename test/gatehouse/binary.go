package gatehouse

import (
	"context"
	"fmt"
	"io/fs"
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

// Main runs the tests of a package and then what it is given, and removes the
// binary that they built. It does not return.
func Main(m *testing.M, after ...func()) {
	code := m.Run()
	for _, do := range after {
		do()
	}
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

// sourceRoot is the folder of the module that the binary is built from. A go.sum
// does not tell it: a suite may be a module of its own.
func sourceRoot() (string, error) {
	for root := ".."; ; root = filepath.Join("..", root) {
		if _, err := os.Stat(filepath.Join(root, "cmd", "gatehouse")); err == nil {
			return root, nil
		}
		if absolute, err := filepath.Abs(root); err != nil || filepath.Dir(absolute) == absolute {
			return "", fmt.Errorf("looking for the module's root above the test: %w", os.ErrNotExist)
		}
	}
}

// sources are the folders that the binary is made of, below the module's root.
var sources = []string{"caddymodule", "cmd", "internal"}

// touchSources looks at every file that the binary is made of, so that `go test`
// does not take a result from its cache when one of them has changed: of a binary
// that a test builds it knows nothing.
func touchSources(root string) error {
	for _, folder := range sources {
		err := filepath.WalkDir(filepath.Join(root, folder), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			_, err = os.Stat(path)
			return err
		})
		if err != nil {
			return fmt.Errorf("looking at the sources: %w", err)
		}
	}
	return nil
}

// Root is the folder of the product's go.mod.
func Root(t testing.TB) string {
	t.Helper()
	root, err := sourceRoot()
	require.NoError(t, err)
	return root
}

func build() (folder, path string, err error) {
	root, err := sourceRoot()
	if err != nil {
		return "", "", err
	}
	if err := touchSources(root); err != nil {
		return "", "", err
	}
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
	command := exec.CommandContext(ctx, "go", append(args, program)...)
	command.Dir = root
	if out, err := command.CombinedOutput(); err != nil {
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
