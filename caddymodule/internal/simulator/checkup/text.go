package checkup

import (
	"fmt"
	"io"
	"strings"
)

// marks are the first characters of a line for people, with their colours.
var marks = map[Outcome]struct{ mark, colour string }{
	Passed:  {"✓", "\x1b[32m"},
	Failed:  {"✗", "\x1b[31m"},
	Skipped: {"–", "\x1b[33m"},
}

const colourOff = "\x1b[0m"

// mostFindings is how many findings of one check are written out for people: the
// others are alike more often than not, and JSON has them all.
const mostFindings = 3

// WriteText writes the report for people.
func (r Report) WriteText(w io.Writer, colour bool) error {
	var text strings.Builder
	fmt.Fprintf(&text, "%s, %s\n\n", r.URL, r.Protocol)
	for _, result := range r.Results {
		mark := marks[result.Outcome].mark
		if colour {
			mark = marks[result.Outcome].colour + mark + colourOff
		}
		fmt.Fprintf(&text, "%s %-18s %s\n", mark, result.Name, oneLine(result.Says))
		result.writeFindings(&text)
	}
	fmt.Fprintf(&text, "\n%s\n", r.Summary())
	if r.Unfinished != "" {
		fmt.Fprintf(&text, "Not finished: %s.\n", r.Unfinished)
	}
	_, err := io.WriteString(w, text.String())
	return err
}

func (r Result) writeFindings(text *strings.Builder) {
	codes := make(map[string]bool)
	for i, found := range r.Findings {
		if found.Code != "" {
			codes[found.Code] = true
		}
		if i >= mostFindings {
			continue
		}
		writeField(text, "step", found.Step)
		writeField(text, "sent", found.Sent)
		writeField(text, "received", found.Received)
		if i > 0 || found.Wrong != r.Says {
			writeField(text, "wrong", found.Wrong)
		}
		text.WriteByte('\n')
	}
	if r.Outcome != Failed {
		return
	}
	if more := len(r.Findings) - mostFindings; more > 0 {
		writeField(text, "more", fmt.Sprintf("%d like these; --json has all", more))
	}
	means := r.Means
	if len(codes) > 0 {
		means += " They see " + inOrder(codes) + "."
	}
	writeField(text, "means", means)
	writeField(text, "remedy", r.Remedy)
	text.WriteByte('\n')
}

// writeField writes a name and a text whose further lines stand below its first.
func writeField(text *strings.Builder, name, value string) {
	if value == "" {
		return
	}
	for i, line := range strings.Split(value, "\n") {
		if i > 0 {
			name = ""
		}
		text.WriteString(strings.TrimRight(fmt.Sprintf("    %-9s%s", name, line), " "))
		text.WriteByte('\n')
	}
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
