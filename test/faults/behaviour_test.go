package faults_test

import (
	"io"
	"net"
	"strings"
	"time"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// pace is when the outcome of an upstream call is known.
type pace int

const (
	atOnce pace = iota
	never       // so the budget decides
	slow        // after the first of two attempts, before the end of the budget
	late        // after the budget
)

// order puts what waits before what does not.
func (p pace) order() int {
	if p == atOnce {
		return 1
	}
	return 0
}

// behaviour is a row of the matrix.
type behaviour struct {
	name string
	// turn makes the upstream, which was well until now, behave so.
	turn func(*gatehouse.Misbehaving)
	// reason is the word of docs/reasons.md for a call that meets it and is not
	// overtaken by the budget; "" means that the answer is right.
	reason string
	// calls and connections are what the upstream sees of one call.
	calls, connections int
	pace               pace
	tls                bool // the upstream is an https:// one
	kept               bool // the call finds a connection that an earlier call has left
	recovers           bool // the next call is answered well
}

// Parts of answers.
const (
	statusLine = "HTTP/1.1 200 OK\r\n"
	header     = statusLine + "Content-Type: application/json\r\n"
	newClaims  = `{"promoCode":"` + asked + `"}` // 21 bytes
	sized      = "Content-Length: 21\r\n"
	chunked    = "Transfer-Encoding: chunked\r\n\r\n"
	oneChunk   = "15\r\n" + newClaims + "\r\n" // 21 in hexadecimal
	goodAnswer = header + sized + "Connection: close\r\n\r\n" + newClaims
)

// dripEvery is how often a byte comes of an answer that never ends.
const dripEvery = 50 * time.Millisecond

// behaviours are the rows. A reason is the one of docs/reasons.md whose meaning
// covers it:
//
//   - unreachable: "connection refused or reset before an answer"; an answer is
//     there once its header is whole (RFC 9112, section 2.1), and bytes that are
//     no HTTP are none;
//   - truncated: "the connection ended within the body";
//   - too_large: "larger than max_response";
//   - redirect: "1xx or 3xx, which is never followed"; of the 1xx only 101 ends an
//     exchange, the others announce an answer (RFC 9110, section 15.2) that here
//     never comes: timeout;
//   - timeout: "no answer within the budget";
//   - unreadable: "a 2xx whose body is neither claims nor a refusal".
var behaviours = []behaviour{
	{name: "port closed", turn: (*gatehouse.Misbehaving).Close, reason: "unreachable"},
	{name: "reset at accept", turn: from(gatehouse.AtAccept, gatehouse.Reset), reason: "unreachable", connections: 1},
	{name: "reset after request header", turn: from(gatehouse.AfterHeader, gatehouse.Reset), reason: "unreachable", calls: 1, connections: 1},
	{name: "reset after request body", turn: body(gatehouse.Reset), reason: "unreachable", calls: 1, connections: 1},
	{name: "reset after status line", turn: body(gatehouse.ResetAfter(statusLine)), reason: "unreachable", calls: 1, connections: 1},
	{name: "reset in header", turn: body(gatehouse.ResetAfter(header + "Content-Le")), reason: "unreachable", calls: 1, connections: 1},
	{name: "reset in body", turn: body(gatehouse.ResetInBody), reason: "truncated", calls: 1, connections: 1},
	// RFC 9110, section 9.2.2: what is not idempotent must not be sent again
	// without knowing that it was not applied.
	{name: "reset, kept connection", turn: from(gatehouse.AfterHeader, gatehouse.Reset), reason: "unreachable", calls: 1, kept: true},

	{name: "silent at accept", turn: from(gatehouse.AtAccept, gatehouse.Silent), reason: "timeout", connections: 1, pace: never},
	{name: "silent after request", turn: body(gatehouse.Silent), reason: "timeout", calls: 1, connections: 1, pace: never},
	{name: "header drips", turn: body(gatehouse.Repeat(header+"X-Drip: ", "a", dripEvery)), reason: "timeout", calls: 1, connections: 1, pace: never},
	{name: "body drips", turn: body(gatehouse.Repeat(header+chunked, "1\r\n \r\n", dripEvery)), reason: "timeout", calls: 1, connections: 1, pace: never},

	{name: "half-close, no answer", turn: body(gatehouse.SayAndHalfClose("")), reason: "unreachable", calls: 1, connections: 1},
	{name: "half-close, whole answer", turn: body(gatehouse.SayAndHalfClose(goodAnswer)), calls: 1, connections: 1},
	{name: "ends before its length", turn: body(gatehouse.EndInBody), reason: "truncated", calls: 1, connections: 1},
	{name: "ends between chunks", turn: body(gatehouse.Say(header + chunked + oneChunk)), reason: "truncated", calls: 1, connections: 1},
	{name: "says more than it sends", turn: body(gatehouse.SayAndHold(header + "Content-Length: 1000\r\n\r\n" + newClaims)), reason: "timeout", calls: 1, connections: 1, pace: never},
	{name: "says less than it sends", turn: body(gatehouse.Say(header + "Content-Length: 20\r\nConnection: close\r\n\r\n" + newClaims)), reason: "unreadable", calls: 1, connections: 1},
	{name: "goes on after its end", turn: body(gatehouse.Say(goodAnswer + newClaims)), calls: 1, connections: 1},
	{name: "endless body", turn: body(gatehouse.Repeat(header+chunked, "1000\r\n"+strings.Repeat(" ", 0x1000)+"\r\n", 0)), reason: "too_large", calls: 1, connections: 1},

	{name: "100 for ever", turn: body(gatehouse.Repeat("", "HTTP/1.1 100 Continue\r\n\r\n", dripEvery)), reason: "timeout", calls: 1, connections: 1, pace: never},
	{name: "102 for ever", turn: body(gatehouse.Repeat("", "HTTP/1.1 102 Processing\r\n\r\n", dripEvery)), reason: "timeout", calls: 1, connections: 1, pace: never},
	{name: "103 for ever", turn: body(gatehouse.Repeat("", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", dripEvery)), reason: "timeout", calls: 1, connections: 1, pace: never},
	{name: "100, 102, 103, then right", turn: body(gatehouse.Say("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n" + goodAnswer)), calls: 1, connections: 1},
	{name: "101 to websocket", turn: body(gatehouse.SayAndHold("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")), reason: "redirect", calls: 1, connections: 1},
	{name: "101 to nothing", turn: body(gatehouse.SayAndHold("HTTP/1.1 101 Switching Protocols\r\n\r\n")), reason: "redirect", calls: 1, connections: 1},

	{name: "garbage", turn: body(gatehouse.Garbage), reason: "unreachable", calls: 1, connections: 1},
	{name: "garbage for a chunk", turn: body(gatehouse.Say(header + chunked + oneChunk + "zz\r\n")), reason: "truncated", calls: 1, connections: 1},
	{name: "TLS never answered", turn: from(gatehouse.AtAccept, gatehouse.Silent), reason: "timeout", connections: 1, pace: never, tls: true},
	{name: "TLS garbage", turn: from(gatehouse.AtAccept, plainHTTP), reason: "unreachable", connections: 1, tls: true},

	{name: "restart while idle", turn: restartIdle, calls: 1, connections: 1, kept: true, recovers: true},
	{name: "restart in the call", turn: restartInCall, reason: "unreachable", calls: 1, connections: 1, recovers: true},

	{name: "right, after one attempt", turn: body(gatehouse.SayLater(slowAfter, goodAnswer)), calls: 1, connections: 1, pace: slow},
	{name: "right, after the budget", turn: body(gatehouse.SayLater(lateAfter, goodAnswer)), reason: "timeout", calls: 1, connections: 1, pace: late},
}

// from turns the upstream to act at a moment of each connection.
func from(moment gatehouse.Moment, act gatehouse.Misbehaviour) func(*gatehouse.Misbehaving) {
	return func(m *gatehouse.Misbehaving) { m.Behave(gatehouse.Manner{From: moment, Act: act}) }
}

// body is from, once the whole request has been read.
func body(act gatehouse.Misbehaviour) func(*gatehouse.Misbehaving) {
	return from(gatehouse.AfterBody, act)
}

// plainHTTP is what a server of HTTP says to a TLS handshake.
func plainHTTP(conn net.Conn, _ <-chan struct{}) {
	_, _ = conn.Read(make([]byte, 1<<14)) // all of the ClientHello, lest RST overtake the answer
	_, _ = io.WriteString(conn, "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTPS request to an HTTP server.\n")
}

// restartIdle ends in order what is connected and comes back at the same port.
func restartIdle(m *gatehouse.Misbehaving) {
	m.Close()
	m.HangUp()
	body(gatehouse.Say(goodAnswer))(m)
	relisten(m)
}

// restartInCall restarts while a call is under way. The port is open again before
// the call is lost, so that one that is sent again would be seen.
func restartInCall(m *gatehouse.Misbehaving) {
	body(func(conn net.Conn, stopped <-chan struct{}) {
		m.Close()
		body(gatehouse.Say(goodAnswer))(m)
		relisten(m)
		gatehouse.Reset(conn, stopped)
	})(m)
}

// relisten opens the port again. Should another process have got it meanwhile, the
// cell finds it closed and says so.
func relisten(m *gatehouse.Misbehaving) { _ = m.Listen() }
