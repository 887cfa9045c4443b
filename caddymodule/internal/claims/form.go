package claims

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// ErrForm is the error of text that is no list of names and values in the form
// encoding.
var ErrForm = errors.New("the text is not form-encoded UTF-8")

// DecodeForm reads application/x-www-form-urlencoded text, as in a body or a
// query (WHATWG URL Standard, section 5). Every value is a string; a name that
// stands twice is refused, as in JSON.
func DecodeForm(text string) (Object, error) {
	if strings.Count(text, "&") >= MaxMembers {
		return Object{}, ErrTooMany
	}
	values, err := url.ParseQuery(text)
	if err != nil || !utf8.ValidString(text) {
		return Object{}, ErrForm
	}
	members := make([]Member, 0, len(values))
	for name, all := range values {
		if len(all) != 1 {
			return Object{}, ErrDuplicate
		}
		if !utf8.ValidString(name) || !utf8.ValidString(all[0]) {
			return Object{}, ErrForm
		}
		members = append(members, Member{name, Quote(all[0])})
	}
	return New(members...), nil
}

// AppendForm appends the object in the form encoding: strings as they are,
// numbers and booleans as their JSON, a list of scalars as one pair each, and
// what is nested as its JSON.
func (o Object) AppendForm(dst []byte) []byte {
	for _, m := range o.members {
		for _, text := range formValues(m.Value) {
			if len(dst) > 0 {
				dst = append(dst, '&')
			}
			dst = append(dst, url.QueryEscape(m.Name)...)
			dst = append(dst, '=')
			dst = append(dst, url.QueryEscape(text)...)
		}
	}
	return dst
}

func formValues(v jsontext.Value) []string {
	switch v.Kind() {
	case '"':
		text, _ := Unquote(v)
		return []string{text}
	case '[':
		if texts, ok := scalars(v); ok {
			return texts
		}
	}
	return []string{string(v)}
}

// ErrHeader is the error of a header that holds no text.
var ErrHeader = errors.New("a header that holds a claim stands twice or is not UTF-8")

// FromHeader reads claims that come as headers. Header names have no letter case
// (RFC 9110, section 5.1), so the configured names give the claims theirs. values
// returns the lines of a header.
func FromHeader(names []string, values func(name string) []string) (Object, error) {
	var members []Member
	for _, name := range names {
		switch lines := values(name); {
		case len(lines) == 0:
		case len(lines) > 1 || !utf8.ValidString(lines[0]):
			return Object{}, fmt.Errorf("%w: %s", ErrHeader, name)
		default:
			members = append(members, Member{name, Quote(lines[0])})
		}
	}
	return New(members...), nil
}

// Merge returns the members of both objects. A name that stands in both is an
// error, since one of the two values would be lost.
func Merge(a, b Object) (Object, error) {
	for _, m := range b.members {
		if _, found := a.Lookup(m.Name); found {
			return Object{}, ErrDuplicate
		}
	}
	all := make([]Member, 0, len(a.members)+len(b.members))
	return New(append(append(all, a.members...), b.members...)...), nil
}
