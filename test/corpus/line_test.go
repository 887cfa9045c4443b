package corpus_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/internal/contract"
)

// line is one answer and what must leave.
type line struct {
	ID       string            `json:"id"`
	Source   string            `json:"source"`
	Protocol contract.Protocol `json:"protocol"`
	Step     string            `json:"step"`
	Upstream struct {
		Status      int    `json:"status"`
		ContentType string `json:"content_type"`
		Body        string `json:"body"`
	} `json:"upstream"`
	Want struct {
		Verdict     string                     `json:"verdict"`
		Reason      string                     `json:"reason"`
		Claims      map[string]json.RawMessage `json:"claims"`
		UserMessage string                     `json:"userMessage"`
	} `json:"want"`
}

func readCorpus(t *testing.T) []line {
	t.Helper()
	path := os.Getenv("GATEHOUSE_CORPUS")
	if path == "" {
		path = filepath.Join("testdata", "upstream-answers.jsonl")
	}
	file, err := os.Open(path)
	require.NoError(t, err)
	defer file.Close()
	var lines []line
	seen := make(map[string]bool)
	scanner := bufio.NewScanner(file)
	scanner.Buffer(nil, 4<<20) // an answer may be longer than the connector takes
	for scanner.Scan() {
		if len(bytes.TrimSpace(scanner.Bytes())) == 0 {
			continue
		}
		var l line
		dec := json.NewDecoder(bytes.NewReader(scanner.Bytes()))
		dec.DisallowUnknownFields() // an expectation that nobody reads would pass
		require.NoError(t, dec.Decode(&l), "line %d", len(lines)+1)
		require.False(t, seen[l.ID], "id %q is there twice", l.ID)
		seen[l.ID] = true
		lines = append(lines, l)
	}
	require.NoError(t, scanner.Err())
	require.NotEmpty(t, lines)
	return lines
}

// leavesAs is how a verdict leaves at a step, by default.
func (l line) leavesAs(t *testing.T) contract.Kind {
	t.Helper()
	verdict := l.Want.Verdict
	if verdict == "continue" {
		return contract.Continue
	}
	require.Contains(t, []string{"block", "invalid", "fault"}, verdict)
	switch {
	case l.Protocol == contract.CustomPolicy || l.Step == "PreTokenIssuance":
		return contract.Halt
	case l.Step == "PostFederationSignup" || verdict == "block":
		return contract.Block
	default:
		return contract.Invalid
	}
}

// shared is a run of words that a text has in common with the upstream's
// answer, or "" if there is none of three.
func shared(text, upstream string) string {
	split := func(s string) []string {
		return strings.FieldsFunc(strings.ToLower(s), func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) })
	}
	words, there := split(text), " "+strings.Join(split(upstream), " ")+" "
	for i := 0; i+3 <= len(words); i++ {
		if run := strings.Join(words[i:i+3], " "); strings.Contains(there, " "+run+" ") {
			return run
		}
	}
	return ""
}

// values decodes claims without a loss: numbers keep their digits.
func values(t *testing.T, claims map[string]json.RawMessage) map[string]any {
	t.Helper()
	decoded := make(map[string]any, len(claims))
	for name, raw := range claims {
		dec := json.NewDecoder(bytes.NewReader(raw))
		dec.UseNumber()
		var value any
		require.NoError(t, dec.Decode(&value))
		decoded[name] = value
	}
	return decoded
}
