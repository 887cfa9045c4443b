package judge

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/claims"
	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/message"
	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/verdict"
)

// FuzzAnswer holds every answer against what the package promises of each.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []struct {
		status                int
		contentType, encoding string
		body                  string
	}{
		{200, "application/json", "", `{"version":"1.0.0","action":"Continue","a":null,"b":[1,null,{"c":null}]}`},
		{200, "text/html", "", "// x\n{\"action\":\"ShowBlockPage\",\"userMessage\":\"<b>No</b>\",}"},
		{400, "application/problem+json", "", `{"type":"x","title":"T","errors":[{"detail":"must be","pointer":"#/a"}]}`},
		{422, "", "", `{"email":["can't be blank"],"base":["x"],"o":{"p":["q"]}}`},
		{500, "text/xml", "", `<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><e:Fault><faultcode>e:Client</faultcode><faultstring>No</faultstring></e:Fault></e:Body></e:Envelope>`},
		{400, "", "", `{"error":{"message":{"en":"No","de":"Nein"},"details":[{"@type":"x.LocalizedMessage","locale":"fr","message":"Non"}]}}`},
		{400, "text/html", "", "<br />\n<b>Warning</b>: x on line 3<br />\n{\"userMessage\":\"x\"}"},
		{400, "application/problem+xml", "", `<problem xmlns="urn:ietf:rfc:7807"><type>x</type><title>T</title><errors><i><detail>is wrong</detail><pointer>#/a</pointer></i></errors></problem>`},
		{403, "text/html", "", "<html><h1>403</h1></html>"},
		{200, "application/json; charset=utf-16", "", "\xff\xfe{\x00}\x00"},
		{409, "text/plain; charset=iso-8859-1", "gzip", "\xe9t\xe9"},
		{200, "", "deflate", "\x03\x00"},
		{204, "", "", ""},
		{401, "", "", "{}"},
		{302, "", "", ""},
	} {
		f.Add(seed.status, seed.contentType, seed.encoding, []byte(seed.body))
	}
	f.Fuzz(func(t *testing.T, status int, contentType, encoding string, body []byte) {
		a := answer(status, contentType, string(body))
		if encoding != "" {
			a.Header.Set("Content-Encoding", encoding)
		}
		a.Languages = []string{"de-AT", contentType}
		finding := judge.Answer(a)
		assert.NotEmpty(t, finding.Rule.Name())
		assert.Contains(t, Formats(), finding.Format)
		assert.Equal(t, finding, judge.Answer(a), "the same answer, the same finding")

		var text string
		switch v := finding.Verdict.(type) {
		case verdict.Continue:
			assert.Less(t, status, 400)
			for _, value := range v.Claims.All() {
				if value.Kind() != 'n' { // at the top it is the protocol's to drop
					assert.False(t, hasNull(t, value), "%q", value)
				}
			}
			encoded := v.Claims.Append(nil)
			require.True(t, json.Valid(encoded), "%q", encoded)
			_, err := claims.Decode(append([]byte{}, encoded...))
			if err != claims.ErrTooDeep && err != claims.ErrTooMany { //nolint:errorlint // both are returned as they are
				assert.NoError(t, err)
			}
		case verdict.Block:
			text = v.Message
		case verdict.Invalid:
			text = v.Message
		case verdict.Fault:
			assert.Contains(t, verdict.Faults(), v.Reason)
		default:
			t.Fatalf("%T", v)
		}
		if text == "" {
			return
		}
		assert.LessOrEqual(t, utf8.RuneCountInString(text), 300)
		assert.True(t, utf8.ValidString(text))
		assert.False(t, strings.ContainsAny(text, "\r\n\t\x00\u200b\u202e"), "%q", text)
		cleaned, ok := message.Clean(text)
		assert.True(t, ok)
		assert.Equal(t, text, cleaned, "plain already")
	})
}

func hasNull(t *testing.T, text []byte) bool {
	t.Helper()
	var walk func(any) bool
	walk = func(value any) bool {
		switch v := value.(type) {
		case nil:
			return true
		case []any:
			for _, e := range v {
				if walk(e) {
					return true
				}
			}
		case map[string]any:
			for _, e := range v {
				if walk(e) {
					return true
				}
			}
		}
		return false
	}
	dec := json.NewDecoder(strings.NewReader(string(text)))
	dec.UseNumber()
	var value any
	require.NoError(t, dec.Decode(&value))
	return walk(value)
}
