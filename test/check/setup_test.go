package check_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

func TestMain(m *testing.M) { gatehouse.Main(m) }

const (
	username = "b2c"
	secret   = "Zq8:vT3nL6yR1wK9pX4m" // a colon is allowed in a password
)

// report is what --json prints.
type report struct {
	URL, Protocol           string
	Passed, Failed, Skipped int
	Unfinished              string
	Checks                  []struct {
		Name, Outcome, Says, Means, Remedy, Source string
		Findings                                   []struct{ Step, Wrong, Sent, Received, Code string }
	}
}

// named are the checks with an outcome.
func (r report) named(outcome string) []string {
	names := []string{}
	for _, check := range r.Checks {
		if check.Outcome == outcome {
			names = append(names, check.Name)
		}
	}
	return names
}

// codes are those that the findings of a check name.
func (r report) codes(name string) (codes []string) {
	for _, check := range r.Checks {
		if check.Name == name {
			for _, found := range check.Findings {
				codes = append(codes, found.Code)
			}
		}
	}
	return codes
}

// check runs the command with --json. Whatever comes of it, no secret may be in it.
func check(t *testing.T, args ...string) (report, int) {
	t.Helper()
	result := gatehouse.Run(t, append([]string{"connector", "check", "--json"}, args...)...)
	assert.NotContains(t, result.Output, secret)
	var r report
	require.NoError(t, json.Unmarshal([]byte(result.Output), &r), result.Output)
	for _, check := range r.Checks {
		if check.Outcome == "failed" {
			assert.NotEmpty(t, check.Means, check.Name)
			assert.NotEmpty(t, check.Remedy, check.Name)
			assert.NotEmpty(t, check.Findings, check.Name)
		}
	}
	return r, result.Status
}

// written writes a file into a folder of the test's own.
func written(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}
