package gatehouse

import (
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// Received is one request as an upstream got it.
type Received struct {
	Method, URI, Host string
	Header            http.Header
	ContentLength     int64
	Body              string
}

// Upstream is a real HTTP server that plays the validator.
type Upstream struct {
	server *httptest.Server

	mu       sync.Mutex
	received []Received
}

// NewUpstream starts a server that answers with handle, which finds the body in
// the request unread. It stops at the end of the test.
func NewUpstream(t testing.TB, handle http.HandlerFunc) *Upstream {
	t.Helper()
	return NewUpstreamAt(t, "127.0.0.1:0", handle)
}

// NewUpstreamAt is NewUpstream at an address of [FreeAddresses], so that it can
// come up after a process that knows it.
func NewUpstreamAt(t testing.TB, address string, handle http.HandlerFunc) *Upstream {
	t.Helper()
	u := start(t, address, handle)
	u.server.Start()
	return u
}

// NewTLSUpstream is NewUpstream that speaks TLS with a certificate for
// *.example.com and 127.0.0.1, and asks for a client's.
func NewTLSUpstream(t testing.TB, handle http.HandlerFunc) *Upstream {
	t.Helper()
	u := start(t, "127.0.0.1:0", handle)
	u.server.TLS = &tls.Config{ClientAuth: tls.RequestClientCert, MinVersion: tls.VersionTLS12}
	u.server.StartTLS()
	return u
}

func start(t testing.TB, address string, handle http.HandlerFunc) *Upstream {
	t.Helper()
	listener, err := net.Listen("tcp", address)
	require.NoError(t, err)
	u := new(Upstream)
	u.server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, "the body broke off", http.StatusBadRequest)
			return
		}
		u.mu.Lock()
		u.received = append(u.received, Received{r.Method, r.RequestURI, r.Host, r.Header.Clone(), r.ContentLength, string(body)})
		u.mu.Unlock()
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		handle(w, r)
	}))
	u.server.Config.ErrorLog = log.New(io.Discard, "", 0) // a handshake that fails is what some tests want
	u.server.Listener.Close()
	u.server.Listener = listener
	t.Cleanup(u.Stop)
	return u
}

// Stop ends the server and its connections, as a process that dies does.
func (u *Upstream) Stop() {
	u.server.CloseClientConnections() // a handler that hangs waits for this
	u.server.Close()
}

// Answering makes an upstream that always gives the same answer.
func Answering(t testing.TB, status int, body string) *Upstream {
	t.Helper()
	return NewUpstream(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	})
}

// WriteAuthority writes the certificate of an upstream with TLS to a file.
func (u *Upstream) WriteAuthority(t testing.TB, path string) {
	t.Helper()
	writePEM(t, path, "CERTIFICATE", u.server.Certificate().Raw)
}

// Address is its host:port.
func (u *Upstream) Address() string { return u.server.Listener.Addr().String() }

// Calls is how many requests have come.
func (u *Upstream) Calls() int { return len(u.Received()) }

// Received are the requests so far.
func (u *Upstream) Received() []Received {
	u.mu.Lock()
	defer u.mu.Unlock()
	return append([]Received(nil), u.received...)
}

// Last is the latest request.
func (u *Upstream) Last(t testing.TB) Received {
	t.Helper()
	received := u.Received()
	require.NotEmpty(t, received, "nothing has reached the upstream")
	return received[len(received)-1]
}
