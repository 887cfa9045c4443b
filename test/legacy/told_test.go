package legacy_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/internal/contract"
	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

const secret = "correct-horse-battery-staple"

// ownWords are what a user reads where the validator's words are none for a
// person, by verdict.
var ownWords = map[string]string{
	"block":   "You cannot sign up here.",
	"invalid": "Please check what you entered and try again.",
	"fault":   "We could not check your details just now. Please try again in a moment.",
}

// site is a connector in front of an upstream, with an access log.
func site(address string) string {
	return `
	log
	api_connector {
		auth {
			basic b2c plain:` + secret + `
		}
		messages {
			block "` + ownWords["block"] + `"
			invalid "` + ownWords["invalid"] + `"
			fault "` + ownWords["fault"] + `"
		}
	}
	reverse_proxy ` + address
}

// told is what became of a call: the user's side and the operator's.
type told struct {
	want
	rule   string
	format string
}

// call makes a call and requires what holds whatever the validator said: the
// contract is kept and the password is not in the answer.
func call(t *testing.T, g *gatehouse.Process, path, body string) told {
	t.Helper()
	options := []gatehouse.CallOption{gatehouse.Basic("b2c", secret)}
	if !json.Valid([]byte(body)) {
		options = append(options, gatehouse.Unread())
	}
	answer := g.Post(t, path, body, options...)
	assert.NotContains(t, string(answer.Exchange.Body), canary)
	for name, values := range answer.Exchange.Header {
		assert.NotContains(t, strings.Join(values, "\n"), canary, name)
	}
	line := logLine(t, g, answer.Exchange.Header.Get("X-Request-Id"))
	outcome := told{rule: line.Rule, format: line.Format}
	outcome.Reads = answer.Message
	switch {
	case line.Reason != "":
		outcome.Verdict, outcome.Reason = "fault", line.Reason
	case answer.Kind == contract.Continue, answer.Kind == contract.Block, answer.Kind == contract.Invalid:
		outcome.Verdict = answer.Kind.String()
	default:
		t.Errorf("no such answer belongs to this step: %s", answer.Kind)
	}
	return outcome
}

// line is what the connector logs of one call.
type line struct {
	Reason    string `json:"reason"`
	Rule      string `json:"rule"`
	Format    string `json:"format"`
	RequestID string `json:"request_id"`
}

// logLine waits for the line with the id that the answer carried.
func logLine(t *testing.T, g *gatehouse.Process, id string) (found line) {
	t.Helper()
	require.NotEmpty(t, id, "the answer has no X-Request-Id")
	require.True(t, gatehouse.Await(func() bool {
		for text := range strings.Lines(g.Logs()) {
			var l line
			if json.Unmarshal([]byte(text), &l) == nil && l.RequestID == id {
				found = l
				return true
			}
		}
		return false
	}), "no log line has request_id %s", id)
	return found
}

// compare compares what became of an answer with what was reviewed.
func (w want) compare(t *testing.T, got want, body string) {
	t.Helper()
	if w.Reads == "" {
		w.Reads = ownWords[w.Verdict]
	}
	w.Note = ""
	assert.Equal(t, w, got, "%s", body)
}

// short leaves the text out where it is the connector's own.
func (w want) short() want {
	if w.Reads == ownWords[w.Verdict] {
		w.Reads = ""
	}
	return w
}

// requireNoCanary looks through the log once the lines of all calls are there:
// the access log may follow an answer by a moment.
func requireNoCanary(t *testing.T, g *gatehouse.Process, calls int) {
	t.Helper()
	require.True(t, gatehouse.Await(func() bool {
		return strings.Count(g.Logs(), `"handled request"`) >= calls
	}), "the access log lacks lines of %d calls", calls)
	for text := range strings.Lines(g.Logs()) {
		assert.NotContains(t, text, canary, "a log line has the password")
	}
}
