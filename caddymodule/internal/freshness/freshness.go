// Package freshness reads how long an upstream's answer may be reused from its
// Cache-Control (RFC 9111, section 5.2.2).
//
// It only ever shortens what the operator has set: a validator knows best when its
// answer is no longer true, and the operator what is asked for at all. `private`
// sets no bound, since a verdict answers nobody but who sends the same claims, and
// ASP.NET says it of every answer. Neither do `Expires` and `Pragma`.
package freshness

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Bound is how long an answer may be reused at most. The zero Bound forbids
// everything.
type Bound struct {
	Fresh time.Duration // as the answer to equal calls
	Stale time.Duration // after that, in place of a fault
}

// Unbounded is the Bound of an answer that says nothing.
var Unbounded = Bound{Fresh: math.MaxInt64, Stale: math.MaxInt64}

// Of returns the bound that an answer's header sets. What it says twice counts as
// the lesser; a number that cannot be read counts as 0 (section 4.2.1).
func Of(header http.Header) Bound {
	bound, shared := Unbounded, false
	for _, line := range header["Cache-Control"] {
		for line != "" {
			var name, value string
			name, value, line = directive(line)
			switch {
			case name == "no-store", name == "no-cache" && value == "": // no-cache="field" is of that field alone
				return Bound{}
			case name == "must-revalidate", name == "proxy-revalidate":
				bound.Stale = 0
			case name == "s-maxage": // for shared caches, in place of max-age; implies proxy-revalidate
				if !shared {
					bound.Fresh = math.MaxInt64
				}
				bound, shared = Bound{Fresh: min(bound.Fresh, seconds(value))}, true
			case name == "max-age" && !shared:
				bound.Fresh = min(bound.Fresh, seconds(value))
			}
		}
	}
	if age := header.Get("Age"); age != "" && bound.Fresh != math.MaxInt64 {
		bound.Fresh = max(0, bound.Fresh-seconds(age)) // a cache before the validator had it so long
	}
	return bound
}

// directive cuts the first directive off a line: its name in lower case and its
// value without quotes.
func directive(line string) (name, value, rest string) {
	end := strings.IndexAny(line, ",=")
	if end < 0 {
		return word(line), "", ""
	}
	name, rest = word(line[:end]), line[end+1:]
	if line[end] == ',' {
		return name, "", rest
	}
	if quoted := strings.TrimLeft(rest, " \t"); strings.HasPrefix(quoted, `"`) {
		value, rest = unquote(quoted[1:])
		_, rest, _ = strings.Cut(rest, ",")
		return name, value, rest
	}
	value, rest, _ = strings.Cut(rest, ",")
	return name, strings.TrimSpace(value), rest
}

func word(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// unquote reads a quoted-string (RFC 9110, section 5.6.4) behind its first quote.
func unquote(s string) (value, rest string) {
	var text strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return text.String(), s[i+1:]
		case s[i] == '\\' && i+1 < len(s):
			i++
		}
		text.WriteByte(s[i])
	}
	return text.String(), ""
}

// seconds reads delta-seconds; more than can be said is very long (section 1.2.2).
func seconds(text string) time.Duration {
	const most = math.MaxInt32
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil && n != math.MaxUint64 { // out of range is no nonsense
		return 0
	}
	return time.Duration(min(n, most)) * time.Second
}
