package judge

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// docs/errors.md has examples in fenced blocks of the language `error`; the page
// says how to read them.
func TestExamplesOfTheDocumentation(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../../../docs/errors.md")
	require.NoError(t, err)
	page := string(raw)
	examples := regexp.MustCompile("(?ms)^```error (\\d+) (\\S+)(?: (\\S+))?\n(.*?)\n→ ([^\n]*)\n```$").FindAllStringSubmatch(page, -1)
	require.Equal(t, strings.Count(page, "→"), len(examples), "every arrow is in an example that is run")
	for i, e := range examples {
		line := 1 + strings.Count(page[:strings.Index(page, e[0])], "\n")
		t.Run(fmt.Sprintf("%d_at_line_%d", i+1, line), func(t *testing.T) {
			t.Parallel()
			status, err := strconv.Atoi(e[1])
			require.NoError(t, err)
			a := answer(status, e[2], e[4])
			if e[3] != "" {
				a.Languages = strings.Split(e[3], ",")
			}
			got := strings.TrimSpace(told(judge.Answer(a).Verdict))
			if kind, text, said := strings.Cut(got, " "); said && kind != "fault" {
				got = kind + ": " + text
			}
			assert.Equal(t, e[5], got)
		})
	}
}

// Each form of the table has its section, and each section an example.
func TestFormsOfTheDocumentation(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../../docs/errors.md")
	require.NoError(t, err)
	sections := make(map[string]string)
	for _, section := range strings.Split(string(page), "\n## ")[1:] {
		heading, text, _ := strings.Cut(section, "\n")
		sections[strings.ReplaceAll(strings.ToLower(heading), " ", "-")] = text
	}
	links := regexp.MustCompile(`(?m)^\| \[[^\]]+\]\(#([a-z-]+)\)`).FindAllStringSubmatch(string(page), -1)
	assert.Len(t, links, len(sections))
	for _, link := range links {
		assert.Contains(t, sections[link[1]], "```error ", link[1])
	}
	for _, names := range [][]string{errorMaps, errorLists, messageMembers} {
		for _, name := range names {
			if name != "odata.error" { // is in an example
				assert.Contains(t, string(page), "`"+name+"`")
			}
		}
	}
}
