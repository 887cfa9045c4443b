package claims

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// agree holds decodeSimple against decodeAny and reports whether it took the body.
func agree(t require.TestingT, body []byte) (taken bool) {
	given := bytes.Clone(body)
	got, taken := decodeSimple(given)
	if !taken {
		require.Equal(t, string(body), string(given), "decodeAny must find the body as it was")
		require.Zero(t, got)
		return false
	}
	want, err := decodeAny(bytes.Clone(body))
	require.NoError(t, err, "%q", body)
	require.Equal(t, string(want.whole), string(got.whole))
	require.Equal(t, len(want.whole), cap(got.whole))
	require.Equal(t, want.Len(), got.Len())
	for i, m := range got.members {
		require.Equal(t, want.members[i].Name, m.Name)
		require.Equal(t, string(want.members[i].Value), string(m.Value))
		require.Equal(t, len(m.Value), cap(m.Value), "a value must not grow into its neighbour")
		require.True(t, !got.normal || isNormal(m.Value), "%q", m.Value)
	}
	return true
}

func manyMembers(n int, name func(int) string) string {
	list := make([]string, n)
	for i := range list {
		list[i] = name(i) + ":" + strconv.Itoa(i)
	}
	return "{" + strings.Join(list, ",") + "}"
}

func TestSimpleAgreesWithAny(t *testing.T) {
	t.Parallel()
	for name, tt := range simpleCases() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tt.taken, agree(t, []byte(tt.body)))
			agree(t, []byte(`{"z":[`+tt.body+`],"a":1}`)) // and nested
			for cut := range min(len(tt.body), 1000) {
				agree(t, []byte(tt.body[:cut]))
			}
		})
	}
}

type simpleCase struct {
	body  string
	taken bool // by decodeSimple, which may always give up
}

func simpleCases() map[string]simpleCase {
	deep := func(levels int) string {
		return strings.Repeat(`{"b":1,"a":`, levels) + "1" + strings.Repeat("}", levels)
	}
	return map[string]simpleCase{
		"the example":                        {exampleCall, true},
		"empty object":                       {`{}`, true},
		"white space everywhere":             {" \t\r\n{ \"b\" :\t[ ] , \"a\" : [ 1 , { \"d\" : { } , \"c\" : true } ]\r} \n", true},
		"sorted":                             {`{"":1,"a":"x","b":{"c":1,"d":2}}`, true},
		"nested out of order":                {`{"b":{"y":[{"d":1,"c":2}],"x":{"f":3,"e":4}},"a":{"h":5,"g":6}}`, true},
		"a name that starts another":         {`{"ab":1,"a":2,"abc":3,"":4}`, true},
		"same name in two objects":           {`{"a":{"x":1},"b":{"x":2},"x":3}`, true},
		"literals":                           {`{"a":true,"b":false,"c":null}`, true},
		"integers":                           {`{"a":0,"b":-0,"c":10,"d":-12,"e":9007199254740993,"f":123456789012345678901234567890}`, true},
		"fractions and exponents":            {`{"b":1, "a":[1.0,-0.10,1e5,1E+5,0e-0,1.5e400]}`, true},
		"escapes":                            {`{"b":"\u0041\/\n\u000a\u001F\"\\", "a":"\ud83d\ude00" }`, true},
		"escapes that end in a space":        {`{"b":["\t","\u0020x"]}`, true},
		"strings with spaces":                {`{"a":" x","b":"x ","c":"x y","d":" ","e":"","f":["g "]}`, true},
		"a space before a string":            {`{"b":" x"}`, true},
		"a space behind a string":            {`{"b":["x "]}`, true},
		"brackets and commas in strings":     {`{"b":"}],{[:","a":"{"}`, true},
		"beyond ASCII":                       {`{"é":"José","a":"😀` + "\u2028\x7f" + `"}`, true},
		"names that UTF-16 orders otherwise": {"{\"\uffff\":1,\"\U00010000\":2,\"\ue000\":3,\"\ud7ff\":4,\"\U0010ffff\":5}", true},
		"as long as allowed":                 {`{"b":"` + strings.Repeat("x", maxSimple-14) + `","a":1}`, true},
		"one byte longer":                    {`{"b":"` + strings.Repeat("x", maxSimple-13) + `","a":1}`, false},
		"as deep as allowed":                 {deep(MaxDepth), true},
		"one deeper":                         {deep(MaxDepth + 1), false},
		"as many members as it has room for": {manyMembers(48, func(i int) string { return fmt.Sprintf(`"%02d"`, 47-i) }), true},
		"one more":                           {manyMembers(49, func(i int) string { return fmt.Sprintf(`"%02d"`, 48-i) }), false},
		"a thousand members":                 {manyMembers(MaxMembers, func(i int) string { return fmt.Sprintf(`"m%d"`, i) }), false},
		"as many elements as allowed":        {`{"a":[` + strings.Repeat("1,", MaxMembers-1) + `1]}`, true},
		"one element more":                   {`{"a":[` + strings.Repeat("1,", MaxMembers) + `1]}`, false},

		"an escape in a name":      {`{"b":1,"\u0061":1}`, false},
		"lone surrogate":           {`{"b":1,"a":"\ud83d"}`, false},
		"unknown escape":           {`{"b":1,"a":"\x41"}`, false},
		"short escape":             {`{"b":1,"a":"\u00"}`, false},
		"an escape and a tab":      {"{\"a\":\"\\n\t\"}", false},
		"an escape and no end":     {`{"a":"\n`, false},
		"no digit at the point":    {`{"a":[1.]}`, false},
		"no digit in the exponent": {`{"a":1e+}`, false},
		"leading zero":             {`{"b":1, "a":01}`, false},
		"leading zero of a minus":  {`{"a":-01}`, false},
		"lone minus":               {`{"a":-}`, false},
		"two minus":                {`{"a":--1}`, false},
		"plus":                     {`{"a":+1}`, false},
		"hexadecimal":              {`{"a":0x1}`, false},
		"cut word":                 {`{"a":tru}`, false},
		"longer word":              {`{"a":trues}`, false},
		"duplicate":                {`{"a":1, "b":2,"a":3}`, false},
		"duplicate at depth":       {`{"b":[ {"x":{"c":1,"d":2,"c":3}}],"a":1}`, false},
		"duplicate empty name":     {`{"":1,"":2}`, false},
		"control character":        {"{\"a\":\"\x1f\"}", false},
		"line feed in a string":    {"{\"a\":\"\n\"}", false},
		"NUL in a string":          {"{\"a\":\"\x00\"}", false},
		"NUL behind":               {"{}\x00", false},
		"NUL between":              {"{\x00}", false},
		"NUL for a value":          {"{\"a\":\x00}", false},
		"invalid UTF-8":            {"{\"b\":1, \"a\":\"\xff\"}", false},
		"surrogate in UTF-8":       {"{\"\xed\xa0\x80\":1}", false},
		"byte order mark":          {"\xEF\xBB\xBF{}", false}, // Decode strips it
		"trailing garbage":         {`{"b":1, "a":2} x`, false},
		"trailing object":          {`{}{}`, false},
		"trailing brace":           {`{}}`, false},
		"trailing comma":           {`{"b":1, "a":2,}`, false},
		"trailing comma in a list": {`{"a":[1,]}`, false},
		"no comma":                 {`{"a":1 "b":2}`, false},
		"no colon":                 {`{"a" 1}`, false},
		"no value":                 {`{"a":}`, false},
		"no name":                  {`{:1}`, false},
		"closed by the other":      {`{"a":[1}`, false},
		"form feed between":        {"{\f}", false},
		"no object":                {`[{"b":1,"a":2}]`, false},
		"nothing":                  {``, false},
		"white space":              {" \n", false},
	}
}

// Any tree of what decodeSimple knows, with white space anywhere, is taken.
func TestSimpleTakesAnyTree(t *testing.T) {
	t.Parallel()
	var tree func(t *rapid.T, depth int) string
	space := rapid.StringOfN(rapid.RuneFrom([]rune(" \t\r\n")), 0, 2, -1)
	quoted := rapid.Map(rapid.StringOfN(rapid.RuneFrom([]rune("abz 09é\ue000\uffff😀")), 0, 4, -1), func(text string) string { return `"` + text + `"` })
	object := func(t *rapid.T, depth int) string {
		var list []string
		for _, name := range rapid.SliceOfNDistinct(quoted, 0, 5, rapid.ID).Draw(t, "names") {
			list = append(list, space.Draw(t, "")+name+space.Draw(t, "")+":"+tree(t, depth+1))
		}
		return "{" + strings.Join(list, ",") + space.Draw(t, "") + "}"
	}
	tree = func(t *rapid.T, depth int) string {
		kinds := []string{"0", "-1", "true", "false", "null", "string", "object", "array"}
		if depth > 3 {
			kinds = kinds[:6]
		}
		value := rapid.SampledFrom(kinds).Draw(t, "kind")
		switch value {
		case "string":
			value = quoted.Draw(t, "string")
		case "object":
			value = object(t, depth)
		case "array":
			var list []string
			for range rapid.IntRange(0, 3).Draw(t, "length") {
				list = append(list, tree(t, depth+1))
			}
			value = "[" + strings.Join(list, ",") + space.Draw(t, "") + "]"
		}
		return space.Draw(t, "") + value + space.Draw(t, "")
	}
	rapid.Check(t, func(t *rapid.T) {
		body := space.Draw(t, "") + object(t, 1) + space.Draw(t, "")
		assert.True(t, agree(t, []byte(body)), "%q", body)
	})
}

// FuzzSimple holds the two ways to read a call against each other.
func FuzzSimple(f *testing.F) {
	for _, seed := range simpleCases() {
		f.Add([]byte(seed.body))
	}
	f.Fuzz(func(t *testing.T, body []byte) { agree(t, body) })
}
