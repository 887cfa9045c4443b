package legacy_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"text/tabwriter"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// TestLive starts every framework, asks it directly and through the binary, and
// prints what was said. It compares with the goldens or writes them.
func TestLive(t *testing.T) {
	task := os.Getenv("GATEHOUSE_LEGACY_LIVE")
	if task == "" {
		t.Skip("GATEHOUSE_LEGACY_LIVE is not set; test/legacy/run sets it and installs the frameworks")
	}
	require.Contains(t, []string{"compare", "record"}, task)
	for _, framework := range wanted(t) {
		t.Run(framework, func(t *testing.T) { live(t, framework, task == "record") })
	}
}

// wanted are the frameworks that GATEHOUSE_LEGACY_ONLY names, or all.
func wanted(t *testing.T) []string {
	t.Helper()
	if only := strings.Fields(os.Getenv("GATEHOUSE_LEGACY_ONLY")); len(only) > 0 {
		return only
	}
	return frameworks(t)
}

func live(t *testing.T, framework string, writing bool) {
	t.Helper()
	v := newValidator(t, framework)
	before := golden{}
	if _, err := os.Stat(goldenPath(framework)); err == nil || !writing {
		before = readGolden(t, framework)
	}
	after := golden{Framework: framework, Versions: v.versions(t)}
	lines := new(strings.Builder)
	table := tabwriter.NewWriter(lines, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "CASE\tSTATUS\tTHE FRAMEWORK SAID\tVERDICT\tTHE USER READS")
	for _, mode := range []string{"serve", "debug"} {
		// Within a test of its own, so that one mode is gone before the next.
		t.Run(mode, func(t *testing.T) {
			r := v.start(t, mode)
			if r == nil {
				fmt.Fprintf(table, "LEFT OUT: %s: the framework has no such mode\t\t\t\t\n", mode)
				return
			}
			g := gatehouse.Start(t, site(r.address))
			calls := 0
			for _, c := range casesOf(framework) {
				if c.mode == mode {
					calls++
					after.Answers = append(after.Answers, r.try(t, g, c, before, writing, table))
				}
			}
			requireNoCanary(t, g, calls)
		})
	}
	_ = table.Flush() // into memory
	fmt.Printf("\n== %s: %s\n%s", framework, after.Versions, lines)
	if writing && len(after.Answers) >= len(signUps)-1 { // what was asked is true even where an answer through Gatehouse is not good
		after.write(t)
	}
}

// try makes one call both ways.
func (r *running) try(t *testing.T, g *gatehouse.Process, c signUp, before golden, writing bool, table io.Writer) record {
	t.Helper()
	answer, err := r.ask(t, c.path, c.body)
	if err != nil {
		hungUp := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET)
		require.True(t, hungUp, "%s: %v\n%s", c.name, err, r.output)
	}
	answer.Case = c.name
	got := call(t, g, c.path, c.body)
	reads := got.Reads
	if got.Verdict == "continue" {
		reads = "(goes on)"
	}
	verdict := got.Verdict
	if got.Reason != "" {
		verdict += " " + got.Reason
	}
	fmt.Fprintf(table, "%s\t%d\t%s\t%s\t%s\n", c.name, answer.Status, shortened(answer.Body), verdict, reads)

	known, found := before.find(c.name)
	answer.Want = known.Want
	if writing && !found {
		// To be read by a person before it is committed. Of the call that Gatehouse
		// does not hand on nothing is known yet.
		if answer.Want = got.short(); c.name == unread {
			answer.Want = want{Verdict: "invalid"}
		}
	}
	if writing || !assert.True(t, found, "no golden for %q", c.name) {
		return answer
	}
	assert.Equal(t, known.Status, answer.Status, c.name)
	assert.Equal(t, known.ContentType, answer.ContentType, c.name)
	if c.mode == "serve" { // no two pages of a debugger are the same
		assert.Equal(t, known.Body, answer.Body, c.name)
	}
	if c.name == unread {
		want{Verdict: "fault", Reason: "malformed"}.compare(t, got.want, answer.Body)
	} else {
		known.Want.compare(t, got.want, answer.Body)
	}
	return answer
}

// shortened is a body in one line of at most 70 characters.
func shortened(body string) string {
	text := []rune(strings.Join(strings.Fields(body), " "))
	if len(text) > 70 {
		return string(text[:67]) + "..."
	}
	return string(text)
}
