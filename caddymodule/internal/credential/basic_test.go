package credential

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func encode(pair string) string { return base64.StdEncoding.EncodeToString([]byte(pair)) }

func TestParseBasicAccepts(t *testing.T) {
	t.Parallel()

	for name, tc := range map[string]struct{ line, username, password string }{
		"RFC 7617 section 2":       {"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin", "open sesame"},
		"RFC 7617 section 2.1":     {"Basic dGVzdDoxMjPCow==", "test", "123£"},
		"scheme in lower case":     {"basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin", "open sesame"},
		"scheme in mixed case":     {"bAsIC QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin", "open sesame"},
		"several spaces":           {"Basic   QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin", "open sesame"},
		"colons in the password":   {"Basic " + encode("b2c:a:b::c"), "b2c", "a:b::c"},
		"empty password":           {"Basic " + encode("b2c:"), "b2c", ""},
		"empty username":           {"Basic " + encode(":secret"), "", "secret"},
		"both empty":               {"Basic Og==", "", ""},
		"spaces kept":              {"Basic " + encode(" b2c : s "), " b2c ", " s "},
		"NFC stays NFC":            {"Basic " + encode("\u00e9:x"), "\u00e9", "x"},
		"NFD stays NFD":            {"Basic " + encode("e\u0301:x"), "e\u0301", "x"},
		"longest":                  {"Basic " + encode("u:"+strings.Repeat("x", 6142)), "u", strings.Repeat("x", 6142)},
		"plus and slash in base64": {"Basic " + encode("a:\u07fe\u07ff?>"), "a", "\u07fe\u07ff?>"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			username, password, ok := ParseBasic(http.Header{"Authorization": {tc.line}})
			require.True(t, ok)
			assert.Equal(t, tc.username, username)
			assert.Equal(t, tc.password, password)
		})
	}
}

func TestParseBasicRefuses(t *testing.T) {
	t.Parallel()

	const right = "QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
	for name, lines := range map[string][]string{
		"no header":               nil,
		"empty header":            {""},
		"two lines":               {"Basic " + right, "Basic " + right},
		"two lines, one empty":    {"Basic " + right, ""},
		"two in one line":         {"Basic " + right + ", Basic " + right},
		"another scheme":          {"Bearer " + right},
		"longer scheme":           {"Basics " + right},
		"shorter scheme":          {"Basi " + right},
		"long s (U+017F)":         {"Ba\u017fic " + right},
		"no space":                {"Basic" + right},
		"tab instead of a space":  {"Basic\t" + right},
		"tab after the space":     {"Basic \t" + right},
		"space before the scheme": {" Basic " + right},
		"scheme only":             {"Basic"},
		"scheme and space":        {"Basic "},
		"trailing space":          {"Basic " + right + " "},
		"trailing tab":            {"Basic " + right + "\t"},
		"no padding":              {"Basic " + strings.TrimRight(right, "=")},
		"half the padding":        {"Basic " + right[:len(right)-1]},
		"too much padding":        {"Basic " + right + "===="},
		"something behind":        {"Basic " + right + "QQ=="},
		"spare bits":              {"Basic QWxhZGRpbjpvcGVuIHNlc2FtZR=="},
		"URL-safe alphabet":       {"Basic " + base64.URLEncoding.EncodeToString([]byte("a:\u07fe\u07ff?>"))},
		"not base64":              {"Basic Aladdin:open sesame"},
		"line end inside":         {"Basic QWxh\r\nZGRpbjpvcGVuIHNlc2FtZQ=="},
		"line feed at the end":    {"Basic " + right + "\n"},
		"no colon":                {"Basic " + encode("Aladdin")},
		"nothing inside":          {"Basic ===="},
		"NUL":                     {"Basic " + encode("b2c:a\x00b")},
		"NUL in the username":     {"Basic " + encode("b2c\x00:a")},
		"control character":       {"Basic " + encode("b2c:a\x1fb")},
		"line end in the secret":  {"Basic " + encode("b2c:secret\n")},
		"DEL":                     {"Basic " + encode("b2c:a\x7f")},
		"C1 control":              {"Basic " + encode("b2c:a\u0085")},
		"ISO 8859-1":              {"Basic " + encode("test:123\xa3")},
		"surrogate in UTF-8":      {"Basic " + encode("b2c:\xed\xa0\x80")},
		"overlong UTF-8":          {"Basic " + encode("b2c:\xc0\xba")},
		"over 8 KiB":              {"Basic " + encode("u:"+strings.Repeat("x", 6143))},
		"64 KiB":                  {"Basic " + encode("u:"+strings.Repeat("x", 48<<10))},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			username, password, ok := ParseBasic(http.Header{"Authorization": lines})
			assert.False(t, ok)
			assert.Empty(t, username)
			assert.Empty(t, password)
		})
	}
}

func TestParseBasicReadsBackWhatASenderEncodes(t *testing.T) {
	t.Parallel()

	text := rapid.StringOf(rapid.Rune().Filter(func(r rune) bool { return !unicode.IsControl(r) && utf8.ValidRune(r) }))
	rapid.Check(t, func(t *rapid.T) {
		username := strings.ReplaceAll(text.Draw(t, "username"), ":", "")
		password := text.Draw(t, "password")
		request := http.Request{Header: http.Header{}}
		request.SetBasicAuth(username, password)
		gotUsername, gotPassword, ok := ParseBasic(request.Header)
		require.True(t, ok)
		require.Equal(t, username, gotUsername)
		require.Equal(t, password, gotPassword)
	})
}

// The oracle is the standard library's lax reading: what we accept, it accepts
// too and reads the same, and there is one way to write it.
func FuzzParseBasic(f *testing.F) {
	for _, seed := range []string{
		"", "Basic", "Basic Og==", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "basic  dGVzdDoxMjPCow==",
		"Basic QWxh\nZGRpbjpvcGVuIHNlc2FtZQ==", "Ba\u017fic Og==", "Basic " + encode("a:\u07fe\u07ff?>"),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		header := http.Header{"Authorization": {line}}
		username, password, ok := ParseBasic(header)
		if !ok {
			require.Empty(t, username+password)
			return
		}
		require.NotContains(t, username, ":")
		require.True(t, utf8.ValidString(username+password))
		require.False(t, strings.ContainsFunc(username+password, unicode.IsControl))
		require.LessOrEqual(t, len(line)-strings.LastIndex(line, " ")-1, maxBasic)

		token := line[strings.LastIndex(line, " ")+1:]
		require.Equal(t, encode(username+":"+password), token)
		lax := http.Request{Header: http.Header{"Authorization": {"Basic " + token}}}
		laxUsername, laxPassword, laxOK := lax.BasicAuth()
		require.True(t, laxOK)
		require.Equal(t, laxUsername, username)
		require.Equal(t, laxPassword, password)
	})
}
