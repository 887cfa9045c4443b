package gatehouse

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/internal/contract"
)

// callWithin bounds every call, whatever it expects.
const callWithin = 30 * time.Second

// Answer is what came back for a call: the wire and what it says.
type Answer struct {
	contract.Answer
	Exchange contract.Exchange
}

// Text is a claim that is a string; "" where there is none.
func (a Answer) Text(claim string) string {
	var text string
	_ = json.Unmarshal(a.Claims[claim], &text)
	return text
}

type call struct {
	method   string
	protocol contract.Protocol
	header   http.Header
	halt     bool
	step     *string
	within   time.Duration
	client   *http.Client
}

// CallOption changes one call.
type CallOption func(*call, *Process)

// Basic sends HTTP Basic credentials.
func Basic(username, password string) CallOption {
	return func(c *call, _ *Process) {
		r := http.Request{Header: c.header}
		r.SetBasicAuth(username, password)
	}
}

// Header sets a header of the call; an empty value removes it.
func Header(name, value string) CallOption {
	return func(c *call, _ *Process) {
		if c.header.Del(name); value != "" {
			c.header.Set(name, value)
		}
	}
}

// AddHeader adds a line of a header to those that the call has.
func AddHeader(name, value string) CallOption {
	return func(c *call, _ *Process) { c.header.Add(name, value) }
}

// Method is the method of the call. Default: POST.
func Method(method string) CallOption { return func(c *call, _ *Process) { c.method = method } }

// Protocol is the connector's protocol. Default: contract.UserFlow.
func Protocol(p contract.Protocol) CallOption { return func(c *call, _ *Process) { c.protocol = p } }

// HaltConfigured says that the connector may halt at any step.
func HaltConfigured() CallOption { return func(c *call, _ *Process) { c.halt = true } }

// Unread says that the call cannot be read, so that its step is unknown.
func Unread() CallOption { return func(c *call, _ *Process) { c.step = new(string) } }

// Within is the time in which the answer has to come. Default: the default
// budget of the protocol.
func Within(d time.Duration) CallOption { return func(c *call, _ *Process) { c.within = d } }

// Certificate shows a client certificate, on a connection of its own.
func Certificate(certificate tls.Certificate) CallOption {
	return func(c *call, p *Process) {
		c.client = p.newClient(certificate)
	}
}

// Post makes a call and requires an answer that keeps the contract.
func (p *Process) Post(t testing.TB, path, body string, options ...CallOption) Answer {
	t.Helper()
	exchange, err := p.Try(t.Context(), path, body, options...)
	require.NoError(t, err, p.Logs())
	return Judge(t, exchange)
}

// Judge requires that the answer to an authenticated call keeps the contract.
func Judge(t testing.TB, exchange contract.Exchange) Answer {
	t.Helper()
	answer, err := contract.Check(exchange)
	require.NoError(t, err, "HTTP %d %s\n%s", exchange.Status, exchange.Header, exchange.Body)
	return Answer{Answer: answer, Exchange: exchange}
}

// Refused makes a call and requires that it is turned away with 401.
func (p *Process) Refused(t testing.TB, path, body string, options ...CallOption) contract.Exchange {
	t.Helper()
	exchange, err := p.Try(t.Context(), path, body, options...)
	require.NoError(t, err, p.Logs())
	require.NoError(t, contract.CheckRefusal(exchange), "HTTP %d %s\n%s", exchange.Status, exchange.Header, exchange.Body)
	return exchange
}

// Try makes a call and judges nothing. Unlike the others it may be used on any
// goroutine.
func (p *Process) Try(ctx context.Context, path, body string, options ...CallOption) (contract.Exchange, error) {
	c := call{method: http.MethodPost, protocol: contract.UserFlow, client: p.client, header: http.Header{
		"Content-Type": {"application/json"},
		// As a client would that takes anything: an answer must be plain all the same.
		"Accept-Encoding": {"gzip, deflate, br, zstd"},
	}}
	for _, option := range options {
		option(&c, p)
	}
	if c.client != p.client {
		defer c.client.CloseIdleConnections()
	}
	ctx, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	began := time.Now()
	resp, err := p.do(ctx, c, path, body)
	if err != nil {
		return contract.Exchange{}, fmt.Errorf("calling %s: %w", path, err)
	}
	exchange, err := contract.FromResponse(c.protocol, resp)
	exchange.Elapsed = time.Since(began)
	exchange.HaltConfigured = c.halt
	if exchange.Budget = c.within; c.within == 0 {
		exchange.Budget = defaultBudget[c.protocol]
	}
	switch {
	case c.step != nil:
		exchange.Step = *c.step
	case c.protocol == contract.UserFlow:
		exchange.Step = stepOf(body)
	}
	return exchange, err
}

// afterReload is how long Caddy may take to close the listeners of the old
// configuration once a reload is done.
const afterReload = 3 * time.Second

// do sends a call. At a reload Caddy has two sockets for one address
// (SO_REUSEPORT), and what still waits at the old one when it closes is reset
// before anybody has read it: then, and only then, it is sent again.
func (p *Process) do(ctx context.Context, c call, path, body string) (*http.Response, error) {
	for {
		req, err := http.NewRequestWithContext(ctx, c.method, "https://"+p.site+path, strings.NewReader(body))
		if err != nil {
			return nil, err
		}
		req.Header = c.header
		resp, err := c.client.Do(req)
		if !p.lostAtReload(err) {
			return resp, err
		}
	}
}

// lostAtReload tells whether a request met the old socket, or a connection in the
// moment that the old server closed it; that error has no name outside net/http.
func (p *Process) lostAtReload(err error) bool {
	lost := errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) ||
		err != nil && strings.Contains(err.Error(), "server closed idle connection")
	return lost && time.Since(time.Unix(0, p.reloaded.Load())) < afterReload
}

// defaultBudget is two attempts less a tenth, of 5 s and of 10 s.
var defaultBudget = map[contract.Protocol]time.Duration{
	contract.UserFlow:     9 * time.Second,
	contract.CustomPolicy: 18 * time.Second,
}

// stepOf is the step that a call names; a call that is no JSON names none.
func stepOf(body string) string {
	var named struct {
		Step string `json:"step"`
	}
	_ = json.NewDecoder(strings.NewReader(body)).Decode(&named)
	return named.Step
}

// Raw opens a TLS connection, writes text as it is and reads one answer, without
// ever sending more. It is for calls that net/http would not make.
func (p *Process) Raw(t testing.TB, text string) contract.Exchange {
	t.Helper()
	conn := p.Dial(t)
	began := time.Now()
	_, err := io.WriteString(conn, text)
	require.NoError(t, err)
	return ReadAnswer(t, conn, began)
}

func (p *Process) newClient(certificates ...tls.Certificate) *http.Client {
	transport := p.Transport()
	transport.TLSClientConfig.Certificates = certificates
	return &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport:     transport,
	}
}

// Transport is a new transport to the process, for a client of the test's own.
// Unlike the calls of [Process.Try] what it sends is sent once.
func (p *Process) Transport() *http.Transport {
	return &http.Transport{
		TLSClientConfig:     p.TLS(),
		ForceAttemptHTTP2:   p.settings.http2,
		DisableCompression:  true,
		MaxIdleConnsPerHost: 64,
		IdleConnTimeout:     callWithin,
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, p.Address())
		},
	}
}

// URL is the address of the site, without a path.
func (p *Process) URL() string { return "https://" + p.site }

// Client is a client for what Try does not send. It follows no redirect and keeps
// no connection.
func (p *Process) Client(certificates ...tls.Certificate) *http.Client {
	client := p.newClient(certificates...)
	client.Timeout = callWithin
	if transport, isTransport := client.Transport.(*http.Transport); isTransport {
		transport.DisableKeepAlives = true
	}
	return client
}

// TLS is a client's configuration that trusts the site.
func (p *Process) TLS() *tls.Config {
	return &tls.Config{RootCAs: p.trust, ServerName: "localhost", MinVersion: tls.VersionTLS12}
}
