package caddymodule

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/message"
	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/protocol"
	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/verdict"
)

// refuse answers a request that is no call. A 401 has the same bytes whatever
// its cause, so that it tells nothing about accounts; it has no request id for
// that reason.
func (c *Connector) refuse(w http.ResponseWriter, r *http.Request, x *exchange, reason verdict.Reason) error {
	c.metrics.refusal(reason, true)
	c.logRefusal(r, x, reason, nil)
	c.traceRefusal(x, reason)
	header := w.Header()
	status, body := http.StatusUnauthorized, unauthorizedBody
	switch {
	case reason == verdict.Method:
		header["Allow"] = []string{strings.Join(c.dialect.Methods(), ", ")}
		status, body = http.StatusMethodNotAllowed, methodBody
	case reason == verdict.AuthBusy:
		header["Retry-After"] = []string{"1"}
		status, body = http.StatusTooManyRequests, busyBody
	default:
		header["Www-Authenticate"] = []string{challenge}
	}
	leaveBody(w, r, c.Request.MaxSize)
	write(w, protocol.Answer{Kind: protocol.KindRefused, Status: status, Body: body}, "")
	flush(w)
	return nil
}

// leaveBody sees to it that an answer leaves although the body has not been read.
// net/http reads up to 256 KiB of it first, so that a sender who stalls would hold
// back the answer; it does not where the connection is to be closed, nor does it
// then answer an `Expect: 100-continue`.
func leaveBody(w http.ResponseWriter, r *http.Request, limit int64) {
	switch {
	case r.ProtoMajor != 1 || r.ContentLength == 0:
	case r.ContentLength < 0 || r.ContentLength > limit || r.Header["Expect"] != nil:
		w.Header()["Connection"] = []string{"close"}
	default:
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(unreadPatience))
	}
}

// drain reads on after the answer to a call whose body was not read, for a moment:
// a connection that is closed with bytes unread is reset, and the caller, who still
// sends, loses the answer. Only for callers who are authenticated.
func drain(w http.ResponseWriter, r *http.Request) {
	const patience, most = 500 * time.Millisecond, 8 << 20
	if r.ProtoMajor != 1 || r.ContentLength == 0 || r.Header["Expect"] != nil {
		return
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(patience))
	_, _ = io.CopyN(io.Discard, r.Body, most)
}

// flush sends the answer while its read deadline holds: Caddy sets its own when
// the handler returns.
func flush(w http.ResponseWriter) { _ = http.NewResponseController(w).Flush() }

// The bodies of refusals have the form of the contract's error, so that a policy
// in debug mode shows them.
var (
	unauthorizedBody = refusalBody("401", "The caller is not authenticated.")
	busyBody         = refusalBody("429", "Too many requests. Try again in a second.")
	methodBody       = refusalBody("405", "This endpoint does not take this method.")
)

func refusalBody(status, text string) []byte {
	return []byte(`{"version":"` + protocol.DefaultVersion + `","status":` + status + `,"userMessage":"` + text + `"}`)
}

// answerRefused answers an authenticated caller whose request cannot be read: by
// on_fault, since even then the provider needs an answer that it understands.
func (c *Connector) answerRefused(w http.ResponseWriter, r *http.Request, x *exchange, err error) error {
	reason := verdict.Malformed
	var refusal *protocol.Refusal
	if errors.As(err, &refusal) {
		reason = refusal.Reason
	}
	c.metrics.refusal(reason, false) // before the answer: who reads it finds it counted
	kind := c.onFault.unreadable(c.dialect, x.step)
	c.send(w, r, x, c.dialect.Write(kind, protocol.Content{Message: c.say(question{}, message.Fault, "")}))
	c.metrics.answered(x, kind, fromFault)
	c.logRefusal(r, x, reason, err)
	c.traceRefusal(x, reason)
	if !x.bodyRead {
		drain(w, r)
	}
	return nil
}
