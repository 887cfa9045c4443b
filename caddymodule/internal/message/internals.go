package message

import (
	"regexp"
	"slices"
	"strings"
)

// leak is one kind of internals that a text can show.
type leak struct {
	kind string
	// hints are in lower case. Where none occurs in the text, the leak is not
	// looked for: this keeps the common case free of regular expressions.
	hints []string
	// pattern decides, on the text as written; nil: a hint is proof enough.
	pattern *regexp.Regexp
}

// hint is a literal with up to three of its pairs of bytes.
type hint struct {
	text string
	at   []int
}

// hints has, beside each of leaks, its literals prepared.
var hints = prepare(leaks)

func prepare(leaks []leak) [][]hint {
	all := make([][]hint, len(leaks))
	for i, l := range leaks {
		for _, text := range l.hints {
			h := hint{text: text}
			for _, at := range []int{0, len(text) / 2, len(text) - 2} {
				if at >= 0 && at+1 < len(text) {
					h.at = append(h.at, pair(text[at], text[at+1]))
				}
			}
			all[i] = append(all[i], h)
		}
	}
	return all
}

// pairs is a set of neighbouring bytes, true of every pair in a text and, since
// it is folded to 1024 bits, of some others. Asking it first spares nearly all
// of three hundred searches. With it, and with hints that are longer than a dot,
// BenchmarkClean/plain fell from 20 to 1.5 microseconds.
type pairs [16]uint64

func pair(a, b byte) int { return (int(a)*37 + int(b)) & 1023 }

func pairsOf(text string) *pairs {
	var p pairs
	for i := 1; i < len(text); i++ {
		at := pair(text[i-1], text[i])
		p[at>>6] |= 1 << (at & 63)
	}
	return &p
}

func (p *pairs) has(at int) bool { return p[at>>6]&(1<<(at&63)) != 0 }

// shows names the first kind of internals that the text shows, or "". The
// second argument is the text in lower case.
//
// Addresses come first: an e-mail address or a public URL is meant to be read,
// and taken out of the text it cannot be mistaken for something else.
func shows(text, lower string) string {
	text, ok := withoutAddresses(text)
	if !ok {
		return "host name"
	}
	seen := pairsOf(lower)
	for i := range leaks {
		found := slices.ContainsFunc(hints[i], func(h hint) bool {
			for _, at := range h.at {
				if !seen.has(at) {
					return false
				}
			}
			return strings.Contains(lower, h.text)
		})
		if found && (leaks[i].pattern == nil || leaks[i].pattern.MatchString(text)) {
			return leaks[i].kind
		}
	}
	return ""
}
