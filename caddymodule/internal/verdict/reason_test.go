package verdict

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
)

// The lists of the documentation: sections "Judge" and "Refusals".
var (
	faults = []string{
		"timeout", "unreachable", "truncated", "too_large", "internal", "no_handler", "redirect", "upstream_unauthorized", "contradiction",
		"unknown_action", "upstream_error", "overloaded", "gateway_page", "upstream_rejected", "unreadable", "configured",
	}
	refusals = []string{
		"no_credentials", "wrong_credentials", "auth_busy", "method", "body_too_large", "malformed", "unsupported_type", "slow_sender",
	}
)

func TestReasonsAreAClosedListOfWords(t *testing.T) {
	t.Parallel()
	word := regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`)
	seen := make(map[string]bool)
	for i, list := range [][]Reason{Faults(), Refusals()} {
		want := [][]string{faults, refusals}[i]
		got := make([]string, 0, len(list))
		for _, r := range list {
			assert.Regexp(t, word, r.String(), "it is a metric label, a log field and an anchor")
			assert.False(t, seen[r.String()], "%q names two reasons", r)
			seen[r.String()] = true
			got = append(got, r.String())
		}
		assert.Equal(t, want, got)
	}
	assert.Len(t, words, len(seen), "every word is in one of the lists")
	assert.Empty(t, Reason(0).String())
}

func TestAVerdictIsOneOfFour(t *testing.T) {
	t.Parallel()
	for _, v := range []Verdict{Continue{}, Block{}, Invalid{}, Fault{Timeout}} {
		switch v.(type) {
		case Continue, Block, Invalid, Fault:
		default:
			t.Errorf("%T is a verdict of a fifth kind", v)
		}
	}
}
