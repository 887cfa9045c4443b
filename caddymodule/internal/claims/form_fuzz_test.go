package claims

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// FuzzDecodeForm holds DecodeForm against a reader of its own, and its object
// against the two ways in which it goes on: as a form and as JSON.
func FuzzDecodeForm(f *testing.F) {
	for _, seed := range []string{
		"", "b=2&a=1", "a%20b=c+d%2B%26%3D", "a=%C3%A9&b=é", "a=&b", "&a=1&&b=2&", "a=b=c", "a=%00", "=", "a=1&a=1",
		"a=1&%61=2", "a=%zz", "a=%4", "a=%", "a=\xff", "a=%ff", "%ff=a", "a=1;b=2", "a=1&b;", "a=%ED%A0%80", "\xdf%80", "\xEF\xBB\xBFa=1", "a=\"}",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		o, err := DecodeForm(text)
		if strings.Count(text, "&") >= MaxMembers {
			require.ErrorIs(t, err, ErrTooMany)
			return
		}
		want, readable := formOf(text)
		require.Equal(t, readable, err == nil, "%q: %v", text, err)
		if err != nil {
			assert.Contains(t, []error{ErrForm, ErrDuplicate}, err, "one of ours, which quotes nothing")
			assert.Zero(t, o.Len())
			return
		}
		assert.Equal(t, want, textsOf(t, o))
		again, err := DecodeForm(string(o.AppendForm(nil)))
		require.NoError(t, err)
		assert.Equal(t, want, textsOf(t, again))
		strict, err := Decode(o.Append(nil))
		require.NoError(t, err)
		assert.Equal(t, want, textsOf(t, strict))
	})
}

// FuzzFromHeader reads a custom policy's GET: claims in headers beside claims in
// the query. The header is lines of "name:value"; the configured names are
// separated by commas.
func FuzzFromHeader(f *testing.F) {
	for _, seed := range [][3]string{
		{"loyaltyId", "LOYALTYID:4711\nX-Other:a", "email=a%40b"},
		{"a,A", "a:1", "b=2"},
		{"a,b", "a:1\na:2", ""},
		{"a,b", "b:\xff", "a=1"},
		{"a", "a:1", "a=2"},
		{"a,a,", ":x\na:\"}", ""},
		{"e\u0301", "e\u0301:\xEF\xBB\xBF", "a=%zz"},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, configured, head, query string) {
		if !utf8.ValidString(configured) {
			return // the configuration is JSON, which has no such names
		}
		header := make(http.Header)
		for line := range strings.SplitSeq(head, "\n") {
			name, value, _ := strings.Cut(line, ":")
			header.Add(name, value)
		}
		names := strings.Split(configured, ",")
		want, refused, bad := make(map[string]string), false, ""
		for _, name := range names {
			lines := header.Values(name)
			if len(lines) > 1 || len(lines) == 1 && !utf8.ValidString(lines[0]) {
				refused, bad = true, name
				break
			}
			if len(lines) == 1 {
				want[name] = lines[0]
			}
		}
		inHeader, err := FromHeader(names, header.Values)
		if refused {
			require.ErrorIs(t, err, ErrHeader)
			assert.EqualError(t, err, ErrHeader.Error()+": "+bad, "the name, and never the value")
			assert.Zero(t, inHeader.Len())
			return
		}
		require.NoError(t, err)
		assert.Equal(t, want, textsOf(t, inHeader))

		inQuery, err := DecodeForm(query)
		if err != nil {
			return // FuzzDecodeForm has these
		}
		for name, value := range textsOf(t, inQuery) {
			if _, twice := want[name]; twice {
				_, err := Merge(inQuery, inHeader)
				require.ErrorIs(t, err, ErrDuplicate, "neither place wins over the other")
				return
			}
			want[name] = value
		}
		both, err := Merge(inQuery, inHeader)
		require.NoError(t, err)
		assert.Equal(t, want, textsOf(t, both))
		strict, err := Decode(both.Append(nil))
		require.NoError(t, err)
		assert.Equal(t, string(both.Append(nil)), string(strict.Append(nil)), "the bytes that are hashed are canonical")
	})
}

// textsOf are the members of an object that holds nothing but strings, each of
// which is found again by its name.
func textsOf(t *testing.T, o Object) map[string]string {
	t.Helper()
	texts := make(map[string]string, o.Len())
	for name, value := range o.All() {
		text, isText := Unquote(value)
		require.True(t, isText)
		found, ok := o.Lookup(name)
		require.True(t, ok)
		require.Equal(t, string(value), string(found))
		texts[name] = text
	}
	require.Len(t, texts, o.Len())
	return texts
}

// formOf is the oracle: the pairs of a form (WHATWG URL Standard, section 5.1),
// refused where Go's own parser or another could read them differently.
func formOf(text string) (map[string]string, bool) {
	if !utf8.ValidString(text) { // also where escapes would complete a letter
		return nil, false
	}
	pairs := make(map[string]string)
	for pair := range strings.SplitSeq(text, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		name, nameErr := unescaped(name)
		value, valueErr := unescaped(value)
		_, twice := pairs[name]
		if nameErr != nil || valueErr != nil || twice || strings.Contains(pair, ";") {
			return nil, false
		}
		pairs[name] = value
	}
	return pairs, true
}

func unescaped(text string) (string, error) {
	var out []byte
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '+':
			out = append(out, ' ')
		case '%':
			if i+3 > len(text) {
				return "", errors.New("cut off")
			}
			n, err := strconv.ParseUint(text[i+1:i+3], 16, 8)
			if err != nil {
				return "", err
			}
			out = append(out, byte(n))
			i += 2
		default:
			out = append(out, text[i])
		}
	}
	if !utf8.Valid(out) {
		return "", errors.New("not UTF-8")
	}
	return string(out), nil
}
