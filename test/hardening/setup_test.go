package hardening_test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

func TestMain(m *testing.M) { gatehouse.Main(m) }

// secret is the password of the account b2c.
const secret = "correct-horse-battery-staple"

// otherSecret is that of the account other, where there is one.
const otherSecret = "wrong-donkey-capacitor-paperclip"

var basic = gatehouse.Basic("b2c", secret)

// authorization is the header line that basic sends.
var authorization = "Basic " + encoded("b2c:"+secret)

func encoded(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

// connector is a site: a connector with the account b2c and more directives, and
// a reverse proxy behind it.
func connector(upstream string, directives ...string) string {
	return fmt.Sprintf(`
	api_connector {
		auth {
			basic b2c plain:%s
		}
		%s
	}
	reverse_proxy %s
`, secret, strings.Join(directives, "\n\t\t"), upstream)
}

// A call that is allowed everything.
const call = `{"email":"john@fabrikam.com","step":"PostAttributeCollection"}`

// wire is an upstream that keeps what it got to the byte: net/http would hide a
// second Content-Length, a Transfer-Encoding and the spelling of names.
type wire struct {
	listener net.Listener

	mu       sync.Mutex
	requests []wired
}

// wired is one request as it came.
type wired struct {
	head string // request line and header
	body string
}

// newWire starts a server that answers each request with an empty object.
func newWire(t *testing.T) *wire {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	w := &wire{listener: listener}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return // the end of the test
			}
			go w.serve(conn)
		}
	}()
	return w
}

func (w *wire) serve(conn net.Conn) {
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	var raw bytes.Buffer
	reader := bufio.NewReader(io.TeeReader(conn, &raw))
	for {
		req, err := http.ReadRequest(reader)
		if err != nil {
			if raw.Len() > 0 { // what came is no request
				w.keep(wired{head: "not HTTP: " + raw.String()})
			}
			return
		}
		body, _ := io.ReadAll(req.Body)
		head, _, _ := strings.Cut(raw.String(), "\r\n\r\n")
		// More than one request at once is what a smuggled one looks like.
		if reader.Buffered() > 0 {
			head = "more than one request: " + raw.String()
		}
		w.keep(wired{head, string(body)})
		raw.Reset()
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")
	}
}

func (w *wire) keep(request wired) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.requests = append(w.requests, request)
}

func (w *wire) address() string { return w.listener.Addr().String() }

func (w *wire) received() []wired {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]wired(nil), w.requests...)
}

// lines are the header lines with one name, in any spelling.
func (r wired) lines(name string) []string {
	var found []string
	for line := range strings.SplitSeq(r.head, "\r\n") {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.EqualFold(key, name) {
			found = append(found, strings.TrimSpace(value))
		}
	}
	return found
}

// names are the names of all header lines, in lower case.
func (r wired) names() []string {
	var names []string
	for i, line := range strings.Split(r.head, "\r\n") {
		if name, _, ok := strings.Cut(line, ":"); ok && i > 0 {
			names = append(names, strings.ToLower(name))
		}
	}
	return names
}

// quoted is a text as JSON.
func quoted(t *testing.T, text string) string {
	t.Helper()
	raw, err := json.Marshal(text)
	require.NoError(t, err)
	return string(raw)
}
