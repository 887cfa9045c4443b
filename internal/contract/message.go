package contract

import (
	"html"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxMessage is the longest userMessage, in characters (code points).
const maxMessage = 300

var (
	// tag is what an HTML tokenizer takes for the start of a tag, comment or
	// declaration (WHATWG HTML section 13.2.5.6, tag open state), closed or not:
	// the page around the message may well close it. "a < b" and "<3" are text.
	tag = regexp.MustCompile(`<[A-Za-z/!?]`)
	// entity is a candidate: only those that HTML knows are markup.
	entity = regexp.MustCompile(`&#?[A-Za-z0-9]{1,32};`)
)

// message checks that userMessage is fit for a sign-up page and returns it.
func (f *findings) message(doc document) string {
	message, ok := text(doc.members["userMessage"])
	if !ok || strings.TrimSpace(message) == "" {
		f.note(RuleMessage, "userMessage is %.60q, want text", doc.members["userMessage"])
		return message
	}
	if found := tag.FindString(message); found != "" {
		f.note(RuleMessageMarkup, "%q in %.60q", found, message)
	}
	for _, found := range entity.FindAllString(message, -1) {
		if html.UnescapeString(found) != found {
			f.note(RuleMessageMarkup, "%q in %.60q", found, message)
		}
	}
	for _, r := range message {
		if invisible(r) {
			f.note(RuleMessageControl, "%U in %.60q", r, message)
		}
	}
	if n := utf8.RuneCountInString(message); n > maxMessage {
		f.note(RuleMessageLength, "%d characters, want at most %d", n, maxMessage)
	}
	return message
}

// invisible says that r controls the text instead of being part of it: control
// characters (Cc), line and paragraph separators (Zl, Zp) and format characters
// (Cf), which hold the bidi controls, the zero-width ones, the byte order mark,
// the soft hyphen and the tags. The few format characters that are drawn, such as
// the Arabic number sign, are text.
func invisible(r rune) bool {
	if unicode.Is(unicode.Prepended_Concatenation_Mark, r) {
		return false
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}
