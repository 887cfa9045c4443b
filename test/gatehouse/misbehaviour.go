package gatehouse

import (
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// Silent says nothing until the test is over.
func Silent(_ net.Conn, stopped <-chan struct{}) { <-stopped }

// Reset ends the connection with RST before a byte of the answer.
func Reset(conn net.Conn, _ <-chan struct{}) { reset(conn) }

// ResetAfter says something, then RST. On Linux what was said is read first; other
// systems may throw away what was on its way.
func ResetAfter(text string) Misbehaviour {
	return func(conn net.Conn, _ <-chan struct{}) {
		_, _ = io.WriteString(conn, text)
		reset(conn)
	}
}

// ResetInBody sends a part of a body that is valid so far, then RST.
func ResetInBody(conn net.Conn, stopped <-chan struct{}) {
	ResetAfter(header+"Content-Length: 1000\r\n\r\n"+`{"promoCode":"24534"`)(conn, stopped)
}

// EndInBody sends less than its Content-Length says, then ends the connection in
// order: the lie is the only sign.
func EndInBody(conn net.Conn, _ <-chan struct{}) {
	writeAnswer(conn, 1000, `{"promoCode":"24534"}`)
}

// Say says something and ends the connection in order.
func Say(text string) Misbehaviour {
	return func(conn net.Conn, _ <-chan struct{}) { _, _ = io.WriteString(conn, text) }
}

// SayAndHold says something and keeps the connection open until the test is over.
func SayAndHold(text string) Misbehaviour {
	return func(conn net.Conn, stopped <-chan struct{}) {
		_, _ = io.WriteString(conn, text)
		<-stopped
	}
}

// SayAndHalfClose says something and ends its own direction of the connection
// alone, as shutdown(2) does.
func SayAndHalfClose(text string) Misbehaviour {
	return func(conn net.Conn, _ <-chan struct{}) {
		_, _ = io.WriteString(conn, text)
		closeWrite(conn)
		_, _ = io.Copy(io.Discard, conn) // until the other side goes
	}
}

// SayLater says something after a while.
func SayLater(after time.Duration, text string) Misbehaviour {
	return func(conn net.Conn, stopped <-chan struct{}) {
		patience := time.NewTimer(after)
		defer patience.Stop()
		select {
		case <-stopped:
		case <-patience.C:
			_, _ = io.WriteString(conn, text)
		}
	}
}

// Repeat says something once and then another thing again and again, for ever.
// An interval of 0 is as fast as the other side reads.
func Repeat(once, again string, interval time.Duration) Misbehaviour {
	return func(conn net.Conn, stopped <-chan struct{}) {
		if _, err := io.WriteString(conn, once); err != nil {
			return
		}
		tick := time.NewTicker(max(interval, time.Nanosecond))
		defer tick.Stop()
		for {
			select {
			case <-stopped:
				return
			case <-tick.C:
				if _, err := io.WriteString(conn, again); err != nil {
					return
				}
			}
		}
	}
}

// Garbage answers with what is no HTTP.
func Garbage(conn net.Conn, stopped <-chan struct{}) {
	Say("220 mail.example.com ESMTP\r\n")(conn, stopped)
}

// Huge answers with a megabyte of valid JSON.
func Huge(conn net.Conn, _ <-chan struct{}) {
	body := `{"promoCode":"` + strings.Repeat("7", 1<<20) + `"}`
	writeAnswer(conn, len(body), body)
}

// Drip sends its header and then a byte of the body now and again, for ever.
func Drip(conn net.Conn, stopped <-chan struct{}) {
	Repeat(header+"Content-Length: 1000\r\n\r\n{", " ", 20*time.Millisecond)(conn, stopped)
}

// header is the beginning of a right answer.
const header = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

func writeAnswer(conn net.Conn, length int, body string) {
	_, _ = fmt.Fprintf(conn, "%sContent-Length: %d\r\n\r\n%s", header, length, body)
}

func reset(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // RFC 9293, section 3.10.4: an abort sends RST
	}
	conn.Close()
}

func closeWrite(conn net.Conn) {
	if half, ok := conn.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
}
