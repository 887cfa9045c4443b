package caddymodule

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

const soon = 10 * time.Second

// listened is a listener as Caddy opens it.
func listened(t *testing.T, address string) net.Listener {
	t.Helper()
	at, err := caddy.ParseNetworkAddress(address)
	require.NoError(t, err)
	ln, err := at.Listen(context.Background(), 0, net.ListenConfig{})
	require.NoError(t, err)
	t.Cleanup(func() { ln.(net.Listener).Close() })
	return ln.(net.Listener)
}

func joined(t *testing.T, r *socketRegistry, ln net.Listener, started chan struct{}) *handoverListener {
	t.Helper()
	l, err := r.join(ln, started)
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	return l
}

func newRegistry() *socketRegistry {
	return &socketRegistry{byAddress: make(map[string]*listeningSocket)}
}

// dialled is a connection that says name.
func dialled(t *testing.T, to net.Addr, name string) {
	t.Helper()
	conn, err := net.DialTimeout("tcp", to.String(), soon)
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	_, err = io.WriteString(conn, name)
	require.NoError(t, err)
}

// serving accepts as net/http does, and tells what the connections say.
func serving(l net.Listener) <-chan string {
	names := make(chan string, 1000)
	go func() {
		defer close(names)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			name := make([]byte, 10)
			_ = conn.SetReadDeadline(time.Now().Add(soon))
			n, _ := conn.Read(name)
			names <- string(name[:n])
			conn.Close()
		}
	}()
	return names
}

func receive(t *testing.T, names <-chan string) string {
	t.Helper()
	select {
	case name := <-names:
		return name
	case <-time.After(soon):
		require.FailNow(t, "nothing was accepted")
		return ""
	}
}

func TestASocketIsHandedOver(t *testing.T) {
	t.Parallel()
	for name, address := range map[string]string{
		"IPv4": "127.0.0.1:0", "every address": ":0", "IPv4 alone": "tcp4/0.0.0.0:0", "a Unix socket": "unix/@" + t.Name(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRegistry()
			first := listened(t, address)
			older := joined(t, r, first, nil)
			olderGot := serving(older)
			at := older.Addr()
			if at.Network() == "tcp" {
				address = at.Network() + "/" + at.String()
			}
			if name == "IPv4 alone" {
				address = "tcp4/" + at.String()
			}
			dial := func(name string) {
				conn, err := net.DialTimeout(at.Network(), at.String(), soon)
				require.NoError(t, err)
				t.Cleanup(func() { conn.Close() })
				_, err = io.WriteString(conn, name)
				require.NoError(t, err)
			}
			dial("before")
			assert.Equal(t, "before", receive(t, olderGot))

			started := make(chan struct{})
			newer := joined(t, r, listened(t, address), started)
			newerGot := serving(newer)
			for range 50 {
				dial("both")
				assert.Equal(t, "both", receive(t, olderGot), "only the older one accepts until the newer has started")
			}

			assert.True(t, older.leave())
			older.stop(true)
			older.awaitStopped(time.After(soon))
			select {
			case <-older.stopped:
			default:
				t.Error("it goes on accepting")
			}
			dial("waits")
			require.NoError(t, older.Close())
			close(started)
			assert.Equal(t, "waits", receive(t, newerGot), "what was in the queue is accepted by the newer one")
			_, more := <-olderGot
			assert.False(t, more)

			require.NoError(t, newer.Close())
			require.NoError(t, newer.Close(), "closing twice releases once")
			assert.Empty(t, r.byAddress)
			_, err := net.DialTimeout(at.Network(), at.String(), soon)
			assert.Error(t, err, "nobody listens any more")
		})
	}
}

// Whatever arrives while sockets come and go beside the kept one is accepted.
func TestNoConnectionGoesToASocketThatCloses(t *testing.T) {
	t.Parallel()
	r := newRegistry()
	older := joined(t, r, listened(t, "127.0.0.1:0"), nil)
	got := serving(older)
	for range 300 {
		beside := listened(t, older.Addr().String())
		dialled(t, older.Addr(), "call")
		l, err := r.join(beside, nil)
		require.NoError(t, err)
		require.NoError(t, l.Close())
		require.Equal(t, "call", receive(t, got))
	}
}

// A configuration that fails to start never accepted, and is nobody's successor.
func TestAFailedStartIsNoSuccessor(t *testing.T) {
	t.Parallel()
	r := newRegistry()
	older := joined(t, r, listened(t, "127.0.0.1:0"), nil)
	failed := joined(t, r, listened(t, older.Addr().String()), make(chan struct{}))
	got := serving(failed)
	require.NoError(t, failed.Close())
	_, more := <-got
	assert.False(t, more, "Accept ends")

	dialled(t, older.Addr(), "queued")
	assert.False(t, older.leave())
	older.stop(false)
	names := serving(older)
	assert.Equal(t, "queued", receive(t, names), "what waits is accepted where nobody else will")
	older.awaitStopped(time.After(soon))
	select {
	case <-older.stopped:
	default:
		t.Error("it goes on accepting")
	}
}

// leaving is a server at the moment at which its configuration stops.
func leaving(h *Handover, listeners ...*handoverListener) (done <-chan struct{}) {
	h.listeners = listeners
	left := make(chan struct{})
	go func() {
		defer close(left)
		h.leave()
	}()
	return left
}

// Listeners from which nobody accepts at the moment, since another wrapper is at
// work, have one patience together.
func TestListenersThatDoNotStopHoldUpOnePatience(t *testing.T) {
	t.Parallel()
	r := newRegistry()
	h := &Handover{patience: 50 * time.Millisecond}
	h.first.init(h.patience)
	done := leaving(h, joined(t, r, listened(t, "127.0.0.1:0"), nil), joined(t, r, listened(t, "127.0.0.1:0"), nil))
	select {
	case <-done:
	case <-time.After(soon):
		assert.Fail(t, "it waits for ever")
	}
}

// Whoever listens on the address without this wrapper, the configuration that follows
// or another process, has its connections at once, and not when the last of the first
// requests has been waited for.
func TestASocketWithoutSuccessorClosesBeforeFirstRequestsAreAwaited(t *testing.T) {
	t.Parallel()
	r := newRegistry()
	older := joined(t, r, listened(t, "127.0.0.1:0"), nil)
	serving(older)
	besideGot := serving(listened(t, older.Addr().String()))
	h := &Handover{patience: time.Minute}
	silent, other := net.Pipe()
	defer silent.Close()
	defer other.Close()
	h.first.init(h.patience)
	h.first.note(silent, http.StateNew)
	done := leaving(h, older)
	require.Eventually(t, func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		return len(r.byAddress) == 0
	}, soon, time.Millisecond, "the socket is still open")
	select {
	case <-done:
		assert.Fail(t, "the first request is waited for")
	default:
	}
	dialled(t, older.Addr(), "call")
	assert.Equal(t, "call", receive(t, besideGot))
	h.first.note(silent, http.StateActive)
	<-done
}

func TestSocketsThatCannotBeShared(t *testing.T) {
	t.Parallel()
	ln := listened(t, "127.0.0.1:0")
	_, err := newRegistry().join(tls.NewListener(ln, &tls.Config{MinVersion: tls.VersionTLS12}), nil)
	require.ErrorIs(t, err, errNotFirst)

	// Without SO_REUSEPORT, as systemd hands it on, it is left as it is.
	inherited, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	l := joined(t, newRegistry(), inherited, nil)
	assert.Same(t, inherited, l.queue)
	assert.Nil(t, l.socket.file)
}

// What `servers { keepalive_interval }` says is true of the kept socket as well.
func TestHandoverKeepsKeepAlive(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		config net.KeepAliveConfig
		want   bool
	}{
		"default": {net.KeepAliveConfig{Enable: true}, true},
		"off":     {net.KeepAliveConfig{Enable: false}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := joined(t, newRegistry(), listened(t, "127.0.0.1:0"), nil)
			l.keepAlive = c.config
			dialled(t, l.Addr(), "")
			conn, err := l.Accept()
			require.NoError(t, err)
			defer conn.Close()
			assert.Equal(t, c.want, keepsAlive(t, conn))
		})
	}
}

func keepsAlive(t *testing.T, conn net.Conn) (set bool) {
	t.Helper()
	require.NoError(t, control(conn.(*net.TCPConn), func(fd int) error {
		value, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_KEEPALIVE)
		set = value != 0
		return err
	}))
	return set
}
