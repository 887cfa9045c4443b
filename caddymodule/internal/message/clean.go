package message

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// MaxLength is the most characters (runes, the ellipsis included) that Clean
// leaves. Microsoft documents no limit for userMessage, so this one is ours: a
// few sentences.
const MaxLength = 300

const (
	// maxInput bounds the work: bytes beyond it are not looked at.
	maxInput = 16 << 10
	// maxJudged bounds how much of the plain text is searched for internals:
	// far more than is shown, and the patterns are the costly part.
	maxJudged = 4 << 10
	// maxRounds bounds how often markup may hide in markup. Text with
	// tags takes two rounds, and one more for each time it was escaped.
	maxRounds = 10
	// maxMarks is how many combining marks may follow each other. Long
	// stacks paint over the neighbouring lines, and after 30 norm would insert
	// U+034F, an invisible character, to break them.
	maxMarks = 8

	ellipsis = "…"
)

// Clean makes plain text of whatever an upstream sent: any bytes, with markup,
// entities or invalid UTF-8. The result is valid UTF-8 in NFC on one line, at
// most MaxLength characters long, and Clean leaves it as it is.
//
// It reports false, with an empty text, when nothing usable is left: no letter
// at all, text that shows internals, or a mere HTTP status or gateway phrase.
// The caller then has a default message to show.
func Clean(text string) (string, bool) {
	if isPlain(text) {
		if !usable(text) {
			return "", false
		}
		return text, true
	}
	if len(text) > maxInput {
		text = text[:maxInput] // a rune cut in two is dropped as invalid
	}
	text, settled := settle(text)
	if !settled || !usable(text[:min(len(text), maxJudged)]) {
		return "", false
	}
	short := cut(text, MaxLength)
	// Cutting can turn a harmless word into a telling one.
	if len(short) != len(text) && !usable(short) {
		return "", false
	}
	return short, true
}

// isPlain reports whether the text is so simple that nothing below can change
// it: short printable ASCII, single spaces, no markup. Most messages are.
func isPlain(text string) bool {
	if len(text) > MaxLength {
		return false
	}
	space := true // as if one came before: no leading space
	for i := range len(text) {
		switch c := text[i]; {
		case c == ' ':
			if space {
				return false
			}
			space = true
		case c < ' ' || c > '~' || c == '<' || c == '&':
			return false
		default:
			space = false
		}
	}
	return !space
}

// settle removes what hides and what is markup until neither is found. It
// takes rounds because one uncovers the other: a zero-width space inside a tag,
// an entity that spells one, U+037E that becomes the semicolon of an entity.
// It reports false for text that does not come to rest, which is an attack.
func settle(text string) (string, bool) {
	for range maxRounds {
		next := resolve(collapse(norm.NFC.String(scrub(text))))
		if next == text {
			return text, true
		}
		text = next
	}
	return "", false
}

// scrub drops what cannot be seen and turns every white space into a space.
// Zero-width joiners go as well, though Persian and some emoji use them: the
// text stays readable without them, and with them two texts can look alike.
func scrub(text string) string {
	var b strings.Builder
	marks, changed := 0, 0
	for i, r := range text {
		keep := false
		switch {
		case r == utf8.RuneError: // invalid bytes, or somebody else's
		case r >= ' ' && r <= '~':
			keep, marks = true, 0
		case unicode.IsSpace(r):
			marks = 0
		case !unicode.IsGraphic(r), unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r):
			// Cc, Cf, Co, Cs, Cn, and the fillers that are letters by category.
		case unicode.Is(unicode.M, r):
			marks++
			keep = marks <= maxMarks
		default:
			keep, marks = true, 0
		}
		if keep {
			continue
		}
		b.WriteString(text[changed:i])
		if unicode.IsSpace(r) {
			b.WriteByte(' ')
		}
		size := utf8.RuneLen(r)
		if r == utf8.RuneError {
			_, size = utf8.DecodeRuneInString(text[i:])
		}
		changed = i + size
	}
	if changed == 0 {
		return text
	}
	b.WriteString(text[changed:])
	return b.String()
}

// collapse leaves single spaces, and none at either end.
func collapse(text string) string {
	text = strings.Trim(text, " ")
	if !strings.Contains(text, "  ") {
		return text
	}
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r == ' ' }), " ")
}

// usable reports whether the plain text tells its reader something, and
// nothing that is not for him. A number alone tells nobody what to correct.
func usable(text string) bool {
	if !strings.ContainsFunc(text, unicode.IsLetter) {
		return false
	}
	lower := strings.ToLower(text)
	return !repeatsStatus(lower) && shows(text, lower) == ""
}

// cut shortens the text to that many characters, at a word and with an
// ellipsis. Where a word fills the second half of the room, or the script has
// no spaces, it cuts between two characters as people see them.
func cut(text string, most int) string {
	if len(text) <= most || utf8.RuneCountInString(text) <= most {
		return text
	}
	runes := []rune(text)
	end := most - utf8.RuneCountInString(ellipsis)
	for at := end; at > most/2; at-- {
		if runes[at] == ' ' {
			return strings.TrimRight(string(runes[:at]), " ,;:") + ellipsis
		}
	}
	for end > 1 && joined(runes, end) {
		end--
	}
	return strings.TrimRight(string(runes[:end]), " ,;:") + ellipsis
}

// joined reports whether a cut before runes[at] would split one character as
// people see it: a base from its marks and variation selectors (category M), an
// emoji from its skin tone, or the two halves of a flag. Joiners are gone by now.
func joined(runes []rune, at int) bool {
	r := runes[at]
	switch {
	case unicode.Is(unicode.M, r), r >= 0x1F3FB && r <= 0x1F3FF:
		return true
	case unicode.Is(unicode.Regional_Indicator, r):
		before := 0
		for before < at && unicode.Is(unicode.Regional_Indicator, runes[at-1-before]) {
			before++
		}
		return before%2 == 1
	}
	return false
}
