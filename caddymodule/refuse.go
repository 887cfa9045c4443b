package caddymodule

import (
	"errors"
	"net/http"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/protocol"
	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/verdict"
)

// refuse answers a request that is no call. A 401 has the same bytes whatever
// its cause, so that it tells nothing about accounts; it has no request id for
// that reason.
func (c *Connector) refuse(w http.ResponseWriter, r *http.Request, x *exchange, reason verdict.Reason) error {
	c.metrics.refusal(reason, true)
	c.logRefusal(r, x, reason, nil)
	header := w.Header()
	status, body := http.StatusUnauthorized, unauthorizedBody
	switch reason {
	case verdict.Method:
		header["Allow"] = []string{http.MethodPost}
		status, body = http.StatusMethodNotAllowed, methodBody
	case verdict.AuthBusy:
		header["Retry-After"] = []string{"1"}
		status, body = http.StatusTooManyRequests, busyBody
	default:
		header["Www-Authenticate"] = []string{challenge}
	}
	write(w, protocol.Answer{Kind: protocol.KindRefused, Status: status, Body: body})
	return nil
}

// The bodies of refusals have the form of the contract's error, so that a policy
// in debug mode shows them.
var (
	unauthorizedBody = refusalBody("401", "The caller is not authenticated.")
	busyBody         = refusalBody("429", "Too many requests. Try again in a second.")
	methodBody       = refusalBody("405", "This endpoint takes POST requests.")
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
	l := c.fault(protocol.StepNone, verdict.Internal)
	w.Header()["X-Request-Id"] = []string{x.id}
	write(w, l.answer)
	c.metrics.refusal(reason, false)
	c.metrics.answered(x, l.answer.Kind, fromFault)
	c.logRefusal(r, x, reason, err)
	return nil
}
