package claims

import (
	"bytes"
	"iter"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Object is an immutable JSON object. Its members have unique names and stand in
// the order of RFC 8785, section 3.2.3. The zero value is the empty object.
type Object struct {
	members []Member
	whole   jsontext.Value // what Append would write, if that is known
	normal  bool           // all strings in it are known to be in normal form
}

// Member is one claim: its name and its value as compact, valid JSON.
type Member struct {
	Name  string
	Value jsontext.Value
}

// New returns the object with the given members. Where a name stands twice the
// later member wins, as validators' own JSON libraries would have it. The values
// must be valid JSON; New keeps them without a copy.
func New(members ...Member) Object {
	sorted := slices.Clone(members)
	byName := func(a, b Member) int { return compareNames(a.Name, b.Name) }
	if !slices.IsSortedFunc(sorted, byName) {
		slices.SortStableFunc(sorted, byName)
	}
	unique := sorted[:0]
	for _, m := range sorted {
		if n := len(unique); n > 0 && unique[n-1].Name == m.Name {
			unique[n-1] = m
			continue
		}
		unique = append(unique, m)
	}
	return Object{members: unique}
}

// Len is the number of members.
func (o Object) Len() int { return len(o.members) }

// All yields the members in canonical order.
func (o Object) All() iter.Seq2[string, jsontext.Value] {
	return func(yield func(string, jsontext.Value) bool) {
		for _, m := range o.members {
			if !yield(m.Name, m.Value) {
				return
			}
		}
	}
}

// Lookup returns the value of the member with exactly this name.
func (o Object) Lookup(name string) (jsontext.Value, bool) {
	i, found := slices.BinarySearchFunc(o.members, name, func(m Member, n string) int {
		return compareNames(m.Name, n)
	})
	if !found {
		return nil, false
	}
	return o.members[i].Value, true
}

// Text returns the string that the member holds, and "" where there is no such
// member or it holds something else.
func (o Object) Text(name string) string {
	v, _ := o.Lookup(name)
	text, _ := Unquote(v)
	return text
}

// Texts returns the strings that the member holds: its own, or those of a list.
func (o Object) Texts(name string) []string {
	v, _ := o.Lookup(name)
	if text, ok := Unquote(v); ok {
		return []string{text}
	}
	texts, _ := scalars(v)
	return texts
}

// Canonical is the object as JSON without white space. It must not be changed.
func (o Object) Canonical() []byte {
	if o.whole != nil {
		return o.whole
	}
	return o.Append(make([]byte, 0, 1024))
}

// Append appends the object as JSON without white space.
func (o Object) Append(dst []byte) []byte {
	if o.whole != nil {
		return append(dst, o.whole...)
	}
	dst = append(dst, '{')
	dst = o.AppendMembers(dst)
	return append(dst, '}')
}

// AppendMembers appends the members without the braces around them, so that they
// can stand beside members of the answer's own.
func (o Object) AppendMembers(dst []byte) []byte {
	for i, m := range o.members {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = AppendQuote(dst, m.Name)
		dst = append(dst, ':')
		dst = append(dst, m.Value...)
	}
	return dst
}

// AppendQuote appends s as a JSON string. Invalid UTF-8 becomes U+FFFD.
func AppendQuote(dst []byte, s string) []byte {
	// The only error that jsontext reports is invalid UTF-8, and it has then
	// written the replacement already.
	dst, _ = jsontext.AppendQuote(dst, s)
	return dst
}

// Quote returns s as a JSON value.
func Quote(s string) jsontext.Value { return AppendQuote(nil, s) }

// Unquote returns the text of a JSON string and whether v is one.
func Unquote(v jsontext.Value) (string, bool) {
	if len(v) < 2 || v[0] != '"' {
		return "", false
	}
	if inner := v[1 : len(v)-1]; bytes.IndexByte(inner, '\\') < 0 { // most are such
		return string(inner), true
	}
	text, err := jsontext.AppendUnquote(nil, v)
	return string(text), err == nil
}

// compareNames orders names by their UTF-16 code units, as RFC 8785 demands. It
// differs from the order of the bytes only where a character beyond the basic
// plane (a surrogate pair, 0xD800 and up) meets one of U+E000 to U+FFFF.
func compareNames(a, b string) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return int(utf16Rank(a[i])) - int(utf16Rank(b[i]))
		}
	}
	return len(a) - len(b)
}

// utf16Rank maps the first byte of a character to a number that sorts as its first
// UTF-16 unit does: 0xF0 and up start a surrogate pair, 0xEE and 0xEF what is
// behind U+DFFF. All other bytes stay in order.
func utf16Rank(c byte) byte {
	if c == 0xEE || c == 0xEF {
		return c + 0x10
	}
	return c
}

// With returns the object with the member added or replaced.
func (o Object) With(name string, value jsontext.Value) Object {
	return New(append(slices.Clone(o.members), Member{name, value})...)
}

// JoinScalars makes one string of a list of scalars and reports whether v is
// such a list. Elements that are null are left out.
func JoinScalars(v jsontext.Value, separator string) (jsontext.Value, bool) {
	texts, ok := scalars(v)
	if !ok {
		return nil, false
	}
	return Quote(strings.Join(texts, separator)), true
}

// scalars are the texts of a list of scalars, without those that are null.
func scalars(v jsontext.Value) ([]string, bool) {
	dec := jsontext.NewDecoder(bytes.NewReader(v))
	if token, err := dec.ReadToken(); err != nil || token.Kind() != '[' {
		return nil, false
	}
	var texts []string
	for dec.PeekKind() != ']' {
		token, err := dec.ReadToken()
		if err != nil || token.Kind() == '{' || token.Kind() == '[' {
			return nil, false
		}
		if token.Kind() != 'n' {
			texts = append(texts, token.String())
		}
	}
	return texts, true
}
