package claims

import (
	"bytes"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/text/unicode/norm"
)

// normalValue trims the strings in v, at any depth, and puts them in NFC, but for
// those that hold secrets. Names inside nested objects stay as they are: they are
// the policy author's.
func (r *Rules) normalValue(v jsontext.Value) jsontext.Value {
	if isNormal(v) {
		return v
	}
	switch v.Kind() {
	case '"':
		return normalString(v)
	case '{', '[':
		return r.normalTree(v)
	default:
		return v
	}
}

// isNormal reports whether nothing can need a change: plain ASCII without an
// escape and without white space at the edge of a string. Most values are such.
func isNormal(v jsontext.Value) bool {
	for i, c := range v {
		if c >= 0x80 || c == '\\' {
			return false
		}
		if c == ' ' && (v[i-1] == '"' || v[i+1] == '"') {
			return false
		}
	}
	return true
}

func normalString(v jsontext.Value) jsontext.Value {
	text, ok := Unquote(v)
	if !ok {
		return v
	}
	return Quote(strings.TrimSpace(norm.NFC.String(text)))
}

func (r *Rules) normalTree(v jsontext.Value) jsontext.Value {
	dec := jsontext.NewDecoder(bytes.NewReader(v))
	out := make(jsontext.Value, 0, len(v))
	secret := false // the value that comes next
	for {
		kind, length := dec.StackIndex(dec.StackDepth())
		isName := kind == '{' && length%2 == 0
		switch next := dec.PeekKind(); next {
		case '}', ']':
			_, _ = dec.ReadToken()
			out = append(out, byte(next))
			if dec.StackDepth() == 0 {
				return out
			}
			continue
		case 0:
			return v // not reached: v has been parsed before
		default:
			if length > 0 && (kind == '[' || isName) {
				out = append(out, ',')
			}
			if kind == '{' && !isName {
				out = append(out, ':')
			}
			if !secret && (next == '{' || next == '[') {
				_, _ = dec.ReadToken()
				out = append(out, byte(next))
				continue
			}
			value, err := dec.ReadValue() // of a secret the whole
			if err != nil {
				return v
			}
			switch {
			case isName:
				text, _ := Unquote(value)
				name, _ := plain(text)
				secret = r.isSecret(name)
			case secret:
				secret = false
			case next == '"':
				value = normalString(value)
			}
			out = append(out, value...)
		}
	}
}

// lowerDomain lowers what stands behind the last @: host names have no case
// (RFC 4343), local parts may have one (RFC 5321, section 2.4).
func lowerDomain(v jsontext.Value) jsontext.Value {
	if isLower(v[bytes.LastIndexByte(v, '@')+1:]) {
		return v
	}
	text, ok := Unquote(v)
	at := strings.LastIndexByte(text, '@')
	if !ok || at < 0 {
		return v
	}
	domain := norm.NFC.String(strings.ToLower(text[at:])) // lowering can compose anew
	if domain == text[at:] {
		return v
	}
	return Quote(text[:at] + domain)
}

// isLower reports whether nothing can need lowering: ASCII without a capital and
// without an escape.
func isLower(v jsontext.Value) bool {
	for _, c := range v {
		if c >= 0x80 || c == '\\' || 'A' <= c && c <= 'Z' {
			return false
		}
	}
	return true
}
