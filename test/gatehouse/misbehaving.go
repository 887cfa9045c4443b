package gatehouse

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Misbehaving is a TCP or TLS server that does what no HTTP server should, from
// any moment of a connection on.
type Misbehaving struct {
	address string
	tls     *tls.Config // nil: TCP alone
	stopped chan struct{}
	running sync.WaitGroup

	mu          sync.Mutex
	listener    net.Listener // nil: the port is closed
	manner      Manner
	reached     chan struct{}              // closed with the first sign of a caller
	open        map[net.Conn]chan struct{} // closed when the connection is done
	calls       int
	connections int
}

// Misbehaviour is what is done on a connection, which ends when it returns.
// stopped is closed at the end of the test.
type Misbehaviour func(conn net.Conn, stopped <-chan struct{})

// Moment is how far a connection has come.
type Moment int

// The moments.
const (
	AfterBody   Moment = iota // the whole request has been read
	AfterHeader               // its header alone
	AtAccept                  // nothing, not even of a TLS handshake
)

// Manner is how the server treats whoever connects.
type Manner struct {
	From Moment
	Act  Misbehaviour
	Keep bool // with AfterBody: the connection stays for the next request
}

// NewMisbehaving starts a server that reads a request and then acts; it stops at
// the end of the test.
func NewMisbehaving(t testing.TB, act Misbehaviour) *Misbehaving {
	t.Helper()
	return newMisbehaving(t, Manner{Act: act}, nil)
}

// NewMisbehavingTLS is NewMisbehaving with TLS and a certificate that nobody
// trusts.
func NewMisbehavingTLS(t testing.TB, act Misbehaviour) *Misbehaving {
	t.Helper()
	made := ServerCertificate(t, "untrusted.example.com", time.Hour)
	return newMisbehaving(t, Manner{Act: act}, &tls.Config{Certificates: []tls.Certificate{made}, MinVersion: tls.VersionTLS12})
}

func newMisbehaving(t testing.TB, manner Manner, config *tls.Config) *Misbehaving {
	t.Helper()
	m := &Misbehaving{
		address: "127.0.0.1:0", tls: config, manner: manner,
		stopped: make(chan struct{}), reached: make(chan struct{}), open: make(map[net.Conn]chan struct{}),
	}
	require.NoError(t, m.Listen())
	t.Cleanup(m.stop)
	return m
}

// Behave changes the manner, also for what is connected already.
func (m *Misbehaving) Behave(manner Manner) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.manner, m.reached = manner, make(chan struct{})
}

// Reached is closed with the next sign of a caller after the manner changed: a
// connection or, on one that was kept, a request.
func (m *Misbehaving) Reached() <-chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.reached
}

// Listen opens the port, the same each time.
func (m *Misbehaving) Listen() error {
	listener, err := net.Listen("tcp", m.address)
	if err != nil {
		return fmt.Errorf("opening the port of a misbehaving server: %w", err)
	}
	m.mu.Lock()
	m.listener, m.address = listener, listener.Addr().String()
	m.mu.Unlock()
	m.running.Go(func() { m.accept(listener) })
	return nil
}

// Close closes the port and leaves alone what is connected.
func (m *Misbehaving) Close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.listener != nil {
		m.listener.Close()
		m.listener = nil
	}
}

// HangUp ends in order what is connected and waits until the other side has seen
// it and done the same.
func (m *Misbehaving) HangUp() {
	m.mu.Lock()
	var ends []chan struct{}
	for conn, ended := range m.open {
		closeWrite(conn)
		ends = append(ends, ended)
	}
	m.mu.Unlock()
	for _, ended := range ends {
		<-ended // every connection has a deadline
	}
}

func (m *Misbehaving) stop() {
	close(m.stopped)
	m.Close()
	m.mu.Lock()
	for conn := range m.open {
		conn.Close()
	}
	m.mu.Unlock()
	m.running.Wait()
}

func (m *Misbehaving) accept(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return // closed
		}
		m.mu.Lock()
		ended := make(chan struct{})
		m.open[conn] = ended
		m.connections++
		manner := m.sign()
		m.mu.Unlock()
		m.running.Go(func() {
			defer close(ended)
			defer m.forget(conn)
			m.serve(conn, manner)
		})
	}
}

func (m *Misbehaving) forget(conn net.Conn) {
	conn.Close()
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.open, conn)
}

func (m *Misbehaving) serve(conn net.Conn, manner Manner) {
	if conn.SetDeadline(time.Now().Add(callWithin)) != nil {
		return
	}
	if manner.From == AtAccept {
		manner.Act(conn, m.stopped)
		return
	}
	if m.tls != nil {
		conn = tls.Server(conn, m.tls)
	}
	for reader := bufio.NewReader(conn); ; {
		req, err := http.ReadRequest(reader)
		if err != nil {
			return // a connection without a request is no call
		}
		m.mu.Lock()
		m.calls++
		manner = m.sign()
		m.mu.Unlock()
		if manner.From == AfterBody {
			_, _ = io.Copy(io.Discard, req.Body)
		}
		manner.Act(conn, m.stopped)
		if !manner.Keep {
			return
		}
	}
}

// sign notes that a caller is there, and says how to treat it. The lock is held.
func (m *Misbehaving) sign() Manner {
	select {
	case <-m.reached:
	default:
		close(m.reached)
	}
	return m.manner
}

// Address is its host:port.
func (m *Misbehaving) Address() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.address
}

// Calls is how many requests have come whose header was whole.
func (m *Misbehaving) Calls() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.calls
}

// Connections is how many there have been, with a request or without.
func (m *Misbehaving) Connections() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.connections
}
