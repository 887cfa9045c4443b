package claims

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"
)

// A small alphabet in which names collide and strings need work: spaces of all
// kinds, quotes, marks that compose, letters whose lower case composes otherwise.
var (
	someText = rapid.OneOf(
		rapid.StringOf(rapid.RuneFrom([]rune("aZ@. \t\n\u00a0\u2003\"\\/é\u0301\u030c\u0331\u0323HJ\u212b\u1e9b\uac00\u11a8\u0000😀"))),
		rapid.SampledFrom([]string{"", " ", "x@H\u0331.example", "A@B.C", "12", "null"}),
		rapid.String(),
	)
	someName = rapid.SampledFrom([]string{
		"", "a", "b", "é", "e\u0301", "😀", "\uffff", "email", "client_id", "clientId", "surname", "lastName", "password", "gone",
		"extension_X", "extension_0123456789abcdef0123456789abcdef_X", "extension_0123456789ABCDEF0123456789ABCDEF_gone",
	})
	someNumber = rapid.SampledFrom([]string{"0", "-0", "1", "1.0", "1e2", "1E+2", "1e400", "12345678901234567890123", "0.1e-7"})
)

func someValue(depth int) *rapid.Generator[any] {
	scalars := []*rapid.Generator[any]{
		someText.AsAny(), someText.AsAny(), rapid.Map(someNumber, func(n string) any { return json.Number(n) }),
		rapid.Bool().AsAny(), rapid.Just[any](nil),
	}
	if depth > 0 {
		scalars = append(scalars,
			rapid.SliceOfN(someValue(depth-1), 0, 3).AsAny(),
			rapid.MapOfN(someName, someValue(depth-1), 0, 3).AsAny())
	}
	return rapid.OneOf(scalars...)
}

var someObject = rapid.MapOfN(someName, someValue(2), 0, 8)

// render writes a value as one sender or another would: members in any order,
// any white space, characters escaped or not.
func render(t *rapid.T, value any) string {
	gap := func() string { return rapid.SampledFrom([]string{"", "", " ", "\r\n\t"}).Draw(t, "gap") }
	quote := func(s string) string {
		quoted, err := json.Marshal(s)
		require.NoError(t, err)
		if !rapid.Bool().Draw(t, "escaped") {
			return string(quoted)
		}
		var b strings.Builder
		for _, r := range string(quoted) {
			if r < 0x80 {
				b.WriteRune(r)
			} else if r < 0x10000 {
				fmt.Fprintf(&b, `\u%04x`, r)
			} else {
				fmt.Fprintf(&b, `\u%04X\u%04x`, 0xD800+(r-0x10000)>>10, 0xDC00+(r-0x10000)&0x3ff)
			}
		}
		return b.String()
	}
	switch v := value.(type) {
	case string:
		return gap() + quote(v) + gap()
	case []any:
		parts := make([]string, len(v))
		for i, e := range v {
			parts[i] = render(t, e)
		}
		return "[" + strings.Join(parts, ",") + gap() + "]"
	case map[string]any:
		names := make([]string, 0, len(v))
		for name := range v {
			names = append(names, name)
		}
		slices.Sort(names)
		parts := make([]string, len(names))
		for i, name := range rapid.Permutation(names).Draw(t, "order") {
			parts[i] = gap() + quote(name) + gap() + ":" + render(t, v[name])
		}
		return gap() + "{" + strings.Join(parts, ",") + gap() + "}"
	default:
		text, err := json.Marshal(v)
		require.NoError(t, err)
		return string(text)
	}
}

var lawRules = Config{
	Aliases: map[string]string{"clientId": "client_id", "lastName": "surname"},
	Drop:    []string{"gone", "extension_gone"},
	Secret:  []string{"password"},
}

func applied(t require.TestingT, c Config, body string) string {
	rules, err := NewRules(c)
	require.NoError(t, err)
	normal, _ := rules.Apply(mustDecode(t, body))
	return string(normal.Append(nil))
}

func TestApplyIsIdempotent(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		once := applied(t, lawRules, render(t, someObject.Draw(t, "call")))
		assert.Equal(t, once, applied(t, lawRules, once))
	})
}

func TestApplyDoesNotSeeOrderSpacingOrEscapes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		call := someObject.Draw(t, "call")
		assert.Equal(t, applied(t, lawRules, render(t, call)), applied(t, lawRules, render(t, call)))
	})
}

func TestApplyTakesAbsentNullAndEmptyForOne(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		call := someObject.Draw(t, "call")
		want := applied(t, lawRules, render(t, call))
		for _, name := range rapid.SliceOfNDistinct(someName, 0, 5, rapid.ID).Draw(t, "names") {
			nothings := []any{nil, "", " \t", "\u00a0\u2003"}
			if name == "password" {
				nothings = nothings[:2] // its spaces are the person's
			}
			if _, taken := call[name]; !taken {
				call[name] = rapid.SampledFrom(nothings).Draw(t, "nothing")
			}
		}
		assert.Equal(t, want, applied(t, lawRules, render(t, call)))
	})
}

func TestApplyTakesComposedAndDecomposedForOne(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := norm.NFC.String(rapid.StringOfN(rapid.RuneFrom([]rune("aeHJ@é\u0301\u030c\u0331\u0323\uac01 ")), 0, 20, -1).Draw(t, "text"))
		for _, name := range []string{"a", "email"} {
			composed := applied(t, lawRules, render(t, map[string]any{name: text, "in": []any{text}}))
			decomposed := applied(t, lawRules, render(t, map[string]any{name: norm.NFD.String(text), "in": []any{norm.NFD.String(text)}}))
			assert.Equal(t, composed, decomposed)
		}
	})
}

func TestApplyLeavesNothingToNormalise(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		out := applied(t, lawRules, render(t, someObject.Draw(t, "call")))
		dec := json.NewDecoder(bytes.NewReader([]byte(out)))
		dec.UseNumber()
		var members map[string]any
		require.NoError(t, dec.Decode(&members))
		var names []string
		for name := range mustDecode(t, out).All() {
			names = append(names, name)
			assert.NotContains(t, name, "gone")
			assert.NotNil(t, members[name], "null at the top level")
			if name != "password" {
				assert.NotEqual(t, "", members[name])
				eachString(members[name], func(s string) {
					assert.Equal(t, strings.TrimSpace(s), s, "trimmed")
					assert.True(t, norm.NFC.IsNormalString(s), "NFC: %+q", s)
				})
			}
		}
		assert.True(t, slices.IsSortedFunc(names, byUTF16), "canonical order: %q", names)
	})
}

func eachString(value any, check func(string)) {
	switch v := value.(type) {
	case string:
		check(v)
	case []any:
		for _, e := range v {
			eachString(e, check)
		}
	case map[string]any:
		for name, e := range v {
			if name != "password" {
				eachString(e, check)
			}
		}
	}
}

func TestApplyToValues(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ in, want string }{
		"numbers as sent":               {`{"a":1.0,"b":-0,"c":[1E5,{"d":1e400}]}`, `{"a":1.0,"b":-0,"c":[1E5,{"d":1e400}]}`},
		"a number is no string":         {`{"a":1,"b":"1"}`, `{"a":1,"b":"1"}`},
		"a secret within":               {`{"a":{"password":" e\u0301 ","b":" x ","p":{"password":[" y "]}}}`, "{\"a\":{\"b\":\"x\",\"p\":{\"password\":[\" y \"]},\"password\":\" e\u0301 \"}}"},
		"false and 0 are values":        {`{"a":false,"b":0,"c":[],"d":{}}`, `{"a":false,"b":0,"c":[],"d":{}}`},
		"trimmed":                       {`{"a":" x y\t","b":"\u00a0\u3000x\u2028"}`, `{"a":"x y","b":"x"}`},
		"only white space":              {`{"a":" ","b":"\t\r\n","c":"\u3000"}`, `{}`},
		"composed":                      {`{"a":"e\u0301","b":"\u212b"}`, `{"a":"é","b":"Å"}`},
		"nested strings":                {`{"a":[" x ",{"b":"e\u0301 "}],"c":{"d":[[" y"]]}}`, `{"a":["x",{"b":"é"}],"c":{"d":[["y"]]}}`},
		"nested null and empty stay":    {`{"a":[null,"",{"b":null,"c":""}]}`, `{"a":[null,"",{"b":null,"c":""}]}`},
		"names are the author's":        {`{" a ":{"e\u0301 ":1}}`, "{\" a \":{\"e\u0301 \":1}}"},
		"quotes at the edge":            {`{"a":" \" x \\ "}`, `{"a":"\" x \\"}`},
		"a space beside inner quotes":   {`{"a":["\" ","b c"]}`, `{"a":["\"","b c"]}`},
		"e-mail domain":                 {`{"email":"John.Smith@Fabrikam.Example"}`, `{"email":"John.Smith@fabrikam.example"}`},
		"e-mail with two @":             {`{"email":"\"A@B\"@C.D"}`, `{"email":"\"A@B\"@c.d"}`},
		"e-mail without @":              {`{"email":"ABC"}`, `{"email":"ABC"}`},
		"e-mail that ends with @":       {`{"email":" ABC@ "}`, `{"email":"ABC@"}`},
		"e-mail that is no string":      {`{"email":["A@B"]}`, `{"email":["A@B"]}`},
		"e-mail of an IDN in two forms": {`{"email":"x@H\u0331.example"}`, "{\"email\":\"x@\u1e96.example\"}"},
		"only email is an e-mail":       {`{"Email":"A@B","mail":"A@B"}`, `{"Email":"A@B","mail":"A@B"}`},
		"behind a secret in a list":     {`{"a":[{"password":" p "}," x ",[" y "]]}`, `{"a":[{"password":" p "},"x",["y"]]}`},
		"behind a name in a secret":     {`{"a":{"password":[" p ",{"b":" q "}," r "]}}`, `{"a":{"password":[" p ",{"b":" q "}," r "]}}`},
		"an object that is a secret":    {`{"a":{"b":" x ","password":{"c":" p ","d":[]},"q":" y "}}`, `{"a":{"b":"x","password":{"c":" p ","d":[]},"q":"y"}}`},
		"secret in another letter case": {`{"PASSword":" e\u0301 "}`, "{\"PASSword\":\" e\u0301 \"}"},
		"secret":                        {`{"password":" e\u0301 "}`, "{\"password\":\" e\u0301 \"}"},
		"secret, only space":            {`{"password":" "}`, `{"password":" "}`},
		"secret and empty":              {`{"password":""}`, `{}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tt.want, applied(t, lawRules, tt.in))
		})
	}
	assert.Equal(t, `{"email":"A@B.C"}`, applied(t, Config{KeepCase: true}, `{"email":" A@B.C"}`))
}
