//go:build linux

package bench

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"
)

// callWithin bounds one call; none should come near.
const callWithin = 30 * time.Second

// client makes one call after the other and judges each answer.
type client interface {
	call(n int) error
	close()
}

// want is the answer that a client takes.
type want struct {
	status int
	body   string // "": any
}

var errAnswer = errors.New("another answer than all others have to give")

func (w want) judge(status int, body []byte) error {
	if status != w.status || w.body != "" && w.body != string(body) {
		return fmt.Errorf("HTTP %d %.200q: %w", status, body, errAnswer)
	}
	return nil
}

// keptAlive speaks HTTP/1.1 on one connection. It is leaner than net/http, since it
// shares a core with the validator.
type keptAlive struct {
	conn    net.Conn
	reader  *bufio.Reader
	request []byte
	body    []byte // of the request, its end
	answer  []byte
	want    want
}

func dialKeptAlive(ctx context.Context, s *server) (client, error) {
	config := s.tls.Clone()
	config.MinVersion, config.NextProtos = tls.VersionTLS13, []string{"http/1.1"}
	conn, err := (&tls.Dialer{Config: config}).DialContext(ctx, "tcp", s.address)
	if err != nil {
		return nil, fmt.Errorf("connecting to %s: %w", s.name, err)
	}
	request := []byte(head(s.password) + exampleBody)
	return &keptAlive{
		conn: conn, reader: bufio.NewReader(conn), want: s.want,
		request: request, body: request[len(request)-len(exampleBody):], answer: make([]byte, 1024),
	}, nil
}

func (c *keptAlive) call(n int) error {
	setNumber(c.body, n)
	if _, err := c.conn.Write(c.request); err != nil {
		return fmt.Errorf("sending a call: %w", err)
	}
	status, length, err := c.readHead()
	if err != nil {
		return fmt.Errorf("reading an answer: %w", err)
	}
	if length > len(c.answer) {
		return fmt.Errorf("%d bytes: %w", length, errAnswer)
	}
	if _, err := io.ReadFull(c.reader, c.answer[:length]); err != nil {
		return fmt.Errorf("reading an answer: %w", err)
	}
	return c.want.judge(status, c.answer[:length])
}

// readHead reads to the empty line. Whoever does not say how long the answer is, or
// closes the connection, is not what is to be measured.
func (c *keptAlive) readHead() (status, length int, err error) {
	length = -1
	for {
		line, err := c.reader.ReadSlice('\n')
		if err != nil {
			return 0, 0, err
		}
		line = bytes.TrimRight(line, "\r\n")
		name, value, _ := bytes.Cut(line, []byte(": "))
		switch {
		case len(line) == 0 && length < 0:
			return 0, 0, fmt.Errorf("no Content-Length: %w", errAnswer)
		case len(line) == 0:
			return status, length, nil
		case status == 0:
			if status, err = strconv.Atoi(string(bytes.Fields(line)[1])); err != nil {
				return 0, 0, fmt.Errorf("status line %q: %w", line, err)
			}
		case bytes.EqualFold(name, []byte("Content-Length")):
			if length, err = strconv.Atoi(string(value)); err != nil {
				return 0, 0, fmt.Errorf("header %q: %w", line, err)
			}
		case bytes.EqualFold(name, []byte("Connection")) && bytes.EqualFold(value, []byte("close")):
			return 0, 0, fmt.Errorf("the connection is closed: %w", errAnswer)
		}
	}
}

func (c *keptAlive) close() { c.conn.Close() }

// stream is one of the clients that share an HTTP/2 connection, as those of a
// provider do.
type stream struct {
	server *server
	shared *http.Client
	body   []byte
}

func dialStreams(s *server, n int) []client {
	config := s.tls.Clone()
	config.MinVersion = tls.VersionTLS13
	protocols := new(http.Protocols)
	protocols.SetHTTP2(true)
	shared := &http.Client{Timeout: callWithin, Transport: &http.Transport{
		TLSClientConfig: config, Protocols: protocols, DisableCompression: true,
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, s.address)
		},
	}}
	clients := make([]client, n)
	for i := range clients {
		clients[i] = &stream{s, shared, []byte(exampleBody)}
	}
	return clients
}

func (c *stream) call(n int) error {
	setNumber(c.body, n)
	req, err := http.NewRequest(http.MethodPost, "https://localhost/signup", bytes.NewReader(c.body))
	if err != nil {
		return err
	}
	req.Header = http.Header{"Content-Type": {contentType}, "Authorization": {authorization(c.server.password)}}
	resp, err := c.shared.Do(req)
	if err != nil {
		return fmt.Errorf("calling %s: %w", c.server.name, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return fmt.Errorf("reading an answer: %w", err)
	}
	if resp.ProtoMajor != 2 {
		return fmt.Errorf("%s: %w", resp.Proto, errAnswer)
	}
	return c.server.want.judge(resp.StatusCode, body)
}

func (c *stream) close() { c.shared.CloseIdleConnections() }
