package judge

import (
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/claims"
)

// node is one JSON value of an upstream. Members keep their order, because an
// error body lists fields as the form does. The zero value is an absent one.
type node struct {
	kind  jsontext.Kind // 0 where the value is absent
	text  string        // of a string, or a number as sent
	names []string      // of an object's members
	elems []node        // of an object or a list
}

// member is the value of the member with this name; where none has exactly it,
// or says nothing, of one that differs in letter case.
func (n node) member(name string) node {
	if n.kind != '{' {
		return node{}
	}
	found := node{}
	for i, candidate := range n.names {
		if !strings.EqualFold(candidate, name) || found.isSaid() && (candidate != name || !n.elems[i].isSaid()) {
			continue
		}
		found = n.elems[i]
		if candidate == name && found.isSaid() {
			return found
		}
	}
	return found
}

// isSaid reports whether n says anything: absent, null and "" are one.
func (n node) isSaid() bool {
	return n.kind != 0 && n.kind != 'n' && (n.kind != '"' || strings.TrimSpace(n.text) != "")
}

// isEmpty reports whether n holds nothing: not said, {} or [].
func (n node) isEmpty() bool {
	return !n.isSaid() || (n.kind == '{' || n.kind == '[') && len(n.elems) == 0
}

func (n node) is(word string) bool {
	return n.kind == '"' && strings.EqualFold(strings.TrimSpace(n.text), word)
}

// isFalse reads a flag as the languages of validators write it.
func (n node) isFalse() bool {
	if n.kind == '0' {
		number, _ := strconv.ParseFloat(n.text, 64)
		return number == 0
	}
	return n.kind == 'f' || n.is("false") || n.is("0") || n.is("no")
}

// httpStatus is the number that n holds, as a number or as digits in a string,
// and 0 where it holds none.
func (n node) httpStatus() float64 {
	text := n.text
	switch {
	case n.kind == '0':
	case n.kind == '"':
		text = strings.TrimSpace(text)
		if strings.ContainsFunc(text, func(c rune) bool { return (c < '0' || c > '9') && c != '.' }) {
			return 0
		}
	default:
		return 0
	}
	number, _ := strconv.ParseFloat(text, 64) // out of range is an infinity, and a number still
	return number
}

// vanishes reports whether n is left out of an answer: null, and below the top a
// list with nothing in it, since an empty list makes the token's issuance fail.
func (n node) vanishes() bool {
	return n.kind == 'n' || n.kind == '[' && !slices.ContainsFunc(n.elems, func(e node) bool { return !e.vanishes() })
}

// appendJSON writes n without white space, and within it nothing that vanishes.
func (n node) appendJSON(dst []byte) []byte {
	switch n.kind {
	case '"':
		return claims.AppendQuote(dst, n.text)
	case '0':
		return append(dst, n.text...)
	case 't':
		return append(dst, "true"...)
	case 'f':
		return append(dst, "false"...)
	case '{', '[':
		open, end := byte('['), byte(']')
		if n.kind == '{' {
			open, end = '{', '}'
		}
		dst = append(dst, open)
		for i, e := range n.elems {
			if e.vanishes() {
				continue
			}
			if dst[len(dst)-1] != open {
				dst = append(dst, ',')
			}
			if n.kind == '{' {
				dst = claims.AppendQuote(dst, n.names[i])
				dst = append(dst, ':')
			}
			dst = e.appendJSON(dst)
		}
		return append(dst, end)
	}
	return append(dst, "null"...)
}
