package dashboards_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// parserFolder holds a command around Prometheus' own parser. It is a module of its
// own: as a dependency of this one the parser would choose versions for the product.
const parserFolder = "../test/tools/promql"

type question struct {
	Expressions []string          `json:"expressions,omitempty"`
	Rules       map[string]string `json:"rules,omitempty"`
}

type reading struct {
	Expressions []expression
	Rules       map[string]struct {
		Errors []string
		Groups []struct {
			Name  string
			Rules []rule
		}
	}
}

type expression struct {
	Error     string
	Selectors []selector
	Grouped   []string
	Quantiles int
	Labels    []string
	Open      []string
}

type selector struct {
	Metric   string
	Matchers []struct{ Label, Op, Value string }
	Range    time.Duration
	Function string
}

type rule struct {
	file          string
	Record, Alert string
	Expr          string
	For           time.Duration
	Labels        map[string]string
	Annotations   map[string]string
}

func (r rule) name() string { return r.Record + r.Alert }

var parser struct {
	once   sync.Once
	folder string
	path   string
	err    error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if parser.folder != "" {
		_ = os.RemoveAll(parser.folder)
	}
	os.Exit(code)
}

// ask has the parser read expressions and files of rules.
func ask(t *testing.T, q question) reading {
	t.Helper()
	parser.once.Do(func() { parser.folder, parser.path, parser.err = buildParser() })
	require.NoError(t, parser.err)
	in, err := json.Marshal(q)
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), parser.path)
	cmd.Stdin = bytes.NewReader(in)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	require.NoError(t, err)
	var said reading
	require.NoError(t, json.Unmarshal(out, &said), string(out))
	return said
}

func buildParser() (folder, path string, err error) {
	// So that `go test` takes no result from its cache when the parser has changed.
	sources, err := filepath.Glob(filepath.Join(parserFolder, "*"))
	if err != nil || len(sources) == 0 {
		return "", "", fmt.Errorf("looking for %s: %w", parserFolder, os.ErrNotExist)
	}
	for _, source := range sources {
		if _, err := os.ReadFile(source); err != nil {
			return "", "", fmt.Errorf("looking at the parser: %w", err)
		}
	}
	if folder, err = os.MkdirTemp("", "promql"); err != nil {
		return "", "", fmt.Errorf("making a folder for the parser: %w", err)
	}
	path = filepath.Join(folder, "promql")
	if out, err := exec.Command("go", "build", "-C", parserFolder, "-o", path, ".").CombinedOutput(); err != nil {
		return folder, "", fmt.Errorf("building the parser: %w\n%s", err, out)
	}
	return folder, path, nil
}
