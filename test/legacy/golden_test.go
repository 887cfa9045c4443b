package legacy_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// golden is what one framework answered.
type golden struct {
	Framework string   `json:"framework"`
	Versions  string   `json:"versions"`
	Answers   []record `json:"answers"`
}

// record is the answer to one case and what must become of it.
type record struct {
	Case        string `json:"case"`
	Status      int    `json:"status"` // 0: it hung up without an answer
	ContentType string `json:"content_type,omitempty"`
	Body        string `json:"body"`
	Length      int    `json:"length,omitempty"` // of a body that is here as an excerpt
	Want        want   `json:"want"`
}

// want is reviewed by a person. Reads is the sentence of the sign-up page; none
// means the connector's own words, or that the sign-up goes on.
type want struct {
	Verdict string `json:"verdict"`          // continue, block, invalid or fault
	Reason  string `json:"reason,omitempty"` // of a fault
	Reads   string `json:"reads,omitempty"`
	Note    string `json:"note,omitempty"` // what is wrong with the sentence, where no rule forbids it
}

// bytes is the body at the length it had: an excerpt is filled up with spaces.
func (r record) bytes() string {
	return r.Body + strings.Repeat(" ", max(0, r.Length-len(r.Body)))
}

func goldenPath(framework string) string { return filepath.Join("testdata", framework+".json") }

func readGolden(t *testing.T, framework string) golden {
	t.Helper()
	text, err := os.ReadFile(goldenPath(framework))
	require.NoError(t, err)
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields() // an expectation that nobody reads would pass
	var g golden
	require.NoError(t, dec.Decode(&g), framework)
	return g
}

func (g golden) find(name string) (record, bool) {
	for _, r := range g.Answers {
		if r.Case == name {
			return r, true
		}
	}
	return record{}, false
}

func (g golden) write(t *testing.T) {
	t.Helper()
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false) // pages are read by people here
	enc.SetIndent("", "\t")
	require.NoError(t, enc.Encode(g))
	require.NoError(t, os.WriteFile(goldenPath(g.Framework), text.Bytes(), 0o600))
}

// volatile are the parts of a body that differ from run to run.
var volatile = []struct {
	pattern *regexp.Regexp
	as      string
}{
	{regexp.MustCompile(`\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.\d]*(?:Z|[+-]\d\d:?\d\d)?`), "2026-01-01T00:00:00Z"},
	{regexp.MustCompile(`\b0x[0-9a-f]{8,}`), "0x7f0000000000"},
	{regexp.MustCompile(`@[0-9a-f]{5,8}\b`), "@1a2b3c4d"}, // Java's identity hash
	{regexp.MustCompile(`-[0-9a-f]{6,8}"`), `-1a2b3c4d"`}, // the same, of a Jetty servlet
}

// settle takes out of a body what belongs to one run: folder, port, time, address.
func settle(body, folder, port string) string {
	for _, host := range []string{"127.0.0.1:", "localhost:"} {
		body = strings.ReplaceAll(body, host+port, host+"8000")
	}
	body = strings.ReplaceAll(body, folder, "/srv/validator")
	for _, v := range volatile {
		body = v.pattern.ReplaceAllString(body, v.as)
	}
	return body
}

// Bounds of what a golden keeps of one body, in bytes. Pages of a debugger have
// up to a hundred thousand.
const (
	keepWhole  = 4096
	keepStart  = 2500
	keepCanary = 400 // on both sides
)

// excerpt is the start of a long body and the surroundings of the canary.
func excerpt(body string) (text string, length int) {
	if len(body) <= keepWhole {
		return body, 0
	}
	text = body[:keepStart]
	if at := strings.Index(body[keepStart:], canary); at >= 0 {
		at += keepStart
		text += "\n...\n" + body[max(keepStart, at-keepCanary):min(len(body), at+keepCanary)]
	}
	return strings.ToValidUTF8(text, ""), len(body)
}
