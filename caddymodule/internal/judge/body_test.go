package judge

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const block = `{"version":"1.0.0","action":"ShowBlockPage","userMessage":"Prénom refusé."}`

func utf16Of(text string, order binary.ByteOrder, mark bool) string {
	units := utf16.Encode([]rune(text))
	if mark {
		units = append([]uint16{0xFEFF}, units...)
	}
	out := make([]byte, 2*len(units))
	for i, u := range units {
		order.PutUint16(out[2*i:], u)
	}
	return string(out)
}

func TestJSONIsRecognisedWhateverItComesAs(t *testing.T) {
	t.Parallel()
	latin := strings.ReplaceAll(block, "é", "\xe9")
	for name, tt := range map[string]struct{ contentType, body string }{
		"JSON":                                {"application/json", block},
		"no type":                             {"", block},
		"text":                                {"text/plain", block},
		"a page":                              {"text/html; charset=utf-8", block},
		"a type that is none":                 {";;;", block},
		"XML":                                 {"application/xml", block},
		"problem":                             {"application/problem+json", block},
		"white space":                         {"", "\r\n\t " + block + " \n"},
		"byte order mark":                     {"application/json", "\xEF\xBB\xBF" + block},
		"white space behind the mark":         {"application/json", "\xEF\xBB\xBF\r\n" + block},
		"line comments":                       {"", "// see the page\n{\"action\": \"ShowBlockPage\", // required\n\"userMessage\":\"Prénom refusé.\"}\n// end"},
		"block comments":                      {"", `/* x */{"action":/**/"ShowBlockPage","userMessage":"Prénom refusé."/* "y" */}`},
		"trailing comma":                      {"", `{"action":"ShowBlockPage","userMessage":"Prénom refusé.",}`},
		"trailing comma in a list":            {"", `{"l":[1,],"action":"ShowBlockPage","userMessage":"Prénom refusé."}`},
		"comment and trailing comma":          {"", "{\"action\":\"ShowBlockPage\",\"userMessage\":\"Prénom refusé.\", // last\n}"},
		"what looks like a comment in a text": {"", `{"url":"http://x/*y*/","action":"ShowBlockPage","userMessage":"Prénom refusé.",}`},
		"escaped":                             {"", `{"action":"ShowBlock\u0050age","userMessage":"Pr\u00e9nom refus\u00e9."}`},
		"UTF-16 LE with a mark":               {"application/json", utf16Of(block, binary.LittleEndian, true)},
		"UTF-16 BE with a mark":               {"", utf16Of(block, binary.BigEndian, true)},
		"UTF-16 LE by its charset":            {"application/json; charset=utf-16le", utf16Of(block, binary.LittleEndian, false)},
		"UTF-16 BE by its charset":            {"application/json; charset=UTF-16BE", utf16Of(block, binary.BigEndian, false)},
		"ISO-8859-1 by its charset":           {"application/json; charset=ISO-8859-1", latin},
		"ISO-8859-1 without a word":           {"application/json", latin},
		"ISO-8859-1 that says UTF-8":          {"application/json; charset=utf-8", latin},
		"UTF-8 that says ISO-8859-1":          {"application/json; charset=iso-8859-1", block},
		"an unknown charset":                  {"application/json; charset=klingon", block},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, "block Prénom refusé.", told(judge.Answer(answer(200, tt.contentType, tt.body)).Verdict))
		})
	}
}

func TestDuplicateNamesTheLastWins(t *testing.T) {
	t.Parallel()
	f := judge.Answer(answer(200, "", `{"a":1,"b":{"c":1,"c":null},"a":"2","\u0061":3}`))
	assert.Equal(t, `continue {"a":3,"b":{}}`, told(f.Verdict))
}

func squeezed(t *testing.T, coding string, body []byte) []byte {
	var out bytes.Buffer
	var w io.WriteCloser
	switch coding {
	case "gzip", "x-gzip", "GZIP":
		w = gzip.NewWriter(&out)
	case "deflate":
		w = zlib.NewWriter(&out)
	case "bare":
		w, _ = flate.NewWriter(&out, flate.BestCompression)
	default:
		return body
	}
	_, err := w.Write(body)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return out.Bytes()
}

func TestContentEncodings(t *testing.T) {
	t.Parallel()
	for coding, header := range map[string]string{
		"gzip": "gzip", "x-gzip": "x-gzip", "GZIP": "GZip", "deflate": "deflate", "bare": "deflate", "identity": "identity", "none": "",
	} {
		a := answer(200, "application/json", string(squeezed(t, coding, []byte(block))))
		a.Header.Set("Content-Encoding", header)
		assert.Equal(t, "block Prénom refusé.", told(judge.Answer(a).Verdict), coding)

		a.Status, a.Body = 409, squeezed(t, coding, nil)
		assert.Equal(t, "invalid ", told(judge.Answer(a).Verdict), "%s of nothing", coding)
	}
	twice := answer(200, "", string(squeezed(t, "gzip", squeezed(t, "deflate", []byte(block)))))
	twice.Header["Content-Encoding"] = []string{"deflate, identity", "gzip"}
	assert.Equal(t, "block Prénom refusé.", told(judge.Answer(twice).Verdict))
}

func TestBombs(t *testing.T) {
	t.Parallel()
	for _, coding := range []string{"gzip", "deflate", "bare"} {
		bomb := string(squeezed(t, coding, bytes.Repeat([]byte(" "), 2<<20)))
		for _, status := range []int{200, 204, 400, 403, 404, 500} {
			a := answer(status, "application/json", bomb)
			a.Header.Set("Content-Encoding", strings.Replace(coding, "bare", "deflate", 1))
			f := judge.Answer(a)
			assert.Equal(t, "fault too_large", told(f.Verdict), "%s under %d", coding, status)
			assert.Equal(t, RuleNoAnswer, f.Rule)
		}
	}
	small := Judge{MaxBody: int64(len(block))}
	a := answer(200, "", string(squeezed(t, "gzip", []byte(block))))
	a.Header.Set("Content-Encoding", "gzip")
	assert.Equal(t, "block Prénom refusé.", told(small.Answer(a).Verdict), "exactly as large as allowed")
	small.MaxBody--
	assert.Equal(t, "fault too_large", told(small.Answer(a).Verdict))
}

func TestEncodingsThatNobodyCanRead(t *testing.T) {
	t.Parallel()
	whole := squeezed(t, "gzip", []byte(strings.Repeat(block, 20)))
	for name, tt := range map[string]struct{ header, body string }{
		"unknown":       {"br", block},
		"not gzip":      {"gzip", block},
		"broken":        {"gzip", string(whole[:len(whole)/2])},
		"wrong sum":     {"gzip", string(whole[:len(whole)-1]) + "x"},
		"not deflate":   {"deflate", "\xff\xff" + block},
		"one too many":  {"gzip, gzip", string(whole)},
		"no such thing": {"gzip;q=1", string(whole)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for status, want := range map[int]string{200: "fault unreadable", 400: "invalid ", 403: "fault upstream_unauthorized", 500: "fault upstream_error"} {
				a := answer(status, "application/json", tt.body)
				a.Header.Set("Content-Encoding", tt.header)
				assert.Equal(t, want, told(judge.Answer(a).Verdict), "under %d", status)
			}
		})
	}
}

// XML is no HTML: it is the validator that speaks, even where a word of its own
// looks like a tag of a page.
func TestXMLIsNoPage(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"RFC 7807":      `<?xml version="1.0" encoding="UTF-8"?><problem xmlns="urn:ietf:rfc:7807"><type>https://example.com/probs/out-of-credit</type><title>You do not have enough credit.</title></problem>`,
		"Web API 2":     `<Error><Message>The request is invalid.</Message></Error>`,
		"a header":      `<response><header><id>1</id></header><error>taken</error></response>`,
		"a SOAP header": `<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"><e:Header/><e:Body/></e:Envelope>`,
	} {
		f := judge.Answer(answer(409, "application/xml", body))
		assert.Equal(t, RuleClientError, f.Rule, name)
	}
}

func TestPages(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		contentType, body string
		page              bool
	}{
		"nginx":                 {"text/html", "<html>\r\n<head><title>400 Bad Request</title></head>\r\n<body>\r\n<center><h1>400 Bad Request</h1></center>\r\n</body>\r\n</html>\r\n", true},
		"Kong":                  {"text/html; charset=utf-8", "<!doctype html><h1>Error</h1><p>Bad.</p>", true},
		"Express":               {"text/html", "<!DOCTYPE html>\n<html lang=\"en\"><body><pre>Cannot POST /x</pre></body></html>", true},
		"says nothing of HTML":  {"", "<!DOCTYPE HTML PUBLIC \"-//IETF//DTD HTML 2.0//EN\">\n<html></html>", true},
		"says it is JSON":       {"application/json", "<html><body>x</body></html>", true},
		"a comment first":       {"text/html", "<!-- x -->\n<html></html>", true},
		"text of a PHP script":  {"text/html; charset=UTF-8", "E-mail already registered", false},
		"text with a less-than": {"text/plain", "must be < 5", false},
	} {
		want := "invalid " + tt.body
		if tt.page {
			want = "fault gateway_page"
		}
		assert.Equal(t, want, told(judge.Answer(answer(400, tt.contentType, tt.body)).Verdict), name)
	}
}

func TestDeepAndWideBodies(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"deep lists":             strings.Repeat("[", 30_000) + strings.Repeat("]", 30_000),
		"deep objects":           strings.Repeat(`{"a":`, 10_000) + "1" + strings.Repeat("}", 10_000),
		"deep with a comment":    "//\n" + strings.Repeat("[", 30_000),
		"open comments":          strings.Repeat("/*", 30_000),
		"line comments":          strings.Repeat("//\n", 20_000),
		"never closed":           strings.Repeat(`{"a":[`, 10_000),
		"deep XML":               `<a xmlns="http://schemas.xmlsoap.org/soap/envelope/">` + strings.Repeat("<b>", 20_000),
		"many errors":            `{"errors":[` + strings.Repeat(`{"message":"x"},`, 4_000) + `{}]}`,
		"errors in errors":       strings.Repeat(`{"errors":[`, 30) + `"x"` + strings.Repeat("]}", 30),
		"error in error":         strings.Repeat(`{"error":`, 60) + `{}` + strings.Repeat("}", 60),
		"a text of one long tag": strings.Repeat("<", 60_000),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, status := range []int{200, 400} {
				f := judge.Answer(answer(status, "", body))
				assert.NotEmpty(t, told(f.Verdict), fmt.Sprint(status))
			}
		})
	}
}
