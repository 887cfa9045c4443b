package caddymodule

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/judge"
	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/verdict"
)

// errAnswerTooLarge stops the handler behind us once the recorder is full.
var errAnswerTooLarge = errors.New("the upstream's answer is larger than max_response")

// recorder takes the answer of the handler behind us. It has a header map of its
// own and no way to the client's connection, so that a handler can run on after
// the client is gone.
type recorder struct {
	header   http.Header
	status   int
	body     []byte
	limit    int64
	tooLarge bool
}

// Header implements http.ResponseWriter.
func (rec *recorder) Header() http.Header { return rec.header }

// WriteHeader implements http.ResponseWriter. Of the informational responses
// only 101 is an answer, since nothing follows it.
func (rec *recorder) WriteHeader(status int) {
	if rec.status == 0 && (status >= 200 || status == http.StatusSwitchingProtocols) {
		rec.status = status
	}
}

// Write implements http.ResponseWriter.
func (rec *recorder) Write(p []byte) (int, error) {
	rec.WriteHeader(http.StatusOK)
	if int64(len(rec.body))+int64(len(p)) > rec.limit {
		rec.tooLarge = true
		return 0, errAnswerTooLarge
	}
	rec.body = append(rec.body, p...)
	return len(p), nil
}

// FlushError makes http.ResponseController's Flush succeed; there is nothing to
// flush.
func (rec *recorder) FlushError() error { return nil }

// snapshot makes a request of our own for the handler behind us, which runs on
// another goroutine and outlives the client's request. It has to be made on the
// client's goroutine: Caddy writes to its request when the handler returns. Only
// what tells calls apart goes along; in particular no address of the caller, for
// which reverse_proxy would add X-Forwarded-For.
func (f *flight) snapshot(r *http.Request, x *exchange) {
	// No cause: reverse_proxy tells a timeout by net.Error, and a cause would
	// hide it.
	ctx, cancel := context.WithTimeout(f.own.within(context.WithoutCancel(r.Context())), time.Duration(f.c.Timeouts.Upstream))
	req := new(http.Request).WithContext(ctx)
	req.Method, req.Host = http.MethodPost, r.Host
	// Of the URL only what is in the key: an opaque or absolute one is not.
	req.URL = &url.URL{Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: x.query}
	req.Proto, req.ProtoMajor, req.ProtoMinor = "HTTP/1.1", 1, 1
	req.Header, req.ContentLength = f.headerUp(x), int64(len(x.body))
	// Without GetBody, Go's transport sends nothing a second time when a
	// kept-alive connection dies: an Idempotency-Key alone would let it.
	req.Body = io.NopCloser(bytes.NewReader(x.body))
	if f.c.Request.Format == formatQuery {
		// A GET would be sent again, unless it may have a body: of unknown length,
		// so that reverse_proxy leaves it there. There is none, and none is sent.
		req.Method, req.ContentLength = http.MethodGet, -1
	}
	if f.c.Request.Idempotent {
		body := x.body
		req.ContentLength = int64(len(body))
		req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	}
	if r.TLS != nil {
		req.TLS = &tls.ConnectionState{HandshakeComplete: true} // https, and nothing of the caller's certificate
	}
	req.RequestURI = req.URL.RequestURI()
	server, _ := r.Context().Value(caddyhttp.ServerCtxKey).(*caddyhttp.Server)
	replacer := caddy.NewReplacer()
	// The context before PrepareRequest: its placeholders keep this very request.
	req = caddyhttp.PrepareRequest(req, replacer, &f.rec, server)
	keepGroups(r, req)
	replacer.Set("http.auth.user.id", x.caller.String())
	f.req, f.cancel = req, cancel
}

// keepGroups takes over which groups of routes have matched. Of the `handle`
// blocks of a site one at most may run: without this, the ones beside the
// connector's would answer for a validator that is not there.
func keepGroups(from, to *http.Request) {
	groups := caddy.CtxKey("route_group")
	matched, _ := from.Context().Value(groups).(map[string]struct{})
	fresh, _ := to.Context().Value(groups).(map[string]struct{})
	if fresh != nil {
		maps.Copy(fresh, matched)
	}
}

// headerUp is the whole header that goes upstream.
func (f *flight) headerUp(x *exchange) http.Header {
	header := make(http.Header, len(x.forward)+8)
	lines := make([]string, 0, 6)
	set := func(name, value string) { // each has its own place, since a handler behind may change it there
		lines = append(lines, value)
		header[name] = lines[len(lines)-1 : len(lines) : len(lines)]
	}
	switch f.c.Request.Format {
	case formatJSON:
		set("Content-Type", "application/json")
	case formatForm:
		set("Content-Type", "application/x-www-form-urlencoded")
	}
	if f.c.Request.Format != formatQuery {
		set("Content-Length", strconv.Itoa(len(x.body)))
	}
	set("Accept", "application/json")
	set("User-Agent", "Gatehouse")
	if languages := acceptLanguage(f.tags); languages != "" {
		set("Accept-Language", languages)
	}
	if f.c.Request.Idempotent || f.c.Request.Format == formatQuery || len(x.body) > 0 { // else the transport would send it again
		set("Idempotency-Key", f.seat.Episode().String())
	}
	for _, h := range x.forward {
		header[h.name] = append(header[h.name], h.value)
	}
	if f.own.traced() { // in the place of a forwarded one: two are none (W3C Trace Context, section 3.2)
		header["Traceparent"] = []string{f.own.traceparent()}
	}
	return header
}

// acceptLanguage makes a header of tags, best first (RFC 9110, section 12.5.4).
func acceptLanguage(tags []string) string {
	if len(tags) == 1 { // as nearly always
		return tags[0]
	}
	const most = 9 // one digit of quality value
	var header strings.Builder
	for i, tag := range tags[:min(len(tags), most)] {
		if i == 0 {
			header.WriteString(tag)
			continue
		}
		fmt.Fprintf(&header, ", %s;q=0.%d", tag, most+1-i)
	}
	return header.String()
}

// forward runs the handler behind us and says what came of it.
func (f *flight) forward(next caddyhttp.Handler) (finding judge.Finding) {
	defer func() {
		// A panic here, on a goroutine of ours, would end the process.
		if p := recover(); p != nil {
			finding = f.panicked(p)
		}
	}()
	err := next.ServeHTTP(&f.rec, f.req)
	switch {
	case err != nil:
		return f.failed(err)
	case f.rec.tooLarge:
		return judge.Failed(verdict.TooLarge)
	case caddyhttp.GetVar(f.req.Context(), "unhandled") == true: // even if one on the way wrote something
		return judge.Failed(verdict.NoHandler)
	case f.rec.status == statusClientGone:
		// Nobody but us can have gone: the time is over, or Caddy shuts down.
		return judge.Failed(f.timeoutOr(verdict.Unreachable))
	case f.rec.status == 0 && switched(f.req):
		return f.c.judge.Answer(f.about(http.StatusSwitchingProtocols, http.Header{}, nil))
	case f.rec.status == 0:
		// net/http would make it a 200, which would be a continue.
		return judge.Failed(verdict.Internal)
	}
	return f.c.judge.Answer(f.about(f.rec.status, f.rec.header, f.rec.body))
}

// switched tells whether the upstream switched protocols, which nobody asked for:
// reverse_proxy then writes nothing and returns no error, but leaves the status in
// its placeholder.
func switched(req *http.Request) bool {
	replacer, ok := req.Context().Value(caddy.ReplacerCtxKey).(*caddy.Replacer)
	if !ok {
		return false
	}
	status, _ := replacer.Get("http.reverse_proxy.status_code")
	return status == http.StatusSwitchingProtocols
}

// about is an answer to the question.
func (q question) about(status int, header http.Header, body []byte) judge.Answer {
	return judge.Answer{
		Status: status, Header: header, Body: body,
		Languages: q.tags, Step: q.step.String(), Claims: q.claims,
	}
}

// statusClientGone is what reverse_proxy records, with no error, when the
// request's context ends.
const statusClientGone = 499

// failed tells apart the errors of the handlers behind us. reverse_proxy's are
// 502, 503 and 504; any other status is one that a handler chose as its answer.
func (f *flight) failed(err error) judge.Finding {
	status := http.StatusInternalServerError
	var handlerErr caddyhttp.HandlerError
	if errors.As(err, &handlerErr) {
		status = handlerErr.StatusCode
	}
	f.c.logFailed(f.question, status, err)
	switch {
	case f.rec.tooLarge:
		return judge.Failed(verdict.TooLarge)
	case status == http.StatusGatewayTimeout:
		return judge.Failed(verdict.Timeout)
	case status == http.StatusBadGateway || status == http.StatusServiceUnavailable:
		return judge.Failed(f.timeoutOr(verdict.Unreachable))
	case status >= 400 && status < 500:
		return f.c.judge.Answer(f.about(status, http.Header{}, nil))
	default:
		return judge.Failed(verdict.Internal)
	}
}

// panicked tells the panic by which reverse_proxy reports a body that broke off
// (http.ErrAbortHandler) from a bug.
func (f *flight) panicked(p any) judge.Finding {
	if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		switch {
		case f.rec.tooLarge:
			return judge.Failed(verdict.TooLarge)
		case f.rec.status != 0:
			return judge.Failed(f.timeoutOr(verdict.Truncated))
		default:
			return judge.Failed(f.timeoutOr(verdict.Unreachable))
		}
	}
	f.c.logPanicked(f.question, debug.Stack())
	return judge.Failed(verdict.Internal)
}

func (f *flight) timeoutOr(reason verdict.Reason) verdict.Reason {
	if errors.Is(f.req.Context().Err(), context.DeadlineExceeded) {
		return verdict.Timeout
	}
	return reason
}
