package gatehouse

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Misbehaving is a TCP server that reads a request and then does what no HTTP
// server should.
type Misbehaving struct {
	listener net.Listener
	calls    atomic.Int64
}

// Misbehaviour is what is done on a connection once the request has been read.
// stopped is closed at the end of the test.
type Misbehaviour func(conn net.Conn, stopped <-chan struct{})

// NewMisbehaving starts such a server; it stops at the end of the test.
func NewMisbehaving(t testing.TB, act Misbehaviour) *Misbehaving {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	m := &Misbehaving{listener: listener}
	stopped, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return // closed at the end of the test
			}
			go m.serve(conn, act, stopped)
		}
	}()
	t.Cleanup(func() {
		close(stopped)
		listener.Close()
		<-done
	})
	return m
}

func (m *Misbehaving) serve(conn net.Conn, act Misbehaviour, stopped <-chan struct{}) {
	defer conn.Close()
	if conn.SetDeadline(time.Now().Add(callWithin)) != nil {
		return
	}
	req, err := http.ReadRequest(bufio.NewReader(conn))
	if err != nil {
		return // a connection without a request is no call
	}
	_, _ = io.Copy(io.Discard, req.Body)
	m.calls.Add(1)
	act(conn, stopped)
}

// Address is its host:port.
func (m *Misbehaving) Address() string { return m.listener.Addr().String() }

// Calls is how many requests have come.
func (m *Misbehaving) Calls() int { return int(m.calls.Load()) }

// Silent says nothing until the test is over.
func Silent(_ net.Conn, stopped <-chan struct{}) { <-stopped }

// Reset ends the connection with RST before a byte of the answer.
func Reset(conn net.Conn, _ <-chan struct{}) { reset(conn) }

// ResetInBody sends a part of a body that is valid so far, then RST.
func ResetInBody(conn net.Conn, _ <-chan struct{}) {
	writeAnswer(conn, 1000, `{"promoCode":"24534"`)
	reset(conn)
}

// EndInBody sends less than its Content-Length says, then ends the connection in
// order: the lie is the only sign.
func EndInBody(conn net.Conn, _ <-chan struct{}) {
	writeAnswer(conn, 1000, `{"promoCode":"24534"}`)
}

// Garbage answers with what is no HTTP.
func Garbage(conn net.Conn, _ <-chan struct{}) {
	_, _ = io.WriteString(conn, "220 mail.example.com ESMTP\r\n")
}

// Huge answers with a megabyte of valid JSON.
func Huge(conn net.Conn, _ <-chan struct{}) {
	body := `{"promoCode":"` + strings.Repeat("7", 1<<20) + `"}`
	writeAnswer(conn, len(body), body)
}

// Drip sends its header and then a byte of the body now and again, for ever.
func Drip(conn net.Conn, stopped <-chan struct{}) {
	writeAnswer(conn, 1000, `{`)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-stopped:
			return
		case <-tick.C:
			if _, err := io.WriteString(conn, " "); err != nil {
				return
			}
		}
	}
}

func writeAnswer(conn net.Conn, length int, body string) {
	_, _ = fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", length, body)
}

func reset(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // RFC 9293, section 3.10.4: an abort sends RST
	}
	conn.Close()
}
