package message

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxField is the most runes of a label that Humanise gives. A longer name is
// no name: it is a key that somebody sent to be shown.
const maxField = 64

// Humanise names a field as people read it: "postalCode", "postal_code" and
// "model.PostalCode" are "Postal code". Of a path only the last part that is not
// an index counts ("users.0.email", "#/profile/email", "users[0].email"), and the
// prefix of a B2C extension attribute goes. A word in capitals stays ("userID" is
// "User ID") unless all of several are ("POSTAL_CODE"). A name without a letter,
// or longer than 64 characters, gives "".
func Humanise(field string) string {
	words := split(leaf(field))
	if len(words) == 0 || !strings.ContainsFunc(words[0]+words[len(words)-1], unicode.IsLetter) {
		return ""
	}
	shouted := len(words) > 1 && !slices.ContainsFunc(words, func(w string) bool { return w != strings.ToUpper(w) })
	for i, word := range words {
		if shouted || utf8.RuneCountInString(word) == 1 || word != strings.ToUpper(word) {
			words[i] = strings.ToLower(word)
		}
	}
	first, size := utf8.DecodeRuneInString(words[0])
	if !unicode.IsUpper(first) {
		words[0] = string(unicode.ToTitle(first)) + words[0][size:]
	}
	label := strings.Join(words, " ")
	if utf8.RuneCountInString(label) > maxField {
		return ""
	}
	return label
}

// WithField gives a message its subject. One that starts in lower case is a
// predicate ("can't be blank" becomes "Email can't be blank") unless it starts
// with the field; any other gets "Email: " in front unless it names the field
// somewhere. The field is recognised as sent, humanised or with other
// separators, in any letter case. Without a usable field the text stays.
func WithField(field, text string) string {
	const longest = 512 // bytes; a longer name would only be compared with every word
	if len(field) > longest {
		return text
	}
	label := Humanise(field)
	if first, _ := utf8.DecodeRuneInString(label); text == "" || !isWord(first) { // none, or no name
		return text
	}
	if first, _ := utf8.DecodeRuneInString(text); unicode.IsLower(first) {
		rest := text
		for _, article := range []string{"the ", "this ", "your "} {
			rest = strings.TrimPrefix(rest, article) // "the email field is required"
		}
		if startsWith(rest, label) || startsWith(text, field) {
			return text
		}
		return label + " " + text
	}
	for i, after := 0, false; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		if !after && isWord(r) && (startsWith(text[i:], label) || startsWith(text[i:], field)) {
			return text
		}
		after = isWord(r)
		i += size
	}
	return label + ": " + text
}

// Join puts messages in one line, in order, each once.
func Join(texts []string) string {
	if len(texts) == 1 {
		return texts[0]
	}
	var kept []string
	for _, text := range texts {
		if text != "" && !slices.Contains(kept, text) {
			kept = append(kept, text)
		}
	}
	return strings.Join(kept, " ")
}

// leaf returns the last part of a path that names something.
func leaf(field string) string {
	parts := strings.FieldsFunc(field, func(r rune) bool { return strings.ContainsRune("./[]:#", r) })
	for _, part := range slices.Backward(parts) {
		if strings.ContainsFunc(part, unicode.IsLetter) {
			return withoutExtension(strings.NewReplacer("~1", "/", "~0", "~").Replace(part))
		}
	}
	return ""
}

// withoutExtension takes the prefix from "extension_<application id>_LoyaltyId"
// and from its short form "extension_LoyaltyId".
func withoutExtension(name string) string {
	const prefix, digits = "extension_", 32
	if len(name) <= len(prefix) || !strings.EqualFold(name[:len(prefix)], prefix) {
		return name
	}
	short := name[len(prefix):]
	if len(short) > digits+1 && short[digits] == '_' && strings.Trim(short[:digits], "0123456789abcdefABCDEF") == "" {
		return short[digits+1:]
	}
	return short
}

// split cuts a name into its words: at separators, before a capital that starts
// a word ("URLPath" is "URL", "Path"), and before a final number.
func split(name string) []string {
	var words []string
	for part := range strings.FieldsFuncSeq(name, func(r rune) bool { return !isWord(r) && r != '\'' || r == '_' }) {
		runes := []rune(part)
		from := 0
		for i := 1; i < len(runes); i++ {
			was, is := runes[i-1], runes[i]
			switch {
			case unicode.IsUpper(is) && !unicode.IsUpper(was):
			case unicode.IsUpper(is) && i+1 < len(runes) && unicode.IsLower(runes[i+1]):
			case unicode.IsDigit(is) && !unicode.IsDigit(was) && strings.TrimFunc(string(runes[i:]), unicode.IsDigit) == "":
			default:
				continue
			}
			words = append(words, string(runes[from:i]))
			from = i
		}
		words = append(words, string(runes[from:]))
	}
	return words
}

// startsWith reports whether the text starts with the name, whatever separates
// the parts of either, as a word of its own or in the plural.
func startsWith(text, name string) bool {
	const separators = " _-."
	for _, want := range name {
		if strings.ContainsRune(separators, want) {
			continue
		}
		r, size := utf8.DecodeRuneInString(text)
		for size > 0 && strings.ContainsRune(separators, r) {
			text = text[size:]
			r, size = utf8.DecodeRuneInString(text)
		}
		if size == 0 || unicode.ToLower(r) != unicode.ToLower(want) {
			return false
		}
		text = text[size:]
	}
	next, size := utf8.DecodeRuneInString(text)
	if next == 's' {
		next, size = utf8.DecodeRuneInString(text[size:])
	}
	return size == 0 || !isWord(next)
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) }
