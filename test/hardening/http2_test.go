package hardening_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// h2Within bounds one stream, a refusal by silence included.
const h2Within = 5 * time.Second

// TestQ12_HTTP2CannotBringWhatHTTP1Would: is a request forged where HTTP/2
// becomes HTTP/1.1? CWE-444, CWE-93; RFC 9113, sections 8.1.1, 8.2, 8.2.1, 8.2.2
// and 8.3.1. Answer: at most one request goes on, written anew from the claims;
// line ends, a second length and the connection's own headers end the stream.
func TestQ12_HTTP2CannotBringWhatHTTP1Would(t *testing.T) {
	t.Parallel()
	up := newWire(t)
	g := gatehouse.Start(t, connector(up.address(), "cache off", "request {\n forward_header X-Tenant\n }"))
	type field = hpack.HeaderField
	with := func(path string, more ...field) []field {
		return append([]field{
			{Name: ":method", Value: "POST"},
			{Name: ":scheme", Value: "https"},
			{Name: ":authority", Value: "localhost"},
			{Name: ":path", Value: path},
			{Name: "authorization", Value: authorization},
			{Name: "content-type", Value: "application/json"},
		}, more...)
	}
	const body = `{"a":1}`
	for _, c := range []struct {
		name   string
		fields []field
		body   string
		target string // with which it goes on; "": not at all
	}{
		{"as it should be", with("/a", field{Name: "content-length", Value: "7"}), body, "/a"},
		{"no length", with("/a"), body, "/a"},
		{"a length too long", with("/a", field{Name: "content-length", Value: "99"}), body, ""},
		{"a length too short", with("/a", field{Name: "content-length", Value: "3"}), body + evil, ""},
		{"a length of nothing", with("/a", field{Name: "content-length", Value: "0"}), body, ""},
		{"two lengths", with("/a", field{Name: "content-length", Value: "7"}, field{Name: "content-length", Value: "150"}), body + evil, ""},
		{"Transfer-Encoding", with("/a", field{Name: "transfer-encoding", Value: "chunked"}), "0\r\n\r\n" + evil, ""},
		{"Connection", with("/a", field{Name: "connection", Value: "x-tenant"}), body, ""},
		{"Upgrade", with("/a", field{Name: "upgrade", Value: "h2c"}), body, ""},
		{"a line end in a value", with("/a", field{Name: "x-tenant", Value: "a\r\ntransfer-encoding: chunked"}), body, ""},
		{"a line feed in a value", with("/a", field{Name: "x-tenant", Value: "a\nx-evil: 1"}), body, ""},
		{"a carriage return in a value", with("/a", field{Name: "x-tenant", Value: "a\rx-evil: 1"}), body, ""},
		{"a NUL in a value", with("/a", field{Name: "x-tenant", Value: "a\x00b"}), body, ""},
		{"a line end in a name", with("/a", field{Name: "x-a\r\nx-evil", Value: "1"}), body, ""},
		{"a colon in a name", with("/a", field{Name: "x-evil: 1\r\nx", Value: "1"}), body, ""},
		{"a space in a name", with("/a", field{Name: "x evil", Value: "1"}), body, ""},
		{"a capital in a name", with("/a", field{Name: "X-Tenant", Value: "1"}), body, ""},
		{"an empty name", with("/a", field{Name: "", Value: "1"}), body, ""},
		{"a line end in the path", with("/a HTTP/1.1\r\nX-Evil: 1\r\n\r\n"), body, ""},
		{"a space in the path", with("/a HTTP/1.1"), body, "/a%20HTTP/1.1"},
		{"a space in the query", with("/a?b=c HTTP/1.1"), body, ""},
		{"a line end in the query", with("/a?b=c\r\nX-Evil: 1"), body, ""},
		{"no path", with(""), body, ""},
		{"an absolute path", with("https://evil.example/a"), body, ""},
		{"a path twice", with("/a", field{Name: ":path", Value: "/evil"}), body, ""},
		{"an unknown pseudo-header", with("/a", field{Name: ":evil", Value: "1"}), body, ""},
		{"extended CONNECT", append([]field{{Name: ":protocol", Value: "websocket"}}, with("/a")...), body, ""},
		{"a line end in the method", append([]field{{Name: ":method", Value: "POST /evil HTTP/1.1\r\nX: "}}, with("/a")[1:]...), body, ""},
		{"a line end in the authority", append([]field{{Name: ":method", Value: "POST"}, {Name: ":scheme", Value: "https"}, {Name: ":authority", Value: "localhost\r\nX-Evil: 1"}}, with("/a")[3:]...), body, ""},
		{"another authority in Host", with("/a", field{Name: "host", Value: "evil.example"}), body, ""},
	} {
		before := len(up.received())
		h2(t, g, c.fields, c.body)
		settled(t, g)
		got := up.received()[before:]
		assert.LessOrEqual(t, len(got), 1, c.name)
		if c.target == "" {
			assert.Empty(t, got, c.name)
			continue
		}
		if assert.Len(t, got, 1, c.name) {
			assertClean(t, c.name, got[0], c.target)
			assert.Equal(t, []string{"localhost"}, got[0].lines("Host"), c.name)
			assert.Equal(t, body, got[0].body, c.name)
		}
	}
}

// h2 makes one request with frames of its own, which net/http would not send, and
// waits until the stream or the connection has ended.
func h2(t *testing.T, g *gatehouse.Process, fields []hpack.HeaderField, body string) {
	t.Helper()
	c, err := dialH2(t.Context(), g)
	require.NoError(t, err)
	defer c.Close()
	require.NoError(t, c.conn.SetDeadline(time.Now().Add(h2Within)))
	// The server may have ended the stream before all is sent.
	_ = c.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: c.block(fields), EndHeaders: true})
	_ = c.WriteData(1, true, []byte(body))
	for {
		frame, err := c.ReadFrame()
		var timeout net.Error
		if errors.As(err, &timeout) && timeout.Timeout() {
			require.Fail(t, "the stream was left open", fmt.Sprint(fields))
		}
		if err != nil {
			return
		}
		switch frame := frame.(type) {
		case *http2.RSTStreamFrame, *http2.GoAwayFrame:
			return
		case *http2.HeadersFrame:
			if frame.StreamEnded() {
				return
			}
		case *http2.DataFrame:
			if frame.StreamEnded() {
				return
			}
		}
	}
}

// h2Conn is a connection whose frames the test writes itself.
type h2Conn struct {
	*http2.Framer
	conn    *tls.Conn
	encoder *hpack.Encoder
	encoded bytes.Buffer
}

func dialH2(ctx context.Context, g *gatehouse.Process) (*h2Conn, error) {
	config := g.TLS()
	config.NextProtos = []string{http2.NextProtoTLS}
	conn, err := g.TryDial(ctx, config)
	if err != nil {
		return nil, err
	}
	c := &h2Conn{Framer: http2.NewFramer(conn, conn), conn: conn}
	c.AllowIllegalWrites = true
	c.encoder = hpack.NewEncoder(&c.encoded)
	if _, err := io.WriteString(conn, http2.ClientPreface); err != nil {
		conn.Close()
		return nil, err
	}
	return c, c.WriteSettings()
}

// Close ends the connection without a word.
func (c *h2Conn) Close() { c.conn.Close() }

// block is fields in the encoding of the connection, good until the next.
func (c *h2Conn) block(fields []hpack.HeaderField) []byte {
	c.encoded.Reset()
	for _, field := range fields {
		_ = c.encoder.WriteField(field) // a buffer takes everything
	}
	return c.encoded.Bytes()
}
