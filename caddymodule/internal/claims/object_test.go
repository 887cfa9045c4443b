package claims

import (
	"encoding/json"
	"slices"
	"testing"
	"unicode/utf16"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func mustDecode(t require.TestingT, body string) Object {
	o, err := Decode([]byte(body))
	require.NoError(t, err, "body %q", body)
	return o
}

// The reference: UTF-16 code units compared as unsigned integers (RFC 8785, 3.2.3).
func byUTF16(a, b string) int {
	return slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
}

// The ranges about which an order by bytes and one by UTF-16 disagree.
var anyName = rapid.StringOf(rapid.OneOf(
	rapid.RuneFrom([]rune{'a', 'b', '"', '\\', 0, 0x1f, 0x7f, 0xd7ff, 0xe000, 0xfffd, 0xffff, 0x10000, 0x1f600, 0x10ffff}),
	rapid.Rune(),
))

func TestOrderIsThatOfUTF16CodeUnits(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfNDistinct(anyName, 0, 12, rapid.ID).Draw(t, "names")
		members := make([]Member, len(names))
		body := []byte("{")
		for i, name := range names {
			members[i] = Member{name, jsontext.Value("1")}
			if i > 0 {
				body = append(body, ',')
			}
			quoted, err := json.Marshal(name)
			require.NoError(t, err)
			body = append(append(body, quoted...), ':', '1')
		}
		slices.SortFunc(names, byUTF16)
		decoded := mustDecode(t, string(body)+"}")
		for _, o := range []Object{decoded, New(members...)} {
			got := make([]string, 0, o.Len())
			for name := range o.All() {
				got = append(got, name)
				_, found := o.Lookup(name)
				assert.True(t, found, "%q is in the object but Lookup does not find it", name)
			}
			assert.Equal(t, names, got)
		}
	})
}

func TestOrderOfTheExampleInRFC8785(t *testing.T) {
	t.Parallel()
	o := mustDecode(t, `{"\u20ac":1,"\r":1,"\ufb33":1,"1":1,"\ud83d\ude00":1,"\u0080":1,"\u00f6":1}`)
	assert.Equal(t, "{\"\\r\":1,\"1\":1,\"\u0080\":1,\"ö\":1,\"€\":1,\"😀\":1,\"\ufb33\":1}", string(o.Append(nil)))
}

func TestNewKeepsTheLaterOfTwo(t *testing.T) {
	t.Parallel()
	o := New(Member{"b", jsontext.Value("1")}, Member{"a", jsontext.Value("2")}, Member{"b", jsontext.Value("3")}, Member{"b", jsontext.Value("4")})
	assert.Equal(t, `{"a":2,"b":4}`, string(o.Append(nil)))
	assert.Equal(t, `{}`, string(New().Append(nil)))
	assert.Equal(t, `{}`, string(Object{}.Append(nil)))
}

func TestObjectIsImmutable(t *testing.T) {
	t.Parallel()
	o := mustDecode(t, `{"a":"1","b":" 2 ","email":"X@Y.Z"}`)
	before := string(o.Append(nil))
	rules, err := NewRules(Config{Renames: []Rename{{"a", "z"}}, Drop: []string{"b"}})
	require.NoError(t, err)

	members := []Member{{"q", jsontext.Value("1")}, {"p", jsontext.Value("2")}}
	_ = New(members...)
	assert.Equal(t, "q", members[0].Name, "New must not sort its caller's list")

	normal, _ := rules.Apply(o)
	_ = rules.Back(o, "")
	with := o.With("a", jsontext.Value("9"))
	for name := range o.All() {
		if name == "a" {
			break // a range that ends early must not fail
		}
	}
	assert.Equal(t, before, string(o.Append(nil)))
	assert.Equal(t, `{"a":9,"b":" 2 ","email":"X@Y.Z"}`, string(with.Append(nil)))
	assert.Equal(t, `{"email":"X@y.z","z":"1"}`, string(normal.Append(nil)))
}

func TestValuesCannotGrowIntoTheirNeighbours(t *testing.T) {
	t.Parallel()
	o := mustDecode(t, `{"a":1,"b":2}`)
	a, _ := o.Lookup("a")
	_ = append(a, "999999"...)
	assert.Equal(t, `{"a":1,"b":2}`, string(o.Append(nil)))
}

func TestText(t *testing.T) {
	t.Parallel()
	o := mustDecode(t, `{"s":"a\"b\u0000","n":1,"z":null,"l":["x"],"e":""}`)
	for name, want := range map[string]string{"s": "a\"b\x00", "n": "", "z": "", "l": "", "e": "", "absent": "", "S": ""} {
		assert.Equal(t, want, o.Text(name), name)
	}
}

func TestAppendMembersHasNoBraces(t *testing.T) {
	t.Parallel()
	assert.Equal(t, `x,"a":1,"b\n":[2]`, string(mustDecode(t, `{"b\n":[2],"a":1}`).AppendMembers([]byte("x,"))))
	assert.Empty(t, Object{}.AppendMembers(nil))
}

func TestQuoteAlwaysGivesValidJSON(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "\"a\ufffdb\"", string(Quote("a\xffb")))
	rapid.Check(t, func(t *rapid.T) {
		text := string(rapid.SliceOf(rapid.Byte()).Draw(t, "text"))
		quoted := Quote(text)
		var read string
		require.NoError(t, json.Unmarshal(quoted, &read))
		assert.True(t, quoted.IsValid(), "strict reading of %q", quoted)
		if slices.Equal([]rune(text), []rune(read)) {
			return
		}
		t.Fatalf("%q was read back as %q", text, read)
	})
}

func TestJoinScalars(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`[]`:                          `""`,
		`["a"]`:                       `"a"`,
		`["a","b\"c"]`:                `"a,b\"c"`,
		`[1,2.50,true,false]`:         `"1,2.50,true,false"`,
		`["a",null,"b"]`:              `"a,b"`,
		`[null,"b"]`:                  `"b"`,
		`[null]`:                      `""`,
		`["","b"]`:                    `",b"`,
		`["a",{"b":1}]`:               ``,
		`[["a"]]`:                     ``,
		`{}`:                          ``,
		`"a"`:                         ``,
		`null`:                        ``,
		`[12345678901234567890,1e99]`: `"12345678901234567890,1e99"`,
	} {
		joined, ok := JoinScalars(jsontext.Value(in), ",")
		assert.Equal(t, want != "", ok, in)
		assert.Equal(t, want, string(joined), in)
	}
}
