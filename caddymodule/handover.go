package caddymodule

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyevents"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.uber.org/zap"
)

func init() { caddy.RegisterModule(new(Handover)) }

// Handover is a listener wrapper that lets a reload lose no new connection.
//
// Caddy opens a second socket for an address that it serves already and closes the
// first; what waits in the queue of that one is reset. Here the first socket serves
// the address for as long as a configuration has it: the kernel is told to give it
// every connection of the address, and what Caddy opens beside it is closed again
// without having had any. Two processes that serve one address with this wrapper do
// not share its calls: the older has all of them until it ends.
//
// The old configuration accepts nothing more once the new one runs, and its servers
// shut down when each connection that they have accepted has had its first request
// read, since net/http ends a connection that sends it later without an answer. That
// takes as long as a handshake, and for each server 2 seconds at most, or the
// grace_period.
//
// It has to be the first of the wrappers, before `tls`. Sockets that are inherited,
// and Unix sockets, are the same through all reloads by themselves; for them only the
// second half is of use. It needs Linux; elsewhere it changes nothing.
type Handover struct {
	logger   *zap.Logger
	server   *caddyhttp.Server // nil: of another app than http
	patience time.Duration
	delayed  bool // shutdown_delay is set
	once     struct{ started, stopping sync.Once }
	started  chan struct{}
	first    firstRequests

	mu        sync.Mutex
	listeners []*handoverListener
}

// handoverPatience is how long a connection may take to its first request: the
// handshakes of TCP and TLS are three round trips.
const handoverPatience = 2 * time.Second

// CaddyModule implements caddy.Module.
func (*Handover) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "caddy.listeners.handover", New: func() caddy.Module { return new(Handover) }}
}

// UnmarshalCaddyfile sets up the wrapper from Caddyfile tokens. Syntax:
//
//	handover
func (*Handover) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next() // its name
	if d.NextArg() || d.NextBlock(d.Nesting()) {
		return d.Errf("handover has no options: got %q; delete it", d.Val())
	}
	return nil
}

// Provision implements caddy.Provisioner.
func (h *Handover) Provision(ctx caddy.Context) error {
	h.logger = ctx.Logger()
	h.patience = handoverPatience
	h.started = make(chan struct{})
	h.first.init(h.patience)
	if app, server := serverInProvision(ctx); server != nil {
		h.server = server
		h.delayed = app.ShutdownDelay > 0
		if grace := time.Duration(app.GracePeriod); grace > 0 {
			h.patience = min(h.patience, grace)
		}
		server.RegisterConnState(h.first.note)
	}
	app, err := ctx.App("events")
	if err != nil {
		return fmt.Errorf("loading the events app: %w", err)
	}
	events, is := app.(*caddyevents.App)
	if !is {
		return fmt.Errorf("the events app is a %T", app)
	}
	for _, name := range []string{"started", "stopping"} {
		if err := events.On(name, h); err != nil {
			return err
		}
	}
	return nil
}

// serverInProvision finds the server whose wrappers are being loaded: Caddy names
// one server after the other, and drops the raw wrappers once they are loaded.
func serverInProvision(ctx caddy.Context) (*caddyhttp.App, *caddyhttp.Server) {
	for _, module := range ctx.Modules() {
		app, isHTTP := module.(*caddyhttp.App)
		if !isHTTP {
			continue
		}
		for _, server := range app.Servers {
			if server.Name() != "" && len(server.ListenerWrappersRaw) > 0 {
				return app, server
			}
		}
	}
	return nil, nil
}

// WrapListener implements caddy.ListenerWrapper.
func (h *Handover) WrapListener(ln net.Listener) net.Listener {
	l, err := listening.join(ln, h.started)
	if err != nil {
		h.logger.Warn("connections that wait while a reload closes this socket will be lost",
			zap.Stringer("address", ln.Addr()), zap.Error(err))
		return ln
	}
	l.keepAlive = h.keepAlive()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.listeners = append(h.listeners, l)
	return l
}

// keepAlive is what Caddy says of a socket that it opens (modules/caddyhttp/app.go).
func (h *Handover) keepAlive() net.KeepAliveConfig {
	if h.server == nil {
		return net.KeepAliveConfig{Enable: true}
	}
	return net.KeepAliveConfig{
		Enable:   h.server.KeepAliveInterval >= 0,
		Interval: time.Duration(h.server.KeepAliveInterval),
		Idle:     time.Duration(h.server.KeepAliveIdle),
		Count:    h.server.KeepAliveCount,
	}
}

// Handle implements caddyevents.Handler. Caddy waits for it: "started" is when the
// new configuration runs as a whole, "stopping" is before the servers of the old one
// shut down.
func (h *Handover) Handle(_ context.Context, event caddy.Event) error {
	if event.Origin() != nil { // a module's event of the same name, not Caddy's
		return nil
	}
	switch event.Name() {
	case "started":
		h.once.started.Do(func() { close(h.started) })
	case "stopping":
		h.once.stopping.Do(h.leave)
	}
	return nil
}

// leave stops accepting where a newer configuration does, or where nobody will, and
// waits for first requests. The servers of one configuration leave one after the
// other; until its turn comes each goes on as before.
func (h *Handover) leave() {
	h.mu.Lock()
	defer h.mu.Unlock()
	var left []*handoverListener
	for _, l := range h.listeners {
		// Caddy wants to go on accepting for the shutdown_delay.
		if succeeded := l.leave(); succeeded || !h.delayed {
			l.stop(succeeded)
			left = append(left, l)
		}
	}
	if len(left) == 0 {
		return
	}
	until := time.Now().Add(h.patience)
	late := func() <-chan time.Time { return time.After(time.Until(until)) } // a timer tells one reader
	for _, l := range left {
		l.awaitStopped(late())
		if !l.leave() {
			// While it is open the kernel gives it what others that listen on the address
			// could have, a configuration without this wrapper or another process.
			_ = l.Close()
		}
	}
	h.first.await(late())
}

// Interface guards
var (
	_ caddy.Provisioner              = (*Handover)(nil)
	_ caddy.ListenerWrapper          = (*Handover)(nil)
	_ caddyfile.Unmarshaler          = (*Handover)(nil)
	_ caddyevents.Handler            = (*Handover)(nil)
	_ func(net.Conn, http.ConnState) = (*firstRequests)(nil).note
)
