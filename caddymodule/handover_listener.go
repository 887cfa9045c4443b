package caddymodule

import (
	"net"
	"reflect"
	"sync"
	"syscall"
	"time"
)

// rawListener is what *net.TCPListener and *net.UnixListener have in common.
type rawListener interface {
	net.Listener
	syscall.Conn
	SetDeadline(t time.Time) error
}

// rawOf is the socket that Caddy has opened. Caddy wraps it in a struct that embeds
// it (deleteListener in listen_unix.go) and hides its methods. Behind another wrapper
// it is not to be had: that one would be left out.
func rawOf(ln net.Listener) (rawListener, bool) {
	if raw, is := ln.(rawListener); is {
		return raw, true
	}
	wrapper := reflect.Indirect(reflect.ValueOf(ln))
	if wrapper.Kind() != reflect.Struct {
		return nil, false
	}
	embedded := wrapper.FieldByName("Listener")
	if !embedded.IsValid() || !embedded.CanInterface() {
		return nil, false
	}
	raw, is := embedded.Interface().(rawListener)
	return raw, is
}

// handoverListener accepts for one configuration from a socket that may serve another
// one before it and after it.
type handoverListener struct {
	net.Listener // what Caddy has opened
	queue        rawListener
	socket       *listeningSocket
	keepAlive    net.KeepAliveConfig

	ready   <-chan struct{} // closed: this configuration may accept
	leaving chan struct{}   // closed: it may not any more
	stopped chan struct{}   // closed: the server has been given all that it gets
	closed  chan struct{}
	once    struct{ leave, stopped, close sync.Once }
	heir    bool // another configuration accepts from the socket
}

// Accept implements net.Listener.
func (l *handoverListener) Accept() (net.Conn, error) {
	select {
	case <-l.ready:
	case <-l.closed:
		return nil, net.ErrClosed
	}
	conn, err := l.queue.Accept()
	if err == nil {
		l.tune(conn)
		return conn, nil
	}
	select {
	case <-l.leaving:
		// Serve of net/http calls Accept when it has dealt with the connection
		// before, so there is none of which the server does not know.
		l.once.stopped.Do(func() { close(l.stopped) })
		<-l.closed
		return nil, net.ErrClosed
	default:
		return nil, err
	}
}

// tune gives a connection the keep-alive that the socket itself does not know.
func (l *handoverListener) tune(conn net.Conn) {
	if l.queue == l.Listener || l.keepAlive == (net.KeepAliveConfig{Enable: true}) {
		return
	}
	if tcp, is := conn.(*net.TCPConn); is {
		_ = tcp.SetKeepAliveConfig(l.keepAlive) // it may have ended already
	}
}

// drainFor is how long a socket without a successor is still accepted from: what
// waits in its queue is taken at once.
const drainFor = 20 * time.Millisecond

// leave says that this listener is not one for others to count on, and whether it can
// count on another.
func (l *handoverListener) leave() (succeeded bool) {
	l.once.leave.Do(func() { l.heir = l.socket.leave() })
	return l.heir
}

// stop accepts nothing more. A successor has what waits in the queue.
func (l *handoverListener) stop(succeeded bool) {
	close(l.leaving)
	until := time.Now()
	if !succeeded {
		until = until.Add(drainFor)
	}
	_ = l.queue.SetDeadline(until) // fails where it is closed
}

// awaitStopped waits until the server knows every connection that was accepted.
func (l *handoverListener) awaitStopped(late <-chan time.Time) {
	select {
	case <-l.stopped:
	case <-l.closed:
	case <-late:
	}
}

// Close implements net.Listener.
func (l *handoverListener) Close() (err error) {
	l.once.close.Do(func() {
		close(l.closed)
		err = l.queue.Close()
		l.leave() // unless it has
		l.socket.release()
		// Caddy counts who listens (caddy.ListenerUsage); its own socket may have
		// been closed long ago.
		_ = l.Listener.Close()
	})
	return err
}
