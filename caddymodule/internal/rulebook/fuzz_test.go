package rulebook_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/rulebook"
)

// Bounds of time, generous for a busy machine under the race detector. A rule's
// two expressions have 250 ms each. What costs most at load is a literal nested
// 200 deep: 2.6 s, measured on two cores.
const (
	decideWithin = 5 * time.Second
	loadWithin   = time.Minute
)

// FuzzRule compiles any rule and asks it about any answer. Whatever both are, the
// rule is refused in words that quote it, or it decides in bounded time, always
// the same, and says nothing of the answer in an error.
func FuzzRule(f *testing.F) {
	const answer = `{"code":"E1","count":3,"list":["a","b",null],"nested":{"ok":false},"f":"%.900000000f"}`
	for _, seed := range []struct{ status, when, verdict, message string }{
		{"404", "", "block", "No."},
		{"4xx", "", "invalid", "=body.code"},
		{"600", "", "fault", ""},
		{"404", "true", "block", ""},
		{"", "", "deny", "="},
		{"", "status in [404, 410] && header['x-reason'] == 'unknown'", "continue", "= 'Code ' + body.code + claims.country"},
		{"", "body.code == 'E1' && body.count > 2 || !body.nested.ok", "block", ""},
		{"", "has(body.missing) || 'b' in body.list || body.list[9] == 'a'", "block", ""},
		{"", "body.code.matches('^E[0-9]{1,3}$') && text.contains('E1')", "block", ""},
		{"", "text.matches('(?s).{0,1000}qq$')", "block", ""},
		{"", "body.all(a, body.all(b, body.all(c, a + b + c != 'x')))", "continue", ""},
		{"", "text.split('').map(a, text).join('') == 'x'", "block", ""},
		{"", "text" + strings.Repeat(".replace('', 'xxxxxxxx')", 40) + " == 'a'", "block", ""},
		{"", "body.f.format([1.5]).size() == 1", "block", "=body.f.format([status])"},
		{"", "1 / (status - 404) > 0", "block", ""},
		{"", "timestamp(text) < timestamp('9999-12-31T23:59:59Z') && duration(step) > duration('1s')", "block", ""},
		{"", "int(body.count) * 9223372036854775807 > 0 && uint(status) - 500u > 1u", "block", ""},
		{"", "dyn(status) == text || type(body) == map || bytes(text) == b'\\xff'", "block", ""},
		{"", strings.Repeat("[", 60) + strings.Repeat("]", 60) + " == body", "block", ""},
		{"", strings.Repeat("!", 3000) + "true", "block", ""},
		{"", "\xff\x00'", "block", "=\xff"},
	} {
		f.Add(seed.status, seed.when, seed.verdict, seed.message, uint16(404), []byte(answer), "AT")
	}
	f.Add("", "body.code == 'E1'", "block", "=text", uint16(0), []byte("\xff<html>"), "\xff")
	f.Fuzz(func(t *testing.T, status, when, verdict, message string, code uint16, answer []byte, word string) {
		rule := rulebook.Rule{Status: status, When: when, Verdict: verdict, Message: message}
		began := time.Now()
		book, err := rulebook.New([]rulebook.Rule{rule})
		require.Less(t, time.Since(began), loadWithin)
		if err != nil {
			assert.Nil(t, book)
			assert.ErrorContains(t, err, "verdicts: ")
			return
		}
		require.NotNil(t, book)

		in := answered(code, answer, word)
		first := decide(t, book, in)
		if first.err == nil && first.applies {
			assert.Zero(t, first.Index)
			assert.Equal(t, map[string]rulebook.Kind{
				"fault": rulebook.Fault, "invalid": rulebook.Invalid, "block": rulebook.Block, "continue": rulebook.Continue,
			}[verdict], first.Verdict)
			if !strings.HasPrefix(message, "=") {
				assert.Equal(t, message, first.Message)
			}
		}
		if status != "" && !strings.HasPrefix(message, "=") {
			matches := int(code/100) == int(status[0]-'0') && (status[1:] == "xx" || status == strconv.Itoa(int(code)))
			assert.Equal(t, matches, first.applies, "%s and %d", status, code)
			require.NoError(t, first.err)
		}
		assert.Equal(t, answered(code, answer, word), in, "a rule changes nothing of what it looks at")
		behind := decide(t, two(t, rule, rulebook.Rule{When: "true", Verdict: "invalid", Message: "the second"}), in)
		if first.slow || behind.slow {
			return // the clock decided, which is not the same each time
		}
		switch {
		case first.err != nil || first.applies:
			assert.Equal(t, first, behind, "a rule behind changes nothing")
		default:
			assert.Equal(t, decided{Decision: rulebook.Decision{Index: 1, Verdict: rulebook.Invalid, Message: "the second"}, applies: true}, behind)
		}
	})
}

// decided is what Decide said, and whether it took so long that it may have been
// stopped by its time.
type decided struct {
	rulebook.Decision
	applies bool
	err     error
	slow    bool
}

func decide(t *testing.T, book *rulebook.Book, in rulebook.Input) decided {
	t.Helper()
	began := time.Now()
	decision, applies, err := book.Decide(in)
	took := time.Since(began)
	require.Less(t, took, decideWithin)
	if err != nil {
		assert.Equal(t, rulebook.ErrRule, err, "in words of our own, which quote nothing")
		assert.False(t, applies)
		assert.Empty(t, decision.Message)
	}
	return decided{decision, applies, err, took > 200*time.Millisecond}
}

func two(t *testing.T, rules ...rulebook.Rule) *rulebook.Book {
	t.Helper()
	book, err := rulebook.New(rules)
	require.NoError(t, err)
	return book
}

// answered is an answer with this body, made anew at each call.
func answered(code uint16, body []byte, word string) rulebook.Input {
	var parsed any
	if json.Unmarshal(body, &parsed) != nil {
		parsed = nil
	}
	return rulebook.Input{
		Status: int(code),
		Header: map[string]string{"x-reason": word},
		Body:   parsed,
		Text:   string(body),
		Step:   "PostAttributeCollection",
		Claims: map[string]any{"email": "a@example.com", "country": word, "object": parsed},
	}
}
