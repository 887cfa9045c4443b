package hardening_test

import (
	"bufio"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// What is legal, or nearly, and yet nobody sends. Each test says what becomes of it.
const (
	oddHead = " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
	oddBody = "Content-Length: 7\r\n\r\n{\"a\":1}"
)

// TestQ12_AnAsteriskIsNoAddress: what does a POST reach that names no path?
// CWE-436; RFC 9112, section 3.2.4, has the asterisk for OPTIONS alone, net/http
// takes it for any method. Answer: as shipped it is not the endpoint and a 404;
// OPTIONS is net/http's own empty 200. Where no `handle` names a path, the
// credentials come first, and it is a call that cannot be read (TestQ12_TargetsHaveOneReading).
func TestQ12_AnAsteriskIsNoAddress(t *testing.T) {
	t.Parallel()
	up := newWire(t)
	g := gatehouse.StartShipped(t, gatehouse.Shipped{Upstream: up.address()})
	right := "Authorization: Basic " + encoded(gatehouse.Username+":"+gatehouse.Secret) + "\r\n"
	for request, want := range map[string]odd{
		"POST *" + oddHead + right + oddBody:                             {statuses: []int{404}},
		"POST *" + oddHead + oddBody:                                     {statuses: []int{404}},
		"POST *?/signup" + oddHead + right + oddBody:                     {statuses: []int{400}},
		"OPTIONS *" + oddHead + right + oddBody:                          {statuses: []int{200}},
		"POST /signup HTTP/1.0\r\n" + right + oddBody:                    {statuses: []int{421}}, // no Host: not the name of the handshake
		"POST /signup HTTP/1.0\r\nHost: localhost\r\n" + right + oddBody: {statuses: []int{200}, calls: 1},
		"POST /signup HTTP/1.0\r\nHost: localhost\r\n" + oddBody:         {statuses: []int{401}},
	} {
		assert.Equal(t, want, oddly(t, g, up, right, request), "%q", request)
	}
}

// TestQ12_ExpectationsAreMetOrRefused: can an Expect get a stranger's body read, or
// desynchronise a connection? CWE-444, CWE-400; RFC 9110, section 10.1.1. Answer:
// who has credentials is told to continue, who has none reads the 401 first. An
// expectation of anything else is net/http's 417, without a body and before
// credentials, and the connection ends: no call, and B2C sends none.
func TestQ12_ExpectationsAreMetOrRefused(t *testing.T) {
	t.Parallel()
	up := newWire(t)
	g := gatehouse.Start(t, connector(up.address(), "cache off"))
	right := "Authorization: " + authorization + "\r\n"
	for lines, caller := range map[string]odd{
		"Expect: 100-continue\r\n":                       {statuses: []int{100, 200}, calls: 1},
		"Expect: 100-Continue\r\n":                       {statuses: []int{100, 200}, calls: 1},
		"Expect: 200-ok, 100-continue\r\n":               {statuses: []int{100, 200}, calls: 1},
		"Expect: 100-continue\r\nExpect: 200-ok\r\n":     {statuses: []int{100, 200}, calls: 1},
		"Expect: \r\n":                                   {statuses: []int{200}, calls: 1},
		"Expect: 200-ok\r\n":                             {statuses: []int{417}},
		"Expect: 200-ok\r\nExpect: 100-continue\r\n":     {statuses: []int{417}},
		"Expect: 100-continue;a=b\r\n":                   {statuses: []int{417}},
		"Expect: {http.request.host}\r\n":                {statuses: []int{417}},
		"Connection: Expect\r\nExpect: 100-continue\r\n": {statuses: []int{100, 200}, calls: 1},
	} {
		assert.Equal(t, caller, oddly(t, g, up, right, "POST /a"+oddHead+right+lines+oddBody), "%q", lines)
		stranger := odd{statuses: []int{401}}
		if caller.statuses[0] == http.StatusExpectationFailed {
			stranger = caller
		}
		assert.Equal(t, stranger, oddly(t, g, up, right, "POST /a"+oddHead+lines+oddBody), "%q of a stranger", lines)
	}
}

// TestQ12_ChunksDecideBesideALength: which of the two does the end of a body follow?
// CWE-444; RFC 9112, section 6.1: the chunks, and the connection is to be closed.
// Answer: the chunks alone; net/http takes the length away before any handler could
// see it, and keeps the connection open (SECURITY.md, "What does not hold yet").
// What follows the last chunk is a request of its own, with credentials of its own.
func TestQ12_ChunksDecideBesideALength(t *testing.T) {
	t.Parallel()
	up := newWire(t)
	g := gatehouse.Start(t, connector(up.address(), "cache off"))
	right := "Authorization: " + authorization + "\r\n"
	const chunked = "Transfer-Encoding: chunked\r\n"
	const chunks = "7\r\n{\"a\":1}\r\n0\r\n\r\n"
	behind := "POST /b" + oddHead + oddBody
	for _, length := range []string{"0", "4", "7", "17", "500", "9223372036854775807"} {
		for _, lines := range []string{"Content-Length: " + length + "\r\n" + chunked, chunked + "Content-Length: " + length + "\r\n"} {
			before := len(up.received())
			got := oddly(t, g, up, right, "POST /a"+oddHead+right+lines+"\r\n"+chunks+behind)
			assert.Equal(t, odd{statuses: []int{200, 401}, calls: 1}, got, "%q", lines)
			if received := up.received()[before:]; assert.Len(t, received, 1) {
				assertClean(t, lines, received[0], "/a")
				assert.JSONEq(t, `{"a":1}`, received[0].body)
			}
		}
	}
	for _, length := range []string{"x", "-1", "7\r\nContent-Length: 8", "9223372036854775808"} {
		got := oddly(t, g, up, right, "POST /a"+oddHead+right+"Content-Length: "+length+"\r\n"+chunked+"\r\n"+chunks+behind)
		assert.Equal(t, odd{statuses: []int{400}}, got, "%q", length)
	}
	// HTTP/1.0 has no chunks: net/http goes by the length, and where the client asks for
	// it keeps that connection open too.
	old := "POST /a HTTP/1.0\r\nHost: localhost\r\nContent-Type: application/json\r\n" + right
	got := oddly(t, g, up, right, old+"Connection: keep-alive\r\nContent-Length: 7\r\n"+chunked+"\r\n{\"a\":1}"+behind)
	assert.Equal(t, odd{statuses: []int{200, 401}, calls: 1}, got)
}

// odd is what became of a request: the statuses that came back, and how many calls
// reached the upstream.
type odd struct {
	statuses []int
	calls    int
}

// oddly writes text on a connection and reads all answers to it. Behind it stands a
// GET with the credentials, which is a 405: a caller that ended its half of the
// connection instead would be taken for one that has hung up.
func oddly(t *testing.T, g *gatehouse.Process, up *wire, right, text string) (got odd) {
	t.Helper()
	before := len(up.received())
	conn := g.DialTLS(t, g.TLS())
	defer conn.Close()
	_, err := io.WriteString(conn, text+"GET /signup HTTP/1.1\r\nHost: localhost\r\n"+right+"Connection: close\r\n\r\n")
	require.NoError(t, err)
	reader := bufio.NewReader(conn)
	for {
		answer, err := http.ReadResponse(reader, nil)
		if err != nil {
			break
		}
		_, _ = io.Copy(io.Discard, answer.Body)
		if answer.StatusCode == http.StatusMethodNotAllowed {
			break
		}
		got.statuses = append(got.statuses, answer.StatusCode)
	}
	settled(t, g)
	got.calls = len(up.received()) - before
	return got
}
