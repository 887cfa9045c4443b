package caddymodule

import (
	"net/http"
	"strconv"
	"sync"

	"go.uber.org/zap/zapcore"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/memo"
	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/protocol"
)

// recognise finds the verdict of a call by its very bytes, as the provider's second
// attempt has those of its first. The digest is of everything that reading a call
// looks at, so it finds what reading would find, and never more: what is new, or not
// remembered, is read. That spares a hit more than half of our own time.
func (c *Connector) recognise(r *http.Request, x *exchange) (l landed, known bool) {
	if r.Method != http.MethodPost || c.Cache.Off || c.logger.Core().Enabled(zapcore.DebugLevel) { // which names the claims
		return landed{}, false
	}
	h := c.startKey(r, x).String("as sent").String(r.URL.RawQuery).String(strconv.Itoa(len(r.Header["Content-Type"])))
	for _, line := range r.Header["Content-Type"] {
		h.String(line)
	}
	x.asSent = h.Bytes(x.raw).Sum()
	l, key, step, known := c.state.memo.Recall(x.asSent)
	if known {
		x.key, x.step = key, protocol.Step(step)
		x.giveBack()
	}
	return l, known
}

// rooms are for bodies. Only one that is recognised gives its room back: the claims of
// all others are parts of it.
var rooms = sync.Pool{New: func() any { return new([]byte) }}

func (x *exchange) room(size int64) []byte {
	x.kept, _ = rooms.Get().(*[]byte)
	if int64(cap(*x.kept)) < size {
		*x.kept = make([]byte, 0, size)
	}
	return *x.kept
}

// giveBack forgets the body.
func (x *exchange) giveBack() {
	const most = 16 << 10
	clear(x.raw)
	if *x.kept = x.raw[:0]; cap(x.raw) <= most {
		rooms.Put(x.kept)
	}
	x.raw, x.kept = nil, nil
}

// startKey begins a key with what is not in the claims.
func (c *Connector) startKey(r *http.Request, x *exchange) *memo.Hasher {
	h := keyer.Start().
		String(c.state.poolKey).
		String(string(x.caller.by)).
		String(x.caller.name).
		String(r.Method).
		String(r.Host).
		String(strconv.FormatBool(r.TLS != nil)). // reverse_proxy's X-Forwarded-Proto
		String(r.URL.Path).
		String(r.URL.RawPath).
		String(strconv.Itoa(len(x.forward)))
	for _, line := range x.forward {
		h.String(line.name).String(line.value)
	}
	return h
}

// key names the call. Every field that the upstream gets is in it; the
// configuration is in the choice of the memo.
func (c *Connector) key(r *http.Request, x *exchange) memo.Key {
	h := c.startKey(r, x).
		String("as read").
		String(x.query).
		String(x.step.String()).
		String(x.appID).
		String(x.languages.String())
	for _, claim := range c.shown { // even those that go no further
		h.String(c.rules.Shown(x.sent, claim))
	}
	if c.Request.Format != formatJSON { // a form does not tell 17 from "17"; rules do
		h.Bytes(x.claims.Canonical())
	}
	return h.Bytes(x.body).Sum()
}
