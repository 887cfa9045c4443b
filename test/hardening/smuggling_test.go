package hardening_test

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// evil is a whole request of somebody who has credentials: if two parsers see two
// ends of the request before it, it reaches the upstream.
var evil = "POST /evil HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAuthorization: " + authorization + "\r\nContent-Length: 13\r\n\r\n{\"evil\":true}"

// TestQ12_OneRequestIsOneRequest: can a request be smuggled behind another?
// CWE-444; RFC 9112, sections 2.2, 5.1, 5.2, 6.1, 6.3, 7.1.1 and 11.2. Answer: a
// message with two readings is refused and its connection closed; what goes
// upstream is written anew, with one Content-Length and no Transfer-Encoding.
func TestQ12_OneRequestIsOneRequest(t *testing.T) {
	t.Parallel()
	const (
		none    = "refused" // and nothing goes on
		one     = "one"     // one clean request goes on
		either  = "either"  // RFC 9112 allows both
		body    = `{"a":1}` // 7 bytes
		chunks  = "7\r\n" + body + "\r\n0\r\n\r\n"
		chunked = "Transfer-Encoding: chunked\r\n"
	)
	cases := []struct{ name, header, rest, want string }{
		{"as it should be", "Content-Length: 7\r\n", body, one},
		{"chunked", chunked, chunks, one},
		{"CL and TE", "Content-Length: 4\r\n" + chunked, chunks, either},
		{"TE and CL", chunked + "Content-Length: 7\r\n", chunks, either},
		{"two CLs", "Content-Length: 7\r\nContent-Length: 8\r\n", body + evil, none},
		{"two equal CLs", "Content-Length: 7\r\nContent-Length: 7\r\n", body, either},
		{"a list of CLs", "Content-Length: 7, 7\r\n", body, none},
		{"a list of two CLs", "Content-Length: 7, 150\r\n", body + evil, none},
		{"a plus", "Content-Length: +7\r\n", body + evil, none},
		{"negative", "Content-Length: -7\r\n", body + evil, none},
		{"hexadecimal", "Content-Length: 0x7\r\n", body + evil, none},
		{"an underscore", "Content-Length: 0_7\r\n", body + evil, none},
		{"a fraction", "Content-Length: 7.0\r\n", body + evil, none},
		{"over 64 bits", "Content-Length: 18446744073709551623\r\n", body + evil, none},
		{"an empty CL", "Content-Length: \r\n", body + evil, none},
		{"a NUL behind the CL", "Content-Length: 7\x00\r\n", body + evil, none},
		{"a vertical tab before the CL", "Content-Length: \x0b7\r\n", body + evil, none},
		{"a space before the colon", "Content-Length : 7\r\n", body + evil, none},
		{"a tab before the colon", "Transfer-Encoding\t: chunked\r\nContent-Length: 7\r\n", body + evil, none},
		{"a space before the name", "X-A: b\r\n Content-Length: 7\r\n", body + evil, none},
		{"TE folded", "Transfer-Encoding:\r\n chunked\r\nContent-Length: 7\r\n", body + evil, none},
		{"a folded header", "X-A: b\r\n\tTransfer-Encoding: chunked\r\nContent-Length: 7\r\n", body, either},
		{"TE twice", chunked + chunked, chunks + evil, none},
		{"TE chunked, identity", "Transfer-Encoding: chunked, identity\r\nContent-Length: 7\r\n", body + evil, none},
		{"TE identity", "Transfer-Encoding: identity\r\nContent-Length: 7\r\n", body + evil, none},
		{"TE xchunked", "Transfer-Encoding: xchunked\r\nContent-Length: 7\r\n", body + evil, none},
		{"TE gzip, chunked", "Transfer-Encoding: gzip, chunked\r\n", chunks + evil, none},
		{"TE quoted", "Transfer-Encoding: \"chunked\"\r\nContent-Length: 7\r\n", body + evil, none},
		{"TE with a vertical tab", "Transfer-Encoding: \x0bchunked\r\nContent-Length: 7\r\n", body + evil, none},
		{"TE with a NUL", "Transfer-Encoding: chunked\x00\r\nContent-Length: 7\r\n", body + evil, none},
		{"TE with a parameter", "Transfer-Encoding: chunked;a=b\r\nContent-Length: 7\r\n", body + evil, none},
		{"TE and TE of another name", "Transfer-Encoding: chunked\r\nTransfer-encoding: cow\r\n", chunks + evil, none},
		{"TE under an underscore", "Transfer_Encoding: chunked\r\nContent-Length: 7\r\n", body, one},
		{"CL under an underscore", "Content_Length: 999\r\nContent-Length: 7\r\n", body, one},
		{"a bare LF ends a line", "X-A: b\nTransfer-Encoding: chunked\r\nContent-Length: 7\r\n", body, either},
		{"a bare CR ends a line", "X-A: b\rTransfer-Encoding: chunked\r\nContent-Length: 7\r\n", body + evil, none},
		{"a NUL in a header", "X-A: b\x00c\r\nContent-Length: 7\r\n", body + evil, none},
		{"a line without a colon", "GET /evil HTTP/1.1\r\nContent-Length: 7\r\n", body + evil, none},
		{"an empty name", ": b\r\nContent-Length: 7\r\n", body + evil, none},
		{"a chunk extension", chunked, "7;a=b\r\n" + body + "\r\n0\r\n\r\n", either},
		{"a chunk extension with a bare LF", chunked, "7;a\n" + body + "\r\n0\r\n\r\n", either},
		{"a chunk extension that holds a request", chunked, "7;\r\n" + body + "\r\n0;" + strings.ReplaceAll(evil, "\r\n", " ") + "\r\n\r\n", either},
		{"a chunk size of 17 digits", chunked, "10000000000000007\r\n" + body + "\r\n0\r\n\r\n" + evil, none},
		{"a chunk size with 0x", chunked, "0x7\r\n" + body + "\r\n0\r\n\r\n" + evil, none},
		{"a chunk size with a plus", chunked, "+7\r\n" + body + "\r\n0\r\n\r\n" + evil, none},
		{"a negative chunk size", chunked, "-7\r\n" + body + "\r\n0\r\n\r\n" + evil, none},
		{"a chunk that is longer than it says", chunked, "3\r\n" + body + "\r\n0\r\n\r\n" + evil, none},
		{"a chunk ends in two other letters", chunked, "7\r\n" + body + "XX0\r\n\r\n" + evil, none},
		{"trailers", chunked, "7\r\n" + body + "\r\n0\r\nContent-Length: 99\r\nAuthorization: Basic x\r\n\r\n", one},
		{"no length at all", "", "", none},
		{"cut off", "Content-Length: 100\r\n", body, none},
		{"an upgrade to h2c", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\nContent-Length: 7\r\n", body, one},
	}
	up := newWire(t)
	g := gatehouse.Start(t, connector(up.address(), "cache off"))
	for i, c := range cases {
		before := len(up.received())
		path := fmt.Sprintf("/case%d", i)
		answers := exchange(t, g, "POST "+path+" HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAuthorization: "+
			authorization+"\r\n"+c.header+"\r\n"+c.rest)
		got := up.received()[before:]
		assert.LessOrEqual(t, len(got), 1, "%s: %q", c.name, got)
		assert.LessOrEqual(t, len(answers), 2, c.name)
		for _, request := range got {
			assertClean(t, c.name, request, path)
		}
		switch c.want {
		case none:
			assert.Empty(t, got, c.name)
		case one:
			assert.Len(t, got, 1, c.name)
		}
	}
}

// TestQ12_TargetsHaveOneReading: the same for the request line. CWE-444, CWE-436.
// Answer: of an absolute target only the path counts; a target of two readings is
// refused or goes on exactly as it was matched.
func TestQ12_TargetsHaveOneReading(t *testing.T) {
	t.Parallel()
	up := newWire(t)
	g := gatehouse.Start(t, connector(up.address(), "cache off"))
	for target, want := range map[string]string{ // "": refused
		"/a":                              "/a",
		"https://localhost/a":             "/a",
		"http://169.254.169.254/a":        "",
		"https://localhost@evil.example/": "",
		"//evil.example/a":                "//evil.example/a",
		"/a b":                            "",
		"/a\tb":                           "",
		"/a\x00b":                         "",
		"/a\x7fb":                         "",
		"/a%0d%0aX-Evil:%201":             "/a%0d%0aX-Evil:%201",
		"/a%20HTTP/1.1":                   "/a%20HTTP/1.1",
		"/a?x=%0d%0aX-Evil:%201":          "/a?x=%0d%0aX-Evil:%201",
		"/a/../b":                         "/a/../b",
		"/a/%2e%2e/b":                     "/a/%2e%2e/b",
		"/a#b":                            "/a%23b",
		"a":                               "",
		"*":                               "",
		"":                                "",
	} {
		before := len(up.received())
		exchange(t, g, "POST "+target+" HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAuthorization: "+
			authorization+"\r\nContent-Length: 7\r\n\r\n{\"a\":1}")
		got := up.received()[before:]
		assert.LessOrEqual(t, len(got), 1, target)
		for _, request := range got {
			if want == "" {
				t.Errorf("%q went on as %q", target, request.head)
				continue
			}
			assertClean(t, target, request, want)
		}
		if want != "" {
			assert.Len(t, got, 1, target)
		}
	}
}

// exchange writes text on a connection, says that no more comes and reads all
// answers.
func exchange(t *testing.T, g *gatehouse.Process, text string) []*http.Response {
	t.Helper()
	conn := g.Dial(t)
	_, err := io.WriteString(conn, text)
	require.NoError(t, err)
	halfClosed, isTLS := conn.(*tls.Conn)
	require.True(t, isTLS)
	_ = halfClosed.CloseWrite() // it may be closed already
	var answers []*http.Response
	reader := bufio.NewReader(conn)
	for {
		answer, err := http.ReadResponse(reader, nil)
		if err != nil {
			break
		}
		_, _ = io.Copy(io.Discard, answer.Body)
		answers = append(answers, answer)
	}
	conn.Close()
	settled(t, g)
	return answers
}

// settled waits until no flight is under way: one goes on without its caller.
func settled(t *testing.T, g *gatehouse.Process) {
	t.Helper()
	require.True(t, gatehouse.Await(func() bool { return g.Metric(t, "gatehouse_flights", nil) == 0 }))
}

// assertClean checks that a request is one that we write ourselves.
func assertClean(t *testing.T, name string, request wired, target string) {
	t.Helper()
	line, _, _ := strings.Cut(request.head, "\r\n")
	assert.Equal(t, "POST "+target+" HTTP/1.1", line, name)
	assert.Equal(t, []string{fmt.Sprint(len(request.body))}, request.lines("Content-Length"), name)
	assert.Empty(t, request.lines("Transfer-Encoding"), name)
	assert.Len(t, request.lines("Host"), 1, name)
	for _, of := range request.names() {
		assert.Contains(t, ours, of, "%s: %q reaches the upstream", name, of)
	}
}

// ours are the header lines that a request to the upstream has, in lower case.
// Via and Accept-Encoding are the reverse proxy's own.
var ours = []string{
	"host", "accept", "accept-encoding", "accept-language", "content-length", "content-type", "idempotency-key", "user-agent", "via",
}
