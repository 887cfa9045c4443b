package claims

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestDecodeForm(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		in, want string
		err      error
	}{
		"nothing":                 {"", `{}`, nil},
		"pairs":                   {"b=2&a=1", `{"a":"1","b":"2"}`, nil},
		"escapes":                 {"a%20b=c+d%2B%26%3D", `{"a b":"c d+&="}`, nil},
		"UTF-8":                   {"a=%C3%A9&b=é", `{"a":"é","b":"é"}`, nil},
		"empty value":             {"a=&b", `{"a":"","b":""}`, nil},
		"empty pairs":             {"&a=1&&b=2&", `{"a":"1","b":"2"}`, nil},
		"an equals sign":          {"a=b=c", `{"a":"b=c"}`, nil},
		"NUL":                     {"a=%00", `{"a":"\u0000"}`, nil},
		"a name twice":            {"a=1&b=2&a=3", `{}`, ErrDuplicate},
		"the same twice":          {"a=1&a=1", `{}`, ErrDuplicate},
		"twice through an escape": {"a=1&%61=2", `{}`, ErrDuplicate},
		"broken escape":           {"a=%zz", `{}`, ErrForm},
		"escape cut off":          {"a=%4", `{}`, ErrForm},
		"invalid UTF-8":           {"a=\xff", `{}`, ErrForm},
		"invalid UTF-8, escaped":  {"a=%ff", `{}`, ErrForm},
		"invalid UTF-8 in a name": {"%ff=a", `{}`, ErrForm},
		"semicolons":              {"a=1;b=2", `{}`, ErrForm}, // two readers would read it in two ways
		"too many":                {strings.Repeat("a=1&", MaxMembers) + "b=1", `{}`, ErrTooMany},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o, err := DecodeForm(tt.in)
			assert.ErrorIs(t, err, tt.err)
			assert.Equal(t, tt.want, string(o.Append(nil)))
		})
	}
}

func TestAppendForm(t *testing.T) {
	t.Parallel()
	o := mustDecode(t, `{"s":"a b&c=é+","n":1.0,"t":true,"l":["x",2,"y z"],"e":[],"m":[null],"o":{"a":"b"},"p":[{"a":1}],"q&":""}`)
	assert.Equal(t, "l=x&l=2&l=y+z&n=1.0&o=%7B%22a%22%3A%22b%22%7D&p=%5B%7B%22a%22%3A1%7D%5D&q%26=&s=a+b%26c%3D%C3%A9%2B&t=true", string(o.AppendForm(nil)))
	assert.Empty(t, Object{}.AppendForm(nil))
}

func TestAFormOfTextsReadsBackAsItWas(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		call := mustDecode(t, render(t, rapid.MapOfN(someName, someText.AsAny(), 0, 6).Draw(t, "call")))
		read, err := DecodeForm(string(call.AppendForm(nil)))
		require.NoError(t, err)
		assert.Equal(t, string(call.Append(nil)), string(read.Append(nil)))
	})
}

func TestFromHeader(t *testing.T) {
	t.Parallel()
	lines := map[string][]string{"one": {"a\"b"}, "empty": {""}, "two": {"hunter2", "b"}, "bad": {"hunter2\xff"}}
	values := func(name string) []string { return lines[name] }
	o, err := FromHeader([]string{"one", "absent", "empty"}, values)
	require.NoError(t, err)
	assert.Equal(t, `{"empty":"","one":"a\"b"}`, string(o.Append(nil)))
	for _, name := range []string{"two", "bad"} {
		_, err := FromHeader([]string{"one", name}, values)
		require.ErrorIs(t, err, ErrHeader)
		assert.ErrorContains(t, err, name)
		assert.NotContains(t, err.Error(), "hunter2")
	}
}

func TestMerge(t *testing.T) {
	t.Parallel()
	a, b := mustDecode(t, `{"b":1,"d":2}`), mustDecode(t, `{"a":3,"c":4}`)
	both, err := Merge(a, b)
	require.NoError(t, err)
	assert.Equal(t, `{"a":3,"b":1,"c":4,"d":2}`, string(both.Append(nil)))
	_, err = Merge(a, mustDecode(t, `{"d":2}`))
	assert.ErrorIs(t, err, ErrDuplicate)
}
