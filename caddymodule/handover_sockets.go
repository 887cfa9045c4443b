package caddymodule

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"syscall"

	"github.com/caddyserver/caddy/v2"
)

// listening are the sockets of this process: they outlive a configuration.
var listening = socketRegistry{byAddress: make(map[string]*listeningSocket)}

type socketRegistry struct {
	mu        sync.Mutex
	byAddress map[string]*listeningSocket
}

// listeningSocket serves one address for one configuration after the other.
type listeningSocket struct {
	registry *socketRegistry
	address  string
	file     *os.File // nil: Caddy shares it by itself
	users    int      // listeners that are not closed
	staying  int      // listeners that are not leaving
}

var errNotFirst = errors.New("handover cannot find the socket: put it first in listener_wrappers, and tls behind it")

// join gives what Caddy has opened for an address the socket of that address. Where
// another configuration serves it, the listener accepts once started is closed: a
// configuration that fails to start must not have taken a call.
func (r *socketRegistry) join(ln net.Listener, started <-chan struct{}) (*handoverListener, error) {
	raw, found := rawOf(ln)
	if !found {
		return nil, errNotFirst
	}
	kind, err := kindOf(raw)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	key := kind.network + "/" + raw.Addr().String()
	s, known := r.byAddress[key]
	if !known {
		s = &listeningSocket{registry: r, address: key}
	}
	l := &handoverListener{
		Listener: ln, queue: raw, socket: s, ready: started,
		leaving: make(chan struct{}), stopped: make(chan struct{}), closed: make(chan struct{}),
	}
	if kind.reusable {
		if l.queue, err = s.share(raw, kind.network); err != nil {
			return nil, err
		}
	}
	if s.staying == 0 {
		l.ready = closedChannel
	}
	r.byAddress[key] = s
	s.users++
	s.staying++
	return l, nil
}

var closedChannel = func() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// share makes another listener of the socket, and closes the one that was opened
// beside it.
func (s *listeningSocket) share(raw rawListener, network string) (rawListener, error) {
	file := s.file
	if file == nil {
		var err error
		if file, err = keptFile(raw, network); err != nil {
			return nil, err
		}
	}
	ln, err := net.FileListener(file)
	if err != nil {
		if s.file == nil {
			_ = file.Close() // Caddy's own descriptor goes on
		}
		return nil, fmt.Errorf("sharing the socket: %w", err)
	}
	shared, is := ln.(rawListener)
	if !is {
		ln.Close()
		return nil, fmt.Errorf("sharing the socket: it is a %T", ln)
	}
	s.file = file
	raw.Close()
	return shared, nil
}

// keptFile is the socket to keep: the one that Caddy has opened, unless that speaks
// Multipath TCP, as Go's do where Linux can (since Go 1.24). The kernel takes no
// program for such a socket (EOPNOTSUPP), but it does for a plain one beside it.
func keptFile(raw rawListener, network string) (*os.File, error) {
	err := firstHasAll(raw)
	if errors.Is(err, syscall.EOPNOTSUPP) {
		var plain net.Listener
		if plain, err = listenPlain(network, raw.Addr().String()); err != nil {
			return nil, fmt.Errorf("listening without Multipath TCP: %w", err)
		}
		defer plain.Close() // the file is another descriptor of it
		var found bool
		if raw, found = rawOf(plain); !found {
			return nil, errNotFirst
		}
		err = firstHasAll(raw)
	}
	if err != nil {
		return nil, fmt.Errorf("steering connections (SO_ATTACH_REUSEPORT_CBPF): %w", err)
	}
	tcp, is := raw.(*net.TCPListener)
	if !is {
		return nil, fmt.Errorf("sharing the socket: it is a %T", raw)
	}
	return tcp.File()
}

// listenPlain listens as Caddy does, with its handling of privileged ports.
func listenPlain(network, address string) (net.Listener, error) {
	at, err := caddy.ParseNetworkAddress(network + "/" + address)
	if err != nil {
		return nil, err
	}
	var config net.ListenConfig
	config.SetMultipathTCP(false)
	opened, err := at.Listen(context.Background(), 0, config)
	if err != nil {
		return nil, err
	}
	ln, is := opened.(net.Listener)
	if !is {
		return nil, fmt.Errorf("it is a %T", opened)
	}
	return ln, nil
}

// leave says that one listener accepts nothing more, and whether another one does.
func (s *listeningSocket) leave() (succeeded bool) {
	s.registry.mu.Lock()
	defer s.registry.mu.Unlock()
	s.staying--
	return s.staying > 0
}

// release closes the socket with the last of its listeners.
func (s *listeningSocket) release() {
	s.registry.mu.Lock()
	defer s.registry.mu.Unlock()
	if s.users--; s.users > 0 {
		return
	}
	delete(s.registry.byAddress, s.address)
	if s.file != nil {
		_ = s.file.Close() // nobody accepts from it any more
	}
}
