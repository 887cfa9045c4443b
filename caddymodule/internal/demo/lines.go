package demo

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"sync"
)

// Line is what the connector's log says of one call: words of closed lists,
// durations and counts, never a claim.
type Line struct {
	Message          string   `json:"msg"`
	RequestID        string   `json:"request_id"`
	Answer           string   `json:"answer"`
	Source           string   `json:"source"`
	Rule             string   `json:"rule"`
	Format           string   `json:"format"`
	Reason           string   `json:"reason"`
	Key              string   `json:"key"`
	Seconds          float64  `json:"duration"`
	UpstreamSeconds  *float64 `json:"upstream_duration"`
	UpstreamHTTPCode int      `json:"upstream_status"`
}

// Lines takes log lines off a loopback connection, as Caddy's `net` log writer sends
// them, and keeps the last ones. The connector writes its line after the answer, so
// who asks for one has to wait a moment.
type Lines struct {
	listener net.Listener
	open     sync.WaitGroup

	mu      sync.Mutex
	conns   map[net.Conn]bool
	kept    []Line // oldest first
	changed chan struct{}
	closed  bool
}

const (
	linesKept   = 256
	longestLine = 64 << 10
	mostWriters = 4 // one is Caddy's
)

// ListenForLines listens on a free port. Close ends it.
func ListenForLines() (*Lines, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listening for the connector's log: %w", err)
	}
	l := &Lines{listener: listener, conns: make(map[net.Conn]bool), changed: make(chan struct{})}
	l.open.Go(l.accept)
	return l, nil
}

// Address is its host and port.
func (l *Lines) Address() string { return l.listener.Addr().String() }

// Close ends it and waits for its goroutines.
func (l *Lines) Close() error {
	err := l.listener.Close()
	l.mu.Lock()
	l.closed = true
	for conn := range l.conns {
		err = errors.Join(err, conn.Close())
	}
	l.mu.Unlock()
	l.open.Wait()
	return err
}

// Of waits for the line on the answer to a request.
func (l *Lines) Of(ctx context.Context, requestID string) (Line, error) {
	for {
		l.mu.Lock()
		changed := l.changed
		for i := len(l.kept) - 1; i >= 0; i-- {
			if l.kept[i].RequestID == requestID && l.kept[i].Answer != "" {
				line := l.kept[i]
				l.mu.Unlock()
				return line, nil
			}
		}
		l.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return Line{}, fmt.Errorf("waiting for the log line of request %q: %w", requestID, ctx.Err())
		}
	}
}

func (l *Lines) accept() {
	for {
		conn, err := l.listener.Accept()
		if err != nil {
			return // closed
		}
		l.mu.Lock()
		if l.closed || len(l.conns) >= mostWriters {
			l.mu.Unlock()
			conn.Close()
			continue
		}
		l.conns[conn] = true
		l.mu.Unlock()
		l.open.Go(func() { l.read(conn) })
	}
}

func (l *Lines) read(conn net.Conn) {
	defer func() {
		conn.Close()
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.conns, conn)
	}()
	lines := bufio.NewScanner(conn)
	lines.Buffer(nil, longestLine)
	for lines.Scan() {
		var line Line
		if json.Unmarshal(lines.Bytes(), &line) == nil && line.RequestID != "" {
			l.keep(line)
		}
	}
}

func (l *Lines) keep(line Line) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.kept = append(l.kept, line)
	l.kept = l.kept[max(0, len(l.kept)-linesKept):]
	close(l.changed)
	l.changed = make(chan struct{})
}
