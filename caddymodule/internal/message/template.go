package message

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
)

const (
	// maxValue is the most characters of a claim that a message shows.
	maxValue = 100
	// maxValueInput bounds the work for one claim: bytes beyond are not looked at.
	maxValueInput = 4 << 10
	// maxTemplate is the most bytes of a template: MaxLength characters and the
	// names of its claims.
	maxTemplate = 4 << 10
	// maxClaims is how many placeholders a template may hold.
	maxClaims = 20

	claimPrefix = "claim."
)

// Template is a message with placeholders. Each {claim.<name>} stands for the
// value of a claim; the name is of letters, digits, _ and -. {{ stands for one
// brace, and a closing brace alone is text. The zero value is no message.
type Template struct {
	// bare is the text for a caller without any of the claims.
	bare  string
	parts []part // none where there is no placeholder
}

// part is a piece of text and the claim that follows it; the last has none.
type part struct{ text, claim string }

// ParseTemplate reads a message as an operator writes it. It refuses unknown
// placeholders and what [Clean] would not leave as it is: with its placeholders
// filled, and without them, since any claim may be missing.
func ParseTemplate(text string) (Template, error) {
	if text == "" {
		return Template{}, errors.New(`"": the message is empty; write a sentence or leave the line out`)
	}
	if len(text) > maxTemplate {
		return Template{}, unfit(text)
	}
	parts, err := splitTemplate(text)
	if err != nil {
		return Template{}, fmt.Errorf("%s: %w", quote(text), err)
	}
	filled := fill(parts, func(string) string { return "x" })
	if clean, ok := Clean(filled); !ok || clean != filled {
		return Template{}, unfit(text)
	}
	if len(parts) == 1 {
		return Template{bare: filled}, nil
	}
	bare, ok := Clean(fill(parts, noClaim))
	if !ok {
		return Template{}, fmt.Errorf("%s: nothing is left of this for a caller without the claims; write a sentence around the placeholders", quote(text))
	}
	return Template{bare, parts}, nil
}

// literal is a template of a text that is no template: braces are braces.
func literal(text string) Template { return Template{bare: text} }

// claims adds the names of the claims that it shows.
func (t Template) claims(names map[string]bool) {
	for _, p := range t.parts {
		if p.claim != "" {
			names[p.claim] = true
		}
	}
}

// NeedsClaims reports whether what Render gives depends on claims. They are
// personal, so the result is too.
func (t Template) NeedsClaims() bool { return len(t.parts) > 0 }

// IsZero reports whether there is no message.
func (t Template) IsZero() bool { return t.bare == "" }

// Render puts claims into the message; lookup gives the value of a claim, or "".
// A value is inserted as text, never read as a placeholder, and is cleaned like
// a message first: plain, on one line, of at most 100 characters. Around a claim
// that is missing the white space collapses, also before a comma or full stop.
//
// Clean leaves the result as it is. Values that would make it unfit to be shown
// (an exception name, a file path) are left out, all of them.
func (t Template) Render(lookup func(name string) string) string {
	if len(t.parts) == 0 || lookup == nil {
		return t.bare
	}
	text, ok := Clean(fill(t.parts, func(name string) string { return plainValue(lookup(name)) }))
	if !ok {
		return t.bare
	}
	return text
}

func noClaim(string) string { return "" }

// splitTemplate cuts a template into its parts, the last without a claim.
func splitTemplate(text string) ([]part, error) {
	var (
		parts []part
		b     strings.Builder
	)
	for {
		before, rest, found := strings.Cut(text, "{")
		b.WriteString(before)
		if !found {
			return append(parts, part{text: b.String()}), nil
		}
		if after, brace := strings.CutPrefix(rest, "{"); brace {
			b.WriteByte('{')
			text = after
			continue
		}
		inner, after, closed := strings.Cut(rest, "}")
		name, isClaim := strings.CutPrefix(inner, claimPrefix)
		switch {
		case !closed:
			return nil, fmt.Errorf("%s: this placeholder does not end; close it with }, or write {{ for a brace", quote("{"+rest))
		case !isClaim || !isClaimName(name):
			return nil, fmt.Errorf("placeholder %s: only {claim.<name>} is known here, with a name of letters, digits, _ and -; write {{ for a brace", quote("{"+inner+"}"))
		case len(parts) == maxClaims:
			return nil, fmt.Errorf("a message of more than %d placeholders; say it in fewer", maxClaims)
		}
		parts = append(parts, part{b.String(), name})
		b.Reset()
		text = after
	}
}

func isClaimName(name string) bool {
	for i := range len(name) {
		if c := name[i]; !isDigit(c) && (c|0x20 < 'a' || c|0x20 > 'z') && c != '_' && c != '-' {
			return false
		}
	}
	return name != ""
}

// fill writes the parts with the values of their claims. Where one is empty, a
// space or comma before the next punctuation mark goes as well, or one that
// would come first.
func fill(parts []part, value func(name string) string) string {
	var b []byte
	missing := false
	for _, p := range parts {
		text := p.text
		if missing && text != "" && strings.IndexByte(",.;:!?)", text[0]) >= 0 {
			b = bytes.TrimRight(b, " ,;:")
		}
		if missing && len(b) == 0 {
			text = strings.TrimLeft(text, " ,;:")
		}
		b = append(b, text...)
		if p.claim != "" {
			v := value(p.claim)
			missing = v == ""
			b = append(b, v...)
		}
	}
	return string(b)
}

// plainValue makes text of a claim. Unlike a message it may be a number, or look
// like internals: what the whole then looks like decides.
func plainValue(value string) string {
	if len(value) <= maxValue && (value == "" || isPlain(value)) {
		return value
	}
	value, settled := settle(value[:min(len(value), maxValueInput)])
	if !settled {
		return ""
	}
	return cut(value, maxValue)
}

func unfit(text string) error {
	return fmt.Errorf("%s: this is not plain text for a person; write a sentence of at most %d characters without markup and without internals",
		quote(text), MaxLength)
}
