package claims

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// FuzzDecode holds Decode against encoding/json with checks of its own for what
// encoding/json lets pass.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		exampleCall, `{}`, `[]`, ``, `{"a":1,"a":2}`, `{"a":{"b":[{"c":null}]}}`, `{"a":"\ud83d\ude00"}`, `{"a":"\ud83d"}`, "{\"a\":\"\xff\"}",
		"\xEF\xBB\xBF{\"a\":1}", `{"a":1e400,"b":-0}`, `{"a":1,}`, `{"a":1}x`, `{"a\u0000":"b","a":"}"}`, `{"a":[[[[[]]]]]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		o, err := Decode(bytes.Clone(body))
		if errors.Is(err, ErrTooDeep) || errors.Is(err, ErrTooMany) {
			return // encoding/json has no such bounds; decode_test.go has theirs
		}
		body = bytes.TrimPrefix(body, []byte("\xEF\xBB\xBF"))
		assert.Equal(t, isStrictObject(body), err == nil, "body %q, error %v", body, err)
		if err != nil {
			assert.Zero(t, o.Len())
			return
		}
		canonical := o.Append(nil)
		assert.Equal(t, string(Object{members: o.members}.Append(nil)), string(o.Canonical()), "the whole is its members")
		assert.Equal(t, decoded(t, body), decoded(t, canonical))
		again, err := Decode(bytes.Clone(canonical))
		require.NoError(t, err)
		assert.Equal(t, string(canonical), string(again.Append(nil)), "a fixed point")
		for name, value := range o.All() {
			found, ok := o.Lookup(name)
			assert.True(t, ok)
			assert.Equal(t, string(value), string(found))
		}
	})
}

// decoded keeps numbers as their digits, which assert.JSONEq would not.
func decoded(t *testing.T, text []byte) (value any) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	require.NoError(t, dec.Decode(&value))
	return value
}

// isStrictObject is the oracle: one object, valid for encoding/json, in UTF-8,
// without lone surrogates and without duplicate names.
func isStrictObject(body []byte) bool {
	if !json.Valid(body) || !utf8.Valid(body) || bytes.TrimSpace(body)[0] != '{' || hasLoneSurrogate(body) {
		return false
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	type level struct {
		names  map[string]bool // nil in an array
		isName bool
	}
	var stack []level
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return true
		}
		if err != nil {
			return false
		}
		if delim, ok := token.(json.Delim); ok && (delim == '}' || delim == ']') {
			stack = stack[:len(stack)-1]
			continue
		}
		if n := len(stack); n > 0 && stack[n-1].names != nil {
			top := &stack[n-1]
			if top.isName {
				name, _ := token.(string)
				if top.names[name] {
					return false
				}
				top.names[name] = true
			}
			if top.isName = !top.isName; !top.isName {
				continue
			}
		}
		switch token {
		case json.Delim('{'):
			stack = append(stack, level{map[string]bool{}, true})
		case json.Delim('['):
			stack = append(stack, level{})
		}
	}
}

// hasLoneSurrogate looks at every \u escape of valid JSON; a backslash stands
// in strings only.
func hasLoneSurrogate(body []byte) bool {
	unit := func(at int) uint64 {
		if at+6 > len(body) || body[at] != '\\' || body[at+1] != 'u' {
			return 0
		}
		n, _ := strconv.ParseUint(string(body[at+2:at+6]), 16, 32)
		return n
	}
	for i := 0; i < len(body); i++ {
		if body[i] != '\\' {
			continue
		}
		switch n := unit(i); {
		case n >= 0xDC00 && n <= 0xDFFF:
			return true
		case n >= 0xD800 && n <= 0xDBFF:
			if low := unit(i + 6); low < 0xDC00 || low > 0xDFFF {
				return true
			}
			i += 11
		default:
			i++
		}
	}
	return false
}
