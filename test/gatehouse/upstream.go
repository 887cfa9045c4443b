package gatehouse

import (
	"io"
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
	u := new(Upstream)
	u.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
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
	t.Cleanup(func() {
		u.server.CloseClientConnections() // a handler that hangs waits for this
		u.server.Close()
	})
	return u
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
