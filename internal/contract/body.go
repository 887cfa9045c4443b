package contract

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"
)

// document is a body that is a JSON object.
type document struct {
	members map[string]json.RawMessage // of two equal names the last, as most readers do
	empty   []string                   // paths of empty arrays
}

// read checks everything that holds for any body. It is false where there is no
// object to look into.
func (f *findings) read(body []byte) (document, bool) {
	if bytes.HasPrefix(body, []byte("\xef\xbb\xbf")) {
		f.note(RuleBOM, "the body starts with a byte order mark")
		body = body[3:]
	}
	if !utf8.Valid(body) {
		f.note(RuleUTF8, "the body is not valid UTF-8")
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	var value json.RawMessage
	if err := dec.Decode(&value); err != nil {
		f.note(RuleSyntax, "%v in %.60q", err, body)
		return document{}, false
	}
	if rest := bytes.Trim(body[dec.InputOffset():], " \t\r\n"); len(rest) > 0 {
		f.note(RuleOneValue, "%.60q follows the value", rest)
	}
	f.surrogates(value)
	doc := document{empty: f.walk(value)}
	if form(value) != '{' {
		f.note(RuleObject, "the body is %.60q, want an object", value)
		return document{}, false
	}
	if err := json.Unmarshal(value, &doc.members); err != nil {
		f.note(RuleSyntax, "%v in %.60q", err, value)
		return document{}, false
	}
	return doc, true
}

// surrogates looks at the escapes themselves: the decoder replaces half a pair
// by U+FFFD without a word. value is valid JSON.
func (f *findings) surrogates(value []byte) {
	for i := 0; i < len(value); i++ {
		if value[i] != '\\' {
			continue
		}
		i++ // at the escaped character, so that \\u is not taken for \u
		unit, ok := escape(value, i)
		if !ok || unit < 0xD800 || unit > 0xDFFF {
			continue
		}
		low, ok := escape(value, i+6)
		if unit < 0xDC00 && ok && value[i+5] == '\\' && low >= 0xDC00 && low <= 0xDFFF {
			i += 10 // past both
			continue
		}
		f.note(RuleSurrogate, "\\u%04x stands alone", unit)
	}
}

// escape reads uXXXX at value[i:].
func escape(value []byte, i int) (uint64, bool) {
	if i+5 > len(value) || value[i] != 'u' {
		return 0, false
	}
	unit, err := strconv.ParseUint(string(value[i+1:i+5]), 16, 16)
	return unit, err == nil
}

// frame is an object or array that has been entered and not left.
type frame struct {
	names map[string]bool // seen so far; nil in an array
	name  string          // the last of them
	key   bool            // a name is due, not a value
	items int
}

// walk finds duplicate names and nulls at any depth and returns the paths of
// empty arrays. Numbers are not converted, since 1e999 is valid JSON.
func (f *findings) walk(value []byte) (empty []string) {
	dec := json.NewDecoder(bytes.NewReader(value))
	dec.UseNumber()
	var stack []frame
	for {
		token, err := dec.Token()
		if err != nil {
			return empty // the end: value has been decoded once
		}
		var top *frame
		if len(stack) > 0 {
			top = &stack[len(stack)-1]
		}
		if name, ok := token.(string); ok && top != nil && top.key {
			if top.names[name] {
				f.note(RuleDuplicate, "%.60q occurs twice in %s", name, path(stack[:len(stack)-1]))
			}
			top.names[name], top.name, top.key = true, name, false
			continue
		}
		if token == json.Delim('}') || token == json.Delim(']') {
			stack = stack[:len(stack)-1]
			if top.names == nil && top.items == 0 {
				empty = append(empty, path(stack))
			}
			continue
		}
		if top != nil {
			top.items, top.key = top.items+1, top.names != nil
		}
		switch token {
		case nil:
			f.note(RuleNull, "%s is null", path(stack))
		case json.Delim('{'):
			stack = append(stack, frame{names: map[string]bool{}, key: true})
		case json.Delim('['):
			stack = append(stack, frame{})
		}
	}
}

// path writes where the walk stands, as in $.orders[0].code. It stops at a depth
// that no reader would follow, so that deep nesting stays cheap.
func path(stack []frame) string {
	var b strings.Builder
	b.WriteByte('$')
	for depth, at := range stack {
		if depth == 16 {
			b.WriteString("…")
			break
		}
		if at.names != nil {
			b.WriteString("." + at.name)
		} else {
			b.WriteString("[" + strconv.Itoa(at.items-1) + "]")
		}
	}
	return b.String()
}

// form is the first character of a value, which says what it is: one of
// { [ " t f n, a digit or a minus sign. It is 0 for no value.
func form(raw json.RawMessage) byte {
	if raw = bytes.TrimLeft(raw, " \t\r\n"); len(raw) > 0 {
		return raw[0]
	}
	return 0
}

// text is the value of a JSON string. It is false for any other value.
func text(raw json.RawMessage) (string, bool) {
	var s string
	if form(raw) != '"' || json.Unmarshal(raw, &s) != nil {
		return "", false
	}
	return s, true
}

// scalar says that a value is a string, a boolean or a number.
func scalar(raw json.RawMessage) bool {
	switch form(raw) {
	case '{', '[', 'n', 0:
		return false
	}
	return true
}
