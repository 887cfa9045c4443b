package simulator

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/gatehouse-proxy/gatehouse/internal/contract"
)

// How long the provider waits and how often it tries, AD/api-connectors-overview.
const (
	UserFlowAttempt     = 5 * time.Second
	CustomPolicyAttempt = 10 * time.Second
	DefaultAttempts     = 2
)

// AttemptOf is how long the provider waits for one answer.
func AttemptOf(protocol contract.Protocol) time.Duration {
	if protocol == contract.CustomPolicy {
		return CustomPolicyAttempt
	}
	return UserFlowAttempt
}

// userAgent tells an operator's log who called: what the provider sends there is
// documented nowhere.
const userAgent = "Gatehouse-Simulator"

// Provider is an identity provider that calls one endpoint.
type Provider struct {
	// URL is the endpoint.
	URL string
	// Client sends the calls. Whatever it is set to, no redirect is followed.
	// Default: [NewClient] without settings.
	Client *http.Client
	// Attempt is how long one attempt may take. Default: 5 s.
	Attempt time.Duration
	// Attempts is how often a call is sent that nobody answers in time. Default: 2.
	Attempts int
	// Basic are the credentials. Default: none.
	Basic *url.Userinfo
}

// Request is one call.
type Request struct {
	// Method is that of HTTP. Default: POST.
	Method string
	// ContentType is sent where there is a body. Default: application/json.
	ContentType string
	Body        []byte
}

// Exchange is what became of one call.
type Exchange struct {
	// Attempts are the attempts made, in order; there is at least one.
	Attempts []Attempt
	// Status, Header and Body are those of the last attempt, as they were on the
	// wire: see contract.FromResponse. Status is 0 where no answer came.
	Status int
	Header http.Header
	Body   []byte
	// Err is why the last attempt has no answer.
	Err error
	// Elapsed is the time from the first attempt to the end of the last.
	Elapsed time.Duration
}

// Attempt is one time that a call was sent.
type Attempt struct {
	Elapsed time.Duration
	Status  int   // 0: no answer
	Err     error // why
}

// ErrTimeout is the error of an attempt without an answer in time.
var ErrTimeout = errors.New("no answer in time")

// Ask makes a call as the provider does: where an attempt is not answered in time
// it sends the same bytes once more, and the first attempt's answer would find
// nobody. Whether it does so after a broken connection too is documented nowhere;
// here it does not.
func (p Provider) Ask(ctx context.Context, call Request) Exchange {
	if p.Client == nil {
		p.Client = NewClient(nil)
		defer p.Client.CloseIdleConnections()
	}
	if p.Attempt <= 0 {
		p.Attempt = UserFlowAttempt
	}
	if p.Attempts <= 0 {
		p.Attempts = DefaultAttempts
	}
	began := time.Now()
	var x Exchange
	for range p.Attempts {
		started := time.Now()
		answer, err := p.attempt(ctx, call)
		x.Status, x.Header, x.Body, x.Err = answer.Status, answer.Header, answer.Body, err
		x.Attempts = append(x.Attempts, Attempt{Elapsed: time.Since(started), Status: answer.Status, Err: err})
		if !errors.Is(err, ErrTimeout) || ctx.Err() != nil {
			break
		}
	}
	x.Elapsed = time.Since(began)
	return x
}

func (p Provider) attempt(ctx context.Context, call Request) (contract.Exchange, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, p.Attempt, ErrTimeout)
	defer cancel()
	request, err := p.request(ctx, call)
	if err != nil {
		return contract.Exchange{}, err
	}
	client := *p.Client
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	response, err := client.Do(request) //nolint:bodyclose // FromResponse closes it
	var answer contract.Exchange
	if err == nil {
		answer, err = contract.FromResponse("", response)
	}
	if err != nil {
		if ctx.Err() != nil {
			err = fmt.Errorf("%w (%s)", context.Cause(ctx), p.Attempt)
		}
		// What net/http says in front is the URL, which its reader knows.
		if inner := (*url.Error)(nil); errors.As(err, &inner) {
			err = inner.Err
		}
		return contract.Exchange{}, err
	}
	return answer, nil
}

func (p Provider) request(ctx context.Context, call Request) (*http.Request, error) {
	if call.Method == "" {
		call.Method = http.MethodPost
	}
	request, err := http.NewRequestWithContext(ctx, call.Method, p.URL, bytes.NewReader(call.Body))
	if err != nil {
		return nil, fmt.Errorf("calling %q: %w", p.URL, err)
	}
	request.Header.Set("User-Agent", userAgent)
	if call.ContentType == "" {
		call.ContentType = ContentType
	}
	if len(call.Body) > 0 {
		request.Header.Set("Content-Type", call.ContentType)
	}
	if p.Basic != nil {
		password, _ := p.Basic.Password()
		request.SetBasicAuth(p.Basic.Username(), password)
	}
	return request, nil
}

// NewClient is a client of the provider's habits: HTTP/1.1, no compression asked
// for, each call on a new connection, so that none is sent a second time by the
// transport behind our back, and no proxy of the environment. A nil config
// verifies by the system's authorities.
func NewClient(config *tls.Config) *http.Client {
	const longestHeader = 64 << 10
	return &http.Client{Transport: &http.Transport{
		TLSClientConfig:        config,
		DisableKeepAlives:      true,
		DisableCompression:     true,
		MaxResponseHeaderBytes: longestHeader,
	}}
}
