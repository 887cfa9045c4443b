package observability_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// page is docs/observability.md as data.
type page struct {
	metrics map[string]string          // "counter connector,step" by name
	lines   map[string]map[string]bool // by message: its fields, and whether a line always has them
}

var quoted = regexp.MustCompile("`([^`]+)`")

func readPage(t *testing.T) page {
	t.Helper()
	text, err := os.ReadFile("../../docs/observability.md")
	require.NoError(t, err)
	p := page{make(map[string]string), make(map[string]map[string]bool)}
	message := ""
	for line := range strings.Lines(string(text)) {
		heading, isHeading := strings.CutPrefix(strings.TrimSpace(line), "### ")
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		switch {
		case strings.HasPrefix(line, "## "):
			message = ""
		case isHeading:
			message = heading
		case strings.HasPrefix(line, "| `gatehouse_"):
			p.metrics[all(cells[0])[0]] = strings.TrimSpace(cells[1]) + " " + strings.Join(all(cells[2]), ",")
		case message != "" && strings.HasPrefix(line, "| `"):
			if p.lines[message] == nil {
				p.lines[message] = make(map[string]bool)
			}
			when := strings.TrimSpace(cells[1])
			require.Contains(t, []string{"always", "sometimes"}, when, line)
			for _, field := range all(cells[0]) {
				p.lines[message][field] = when == "always"
			}
		}
	}
	require.Len(t, p.lines, 7)
	return p
}

// all is what stands in quotes in a cell.
func all(cell string) (words []string) {
	for _, match := range quoted.FindAllStringSubmatch(cell, -1) {
		words = append(words, match[1])
	}
	return words
}
