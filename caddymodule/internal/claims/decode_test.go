package claims

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDecodeAccepts(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ in, want string }{
		"empty object":              {`{}`, `{}`},
		"white space around":        {" \t\r\n{ \"a\" : 1 }\r\n ", `{"a":1}`},
		"byte order mark":           {"\xEF\xBB\xBF{\"a\":1}", `{"a":1}`},
		"every kind":                {`{"s":"x","n":1,"t":true,"f":false,"z":null,"a":[],"o":{}}`, `{"a":[],"f":false,"n":1,"o":{},"s":"x","t":true,"z":null}`},
		"members out of order":      {`{"b":1,"a":2,"":3}`, `{"":3,"a":2,"b":1}`},
		"nested out of order":       {`{"a":[{"y":1,"x":{"d":1,"c":2}}]}`, `{"a":[{"x":{"c":2,"d":1},"y":1}]}`},
		"same name in two objects":  {`{"a":{"x":1},"b":{"x":2}}`, `{"a":{"x":1},"b":{"x":2}}`},
		"names that differ in case": {`{"A":1,"a":2}`, `{"A":1,"a":2}`},
		"NUL escaped":               {`{"a":"x\u0000y"}`, `{"a":"x\u0000y"}`},
		"NUL in a name":             {`{"a\u0000":1,"a":2}`, `{"a":2,"a\u0000":1}`},
		"escapes that need not be":  {`{"\u0061":"\u0041\/\u00e9"}`, `{"a":"A/é"}`},
		"escapes that must be":      {`{"q\"\\":"\b\f\n\r\t\u001f"}`, `{"q\"\\":"\b\f\n\r\t\u001f"}`},
		"surrogate pair":            {`{"a":"\ud83d\ude00"}`, `{"a":"😀"}`},
		"DEL and U+2028":            {"{\"a\":\"\x7f\u2028\"}", "{\"a\":\"\x7f\u2028\"}"},
		"noncharacter":              {"{\"a\":\"\uffff\U0010ffff\"}", "{\"a\":\"\uffff\U0010ffff\"}"},
		"brackets in strings":       {`{"a":"}],{[\"","b":"\\"}`, `{"a":"}],{[\"","b":"\\"}`},
		"numbers stay as sent":      {`{"a":-0,"b":1.0,"c":1E+2,"d":1e400,"e":123456789012345678901234567890,"f":0.1e-7}`, `{"a":-0,"b":1.0,"c":1E+2,"d":1e400,"e":123456789012345678901234567890,"f":0.1e-7}`},
		"a number ends the object":  {`{"a":{"b":1},"c":[1]}`, `{"a":{"b":1},"c":[1]}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o, err := Decode([]byte(tt.in))
			require.NoError(t, err)
			assert.Equal(t, tt.want, string(o.Append(nil)))
		})
	}
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		in   string
		want error
	}{
		"nothing":                            {"", ErrEmpty},
		"white space":                        {" \t\r\n", ErrEmpty},
		"only a byte order mark":             {"\xEF\xBB\xBF", ErrEmpty},
		"array":                              {`[]`, ErrNoObject},
		"array of an object":                 {`[{"a":1}]`, ErrNoObject},
		"string":                             {`"a"`, ErrNoObject},
		"number":                             {`1`, ErrNoObject},
		"true":                               {`true`, ErrNoObject},
		"null":                               {`null`, ErrNoObject},
		"duplicate name":                     {`{"a":1,"b":2,"a":3}`, ErrDuplicate},
		"duplicate with the same value":      {`{"a":1,"a":1}`, ErrDuplicate},
		"duplicate through an escape":        {`{"a":1,"\u0061":2}`, ErrDuplicate},
		"duplicate through a surrogate pair": {"{\"\U0001F600\":1,\"\\ud83d\\ude00\":2}", ErrDuplicate},
		"duplicate empty name":               {`{"":1,"":2}`, ErrDuplicate},
		"duplicate in a nested object":       {`{"a":[{"b":1,"b":2}]}`, ErrDuplicate},
		"trailing word":                      {`{} x`, ErrSyntax},
		"trailing object":                    {`{}{}`, ErrSyntax},
		"trailing brace":                     {`{}}`, ErrSyntax},
		"trailing NUL":                       {"{}\x00", ErrSyntax},
		"trailing comma":                     {`{"a":1,}`, ErrSyntax},
		"trailing comma in an array":         {`{"a":[1,]}`, ErrSyntax},
		"leading comma":                      {`{,"a":1}`, ErrSyntax},
		"two commas":                         {`{"a":1,,"b":2}`, ErrSyntax},
		"no comma":                           {`{"a":1 "b":2}`, ErrSyntax},
		"no colon":                           {`{"a" 1}`, ErrSyntax},
		"two colons":                         {`{"a"::1}`, ErrSyntax},
		"no value":                           {`{"a":}`, ErrSyntax},
		"no name":                            {`{:1}`, ErrSyntax},
		"name without quotes":                {`{a:1}`, ErrSyntax},
		"name that is a number":              {`{1:1}`, ErrSyntax},
		"name in single quotes":              {`{'a':1}`, ErrSyntax},
		"line comment":                       {"{\"a\":1 // x\n}", ErrSyntax},
		"block comment":                      {`{"a":/**/1}`, ErrSyntax},
		"hash comment":                       {"{\"a\":1} # x", ErrSyntax},
		"NaN":                                {`{"a":NaN}`, ErrSyntax},
		"Infinity":                           {`{"a":-Infinity}`, ErrSyntax},
		"undefined":                          {`{"a":undefined}`, ErrSyntax},
		"True":                               {`{"a":True}`, ErrSyntax},
		"nul":                                {`{"a":nul}`, ErrSyntax},
		"leading zero":                       {`{"a":01}`, ErrSyntax},
		"plus sign":                          {`{"a":+1}`, ErrSyntax},
		"lone minus":                         {`{"a":-}`, ErrSyntax},
		"no digit before the point":          {`{"a":.5}`, ErrSyntax},
		"no digit after the point":           {`{"a":1.}`, ErrSyntax},
		"no digit in the exponent":           {`{"a":1e+}`, ErrSyntax},
		"hexadecimal":                        {`{"a":0x1F}`, ErrSyntax},
		"digits of another script":           {`{"a":１}`, ErrSyntax},
		"lone high surrogate":                {`{"a":"\ud83d"}`, ErrSyntax},
		"lone low surrogate":                 {`{"a":"\ude00"}`, ErrSyntax},
		"surrogates the wrong way round":     {`{"a":"\ude00\ud83d"}`, ErrSyntax},
		"high surrogate and a letter":        {`{"a":"\ud83d\u0041"}`, ErrSyntax},
		"lone surrogate in a name":           {`{"\ud83d":1}`, ErrSyntax},
		"surrogate in UTF-8":                 {"{\"a\":\"\xed\xa0\x80\"}", ErrSyntax},
		"invalid UTF-8":                      {"{\"a\":\"\xff\"}", ErrSyntax},
		"invalid UTF-8 in a name":            {"{\"\xff\":1}", ErrSyntax},
		"truncated UTF-8":                    {"{\"a\":\"\xe2\x82\"}", ErrSyntax},
		"overlong UTF-8":                     {"{\"a\":\"\xc0\xaf\"}", ErrSyntax},
		"beyond U+10FFFF":                    {"{\"a\":\"\xf4\x90\x80\x80\"}", ErrSyntax},
		"ISO-8859-1":                         {"{\"a\":\"\xe9\"}", ErrSyntax},
		"UTF-16":                             {"\xff\xfe{\x00}\x00", ErrSyntax},
		"two byte order marks":               {"\xEF\xBB\xBF\xEF\xBB\xBF{}", ErrSyntax},
		"byte order mark inside":             {"{\xEF\xBB\xBF}", ErrSyntax},
		"control character in a string":      {"{\"a\":\"\x1f\"}", ErrSyntax},
		"line feed in a string":              {"{\"a\":\"x\ny\"}", ErrSyntax},
		"tab in a name":                      {"{\"a\t\":1}", ErrSyntax},
		"NUL in a string":                    {"{\"a\":\"\x00\"}", ErrSyntax},
		"unknown escape":                     {`{"a":"\x41"}`, ErrSyntax},
		"escape of a quote not to escape":    {`{"a":"\'"}`, ErrSyntax},
		"capital U escape":                   {`{"a":"\U0041"}`, ErrSyntax},
		"short escape":                       {`{"a":"\u00"}`, ErrSyntax},
		"no-break space between":             {"{\u00a0\"a\":1}", ErrSyntax},
		"form feed between":                  {"{\f\"a\":1}", ErrSyntax},
		"string never ends":                  {`{"a":"x`, ErrSyntax},
		"escape never ends":                  {`{"a":"x\`, ErrSyntax},
		"object never ends":                  {`{"a":{}`, ErrSyntax},
		"array closed by a brace":            {`{"a":[1}`, ErrSyntax},
		"closed before it opens":             {`}{`, ErrSyntax},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o, err := Decode([]byte(tt.in))
			assert.ErrorIs(t, err, tt.want)
			assert.Zero(t, o.Len())
		})
	}
}

func TestDecodeBounds(t *testing.T) {
	t.Parallel()
	nested := func(open, inner, end string, levels int) string { // levels counts the outer object too
		return `{"a":` + strings.Repeat(open, levels-1) + inner + strings.Repeat(end, levels-1) + `}`
	}
	members := func(n int) string {
		list := make([]string, n)
		for i := range list {
			list[i] = fmt.Sprintf(`"m%04d":1`, i)
		}
		return "{" + strings.Join(list, ",") + "}"
	}
	for name, tt := range map[string]struct {
		in   string
		want error
	}{
		"arrays as deep as allowed":   {nested("[", "1", "]", MaxDepth), nil},
		"arrays one deeper":           {nested("[", "1", "]", MaxDepth+1), ErrTooDeep},
		"objects as deep as allowed":  {nested(`{"a":`, "1", "}", MaxDepth), nil},
		"objects one deeper":          {nested(`{"a":`, "1", "}", MaxDepth+1), ErrTooDeep},
		"a hundred thousand brackets": {strings.Repeat("[", 100_000), ErrTooDeep},
		"brackets in a string":        {`{"a":"` + strings.Repeat("[{", 100) + `"}`, nil},
		"as many members as allowed":  {members(MaxMembers), nil},
		"one member more":             {members(MaxMembers + 1), ErrTooMany},
		"many elements":               {`{"a":[` + strings.Repeat("1,", MaxMembers) + `1]}`, ErrTooMany},
		"commas in a string":          {`{"a":"` + strings.Repeat(",", 5000) + `"}`, nil},
		"a number of 10,000 digits":   {`{"a":` + strings.Repeat("9", 10_000) + `}`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o, err := Decode([]byte(tt.in))
			assert.ErrorIs(t, err, tt.want)
			if tt.want == nil {
				assert.Equal(t, tt.in, string(o.Append(nil)))
			}
		})
	}
}

// A body may hold a password, and errors go to the log.
func TestDecodeErrorsNeverQuoteTheBody(t *testing.T) {
	t.Parallel()
	for _, in := range []string{
		`{"hunter2":1,"hunter2":2}`, `{"a":"hunter2" hunter2`, `"hunter2"`, `{"a":hunter2}`, `{"hunter2":01}`, "{\"hunter2\":\"\xff\"}",
		strings.Repeat(`{"hunter2":`, 40), `{"a":[` + strings.Repeat(`"hunter2",`, 1001) + `1]}`,
	} {
		_, err := Decode([]byte(in))
		require.Error(t, err)
		assert.NotContains(t, err.Error(), "hunter2")
	}
}
