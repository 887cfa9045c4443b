package faults_test

import (
	"encoding/json"
	"strings"
)

// line is what the log says of a call that was answered. It has the labels of the
// counts, so it tells which cell a count is of.
type line struct {
	Message string `json:"msg"`
	ID      string `json:"request_id"`
	Step    string `json:"step"`
	Answer  string `json:"answer"`
	Source  string `json:"source"`
	Reason  string `json:"reason"`
}

// answeredLines are the lines of all answered calls, by the request's id. An id of
// two lines would be an answer that counts twice: then the line has no answer.
func answeredLines(log string) map[string]line {
	lines := make(map[string]line)
	for text := range strings.Lines(log) {
		var l line
		if json.Unmarshal([]byte(text), &l) != nil || l.Message != "call answered" {
			continue
		}
		if _, twice := lines[l.ID]; twice {
			l.Answer = "twice"
		}
		lines[l.ID] = l
	}
	return lines
}

// judgeLine compares the log line of the cell's answer.
func (c *cell) judgeLine(got line) {
	want := line{
		Message: "call answered", ID: c.id, Step: c.form.label, Answer: c.want.counted.String(),
		Source: c.want.source, Reason: c.want.reason,
	}
	if got != want {
		c.complain("logged step %q, answer %q, source %q, reason %q; want %q, %q, %q, %q",
			got.Step, got.Answer, got.Source, got.Reason, want.Step, want.Answer, want.Source, want.Reason)
	}
}
