package hardening_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/unicode/norm"

	"github.com/gatehouse-proxy/gatehouse/internal/contract"
	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// suiteVariable names the folder test_parsing of github.com/nst/JSONTestSuite.
const suiteVariable = "GATEHOUSE_JSON_TEST_SUITE"

// TestQ11_TheUpstreamHearsWhatWasValidated: do we and the validator read one body
// in two ways? CWE-436, CWE-1286; duplicate names, halves of surrogate pairs and
// byte order marks are where JSON parsers differ. Answer: what parsers read
// differently is refused; the rest goes on as our own canonical bytes, which
// parse to the same value. The table has every class of JSONTestSuite; with
// GATEHOUSE_JSON_TEST_SUITE its own files go through the binary as well.
func TestQ11_TheUpstreamHearsWhatWasValidated(t *testing.T) {
	t.Parallel()
	upstream := gatehouse.Answering(t, http.StatusOK, `{}`)
	g := gatehouse.Start(t, connector(upstream.Address(), "cache off"))
	taken := func(t *testing.T, value string) {
		t.Helper()
		calls := upstream.Calls()
		answer := g.Post(t, "/", `{"v":`+value+`}`, basic)
		assert.Equal(t, contract.Continue, answer.Kind)
		require.Equal(t, calls+1, upstream.Calls(), "exactly one upstream call")
		var sent, got any
		require.NoError(t, json.Unmarshal([]byte(`{"v":`+value+`}`), &sent))
		decoder := json.NewDecoder(strings.NewReader(upstream.Last(t).Body))
		require.NoError(t, decoder.Decode(&got))
		_, err := decoder.Token()
		require.ErrorIs(t, err, io.EOF, "one value and nothing behind it")
		assert.Equal(t, normal(sent), got)
	}
	refused := func(t *testing.T, body string) {
		t.Helper()
		calls := upstream.Calls()
		answer := g.Post(t, "/", body, basic, gatehouse.Unread())
		assert.Equal(t, contract.Invalid, answer.Kind)
		assert.Equal(t, calls, upstream.Calls())
	}
	for name, value := range goodValues {
		t.Run(name, func(t *testing.T) { taken(t, value) })
	}
	for name, value := range badValues {
		t.Run(name, func(t *testing.T) { refused(t, `{"v":`+value+`}`) })
	}
	for name, body := range badBodies {
		t.Run(name, func(t *testing.T) { refused(t, body) })
	}

	folder := os.Getenv(suiteVariable)
	if folder == "" {
		t.Log("LEFT OUT: set " + suiteVariable + " to the folder test_parsing of github.com/nst/JSONTestSuite to run its files")
		return
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		raw, err := os.ReadFile(file)
		require.NoError(t, err)
		name, value := filepath.Base(file), string(raw)
		t.Run(name, func(t *testing.T) {
			switch {
			case strings.HasPrefix(name, "y_object_duplicated_key"): // RFC 7493, section 2.3
				refused(t, `{"v":`+value+`}`)
			case strings.HasPrefix(name, "y_"):
				taken(t, value)
			case strings.HasPrefix(name, "n_"):
				refused(t, `{"v":`+value+`}`)
				refused(t, value)
			default: // as the reader decides; the upstream must get it as it was, or not at all
				calls := upstream.Calls()
				answer := g.Post(t, "/", `{"v":`+value+`}`, basic, gatehouse.Unread())
				if answer.Kind == contract.Invalid {
					assert.Equal(t, calls, upstream.Calls())
					return
				}
				var sent, got bytes.Buffer
				require.NoError(t, json.Compact(&sent, []byte(`{"v":`+value+`}`)))
				require.NoError(t, json.Compact(&got, []byte(upstream.Last(t).Body)))
				assert.Equal(t, sent.String(), got.String(), "a number beyond a double goes on digit by digit")
			}
		})
	}
}

// normal is what normalisation does to a value that stands in a claim: strings are
// trimmed and NFC at any depth; a claim that is null or empty is left out.
func normal(value any) any {
	switch v := value.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, member := range v {
			out[name] = normal(member)
		}
		if claim, alone := out["v"]; alone && len(out) == 1 && (claim == nil || claim == "") {
			delete(out, "v")
		}
		return out
	case []any:
		out := make([]any, 0, len(v))
		for _, element := range v {
			out = append(out, normal(element))
		}
		return out
	case string:
		return strings.TrimSpace(norm.NFC.String(v))
	}
	return value
}

var goodValues = map[string]string{
	"a string":                          `"a"`,
	"each short escape":                 `"x\"\\\/\b\f\n\r\tx"`,
	"an escaped NUL":                    `"a\u0000b"`,
	"an escaped control character":      `"a\u0012b"`,
	"a pair of surrogates":              `"\uD834\uDD1E"`,
	"the same letter in UTF-8":          `"𝄞"`,
	"a noncharacter":                    `"\uFFFE"`,
	"the replacement character":         `"\uFFFD"`,
	"U+2028 and U+2029":                 "\"a\u2028b\u2029c\"",
	"DEL":                               "\"a\x7fb\"",
	"letters in NFD":                    "\"Jose\u0301\"",
	"a name in NFD beside one in NFC":   "{\"e\u0301\":1,\"\u00e9\":2}",
	"names that differ in case":         `{"a":1,"A":2}`,
	"an empty name":                     `{"":1}`,
	"a name with a NUL":                 `{"a\u0000":1,"a":2}`,
	"__proto__":                         `{"__proto__":{"admin":true},"constructor":1}`,
	"zero":                              `0`,
	"minus zero":                        `-0`,
	"minus zero with a fraction":        `-0.0`,
	"an exponent":                       `1E+2`,
	"a negative exponent":               `1e-3`,
	"2 to the 53rd and one":             `9007199254740993`,
	"many digits":                       `12345678901234567890123456789`,
	"a fraction that no double is":      `0.1000000000000000055511151231257827`,
	"literals":                          `[true,false,null]`,
	"an empty list":                     `[]`,
	"an empty object":                   `{}`,
	"lists in lists":                    `[[],[[1]]]`,
	"white space between everything":    " \t\r\n[ 1 ,\n2 ] ",
	"what a template would expand":      `["{{.}}","${jndi:ldap://x}","{env.HOME}"]`,
	"what looks like another member":    `"\",\"admin\":true,\"x\":\""`,
	"what looks like the body's end":    `"\r\n0\r\n\r\nPOST /evil HTTP/1.1"`,
	"a string of one letter many times": `"` + strings.Repeat("é", 1000) + `"`,
}

var badValues = map[string]string{
	"half a pair":                     `"\uD800"`,
	"the other half":                  `"\uDFAA"`,
	"halves in the wrong order":       `"\uDD1E\uD834"`,
	"half a pair and a letter":        `"\uD800a"`,
	"half a pair in a name":           `{"\uD800":1}`,
	"half a pair in UTF-8":            "\"\xed\xa0\x80\"",
	"an overlong slash":               "\"\xc0\xaf\"",
	"a byte of no letter":             "\"\xff\"",
	"half a letter":                   "\"\xe0\"",
	"beyond Unicode":                  "\"\xf4\xbf\xbf\xbf\"",
	"a raw control character":         "\"\x01\"",
	"a raw line end":                  "\"a\nb\"",
	"a raw NUL":                       "\"a\x00b\"",
	"an unknown escape":               `"\a"`,
	"an escape of three digits":       `"\u00A"`,
	"a capital U":                     `"\U00000041"`,
	"an escaped x":                    `"\x41"`,
	"one quote":                       `"`,
	"single quotes":                   `'a'`,
	"no quotes":                       `a`,
	"a leading zero":                  `01`,
	"a plus":                          `+1`,
	"a point at the end":              `1.`,
	"a point at the start":            `.1`,
	"an exponent without digits":      `1e`,
	"minus alone":                     `-`,
	"hexadecimal":                     `0x1F`,
	"an underscore":                   `1_000`,
	"NaN":                             `NaN`,
	"infinity":                        `-Infinity`,
	"a full-width digit":              "\uff11",
	"a capital literal":               `True`,
	"half a literal":                  `nul`,
	"a comma at the end of a list":    `[1,]`,
	"a comma at the end of an object": `{"a":1,}`,
	"two commas":                      `[1,,2]`,
	"a comma alone":                   `[,]`,
	"no comma":                        `[1 2]`,
	"a semicolon":                     `{"a";1}`,
	"a name without a value":          `{"a"}`,
	"a value without a name":          `{:1}`,
	"a name that is no string":        `{1:1}`,
	"an open list":                    `[1`,
	"a bracket of the other kind":     `[1}`,
	"one bracket too many":            `1]`,
	"a block comment":                 `1/**/`,
	"a line comment":                  "1//\n",
	"a hash comment":                  "1 # x\n",
	"a form feed as white space":      "\x0c1",
	"a no-break space":                "\u00a01",
	"a word joiner":                   "\u20601",
	"a byte order mark inside":        "\ufeff1",
	"one name twice":                  `{"a":1,"a":2}`,
	"one name twice, deep":            `[{"b":{"a":1,"a":1}}]`,
	"one name twice, by an escape":    `{"a":1,"\u0061":2}`,
}

var badBodies = map[string]string{
	"a claim twice":                    `{"email":"a@example.com","email":"b@example.com"}`,
	"a claim twice, by an escape":      `{"email":"a@example.com","\u0065mail":"b@example.com"}`,
	"two objects":                      `{}{}`,
	"two lines of JSON":                "{}\n{}",
	"something behind":                 `{} x`,
	"a NUL behind":                     "{}\x00",
	"something before":                 `)]}',{}`,
	"two byte order marks":             "\ufeff\ufeff{}",
	"UTF-16, little end first":         "\xff\xfe{\x00}\x00",
	"UTF-16, big end first":            "\xfe\xff\x00{\x00}",
	"UTF-16 without a mark":            "{\x00}\x00",
	"UTF-32":                           "\xff\xfe\x00\x00{\x00\x00\x00}\x00\x00\x00",
	"a list":                           `[{}]`,
	"a string with an object":          `"{}"`,
	"null":                             `null`,
	"nothing":                          ``,
	"a form":                           `email=a@example.com`,
	"XML":                              `<claims/>`,
	fmt.Sprintf("%d brackets", 60_000): strings.Repeat("[", 60_000),
}
