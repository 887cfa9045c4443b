package operations_test

import (
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

var handover = gatehouse.Servers("listener_wrappers {\n handover\n tls\n }")

// basicText is basic, as it is written on the wire.
var basicText = base64.StdEncoding.EncodeToString([]byte("b2c:" + secret))

// What Caddy logs of its http app.
const (
	serverRunning = "server running"
	shuttingDown  = "servers shutting down"
)

// net/http ends an HTTP/1.1 connection without an answer whose first request it reads
// after its shutdown has begun. What was accepted before a reload, or before the end
// of the process, has the time of a handshake to send it.
func TestAnAcceptedConnectionHasItsFirstCallAnswered(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		happens func(t *testing.T, g *gatehouse.Process, site string) (done <-chan struct{})
		began   string // in the log
		options []gatehouse.Option
	}{
		"reload":                      {reloading, serverRunning, nil},
		"reload, an inherited socket": {reloading, serverRunning, []gatehouse.Option{gatehouse.InheritSocket()}},
		"the end of the process":      {ending, "exiting; byeee", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			upstream := gatehouse.NewUpstream(t, func(w http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(w, `{"city":"Seattle"}`)
			})
			site := connector("signup", upstream.Address(), "")
			g := gatehouse.Start(t, site, append(c.options, handover)...)
			logged := len(g.Logs())
			news := func() string { return g.Logs()[logged:] }
			conn := g.Dial(t)
			done := c.happens(t, g, connector("signup", upstream.Address(), "timeouts {\n attempt 4s\n }"))
			require.True(t, gatehouse.Await(func() bool { return strings.Contains(news(), c.began) }))
			// Time in which servers that wait for nobody have shut down.
			<-time.After(100 * time.Millisecond)
			assert.NotContains(t, news(), shuttingDown)

			began := time.Now()
			body := call("a@example.com")
			_, err := fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
				basicText, len(body), body)
			require.NoError(t, err)
			assert.Equal(t, "Seattle", gatehouse.Judge(t, gatehouse.ReadAnswer(t, conn, began)).Text("city"))
			<-done
		})
	}
}

func reloading(t *testing.T, g *gatehouse.Process, site string) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		g.Reload(t, site)
	}()
	return done
}

func ending(_ *testing.T, g *gatehouse.Process, _ string) <-chan struct{} { return g.Terminate() }

// A client that never says a word holds up neither reload nor end for longer than the
// patience, and one that has long been silent not at all.
func TestASilentConnectionDoesNotHoldUpAReload(t *testing.T) {
	t.Parallel()
	g := gatehouse.Start(t, "respond 204", handover)
	_ = g.Dial(t)
	began := time.Now()
	g.Reload(t, "respond 205")
	assert.Less(t, time.Since(began), 10*time.Second)
}

// A configuration that cannot start has taken no call: its address is served by the
// old one as before, and the next configuration takes over.
func TestAConfigurationThatFailsToStartTakesNoCall(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	g := gatehouse.Start(t, "respond old", handover)
	client := g.Client()
	says := func(want string) {
		t.Helper()
		resp, err := client.Get(g.URL())
		require.NoError(t, err, g.Logs())
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		assert.Equal(t, want, string(body))
	}
	for range 5 {
		printed := g.ReloadFails(t, "respond broken\n}\nhttp://"+taken.Addr().String()+" {\n bind 127.0.0.1\n respond broken")
		assert.Contains(t, printed, "address already in use")
		for range 20 {
			says("old")
		}
	}
	g.Reload(t, "respond new")
	for range 20 {
		says("new")
	}
}

// Behind TLS, where wrappers are that do not name it, the socket cannot be found, and the log says what to do.
func TestHandoverHasToBeFirst(t *testing.T) {
	t.Parallel()
	g := gatehouse.Start(t, "respond 204", gatehouse.Servers("listener_wrappers {\n handover\n }"))
	assert.Contains(t, g.Logs(), "put it first in listener_wrappers, and tls behind it")
	g.Reload(t, "respond 205")
}
