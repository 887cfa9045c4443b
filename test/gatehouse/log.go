package gatehouse

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Line is one line of the process's log.
type Line map[string]any

// Lines are the lines of the log so far that are JSON: Caddy's own are.
func (p *Process) Lines() (lines []Line) {
	for text := range strings.Lines(p.Logs()) {
		var line Line
		if json.Unmarshal([]byte(text), &line) == nil && strings.HasSuffix(text, "\n") {
			lines = append(lines, line)
		}
	}
	return lines
}

// Log waits for a line with the message and returns the latest.
func (p *Process) Log(t testing.TB, message string) Line {
	t.Helper()
	var found Line
	require.True(t, Await(func() bool {
		for _, line := range p.Lines() {
			if line["msg"] == message {
				found = line
			}
		}
		return found != nil
	}), "no line %q in\n%s", message, p.Logs())
	return found
}

// Requires compares a field of the line.
func (l Line) Requires(t testing.TB, field string, want any) {
	t.Helper()
	assert.Equal(t, want, l[field], "field %s of %v", field, l)
}
