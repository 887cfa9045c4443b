package simulator

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/url"
	"time"
)

// Suites are those of which the provider needs one at TLS 1.2, in the order of the
// page "Azure AD B2C TLS and cipher suite requirements", without the two with
// AES_256_CBC_SHA384, which Go does not have.
var Suites = []uint16{
	tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
	tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
	tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
	tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
	tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256,
	tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256,
}

// MissingSuites are the names of those that Go does not have.
var MissingSuites = []string{"TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384", "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384"}

// Endpoint is where an endpoint listens.
type Endpoint struct {
	Host    string // for the handshake and the certificate, without a port
	Address string // host and port
	// Within bounds one handshake.
	Within time.Duration
	// Certificates are the client's, if it has any.
	Certificates []tls.Certificate
}

// EndpointOf takes the host and port of a URL; without a port it is 443.
func EndpointOf(target *url.URL) Endpoint {
	port := target.Port()
	if port == "" {
		port = "443"
	}
	return Endpoint{Host: target.Hostname(), Address: net.JoinHostPort(target.Hostname(), port), Within: UserFlowAttempt}
}

// Reached is the error of a handshake for which the endpoint was reached: it is
// about TLS and not about the way there.
type Reached struct{ Err error }

// Error says what TLS said.
func (r *Reached) Error() string { return r.Err.Error() }

// Unwrap is what TLS said.
func (r *Reached) Unwrap() error { return r.Err }

// Handshake offers one version of TLS and, where there are any, these suites
// alone. The certificate is not verified. An endpoint that takes the offer and then
// refuses the client for want of a certificate has taken it.
func (e Endpoint) Handshake(ctx context.Context, version uint16, suites ...uint16) (tls.ConnectionState, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, e.Within, ErrTimeout)
	defer cancel()
	connection, err := new(net.Dialer).DialContext(ctx, "tcp", e.Address)
	if err != nil {
		return tls.ConnectionState{}, fmt.Errorf("connecting: %w", err)
	}
	defer connection.Close()
	var state tls.ConnectionState
	taken := false
	config := &tls.Config{
		ServerName: e.Host, MinVersion: version, MaxVersion: version, CipherSuites: suites,
		Certificates:       e.Certificates,
		InsecureSkipVerify: true, //nolint:gosec // this asks what an endpoint takes, and sends it nothing
		VerifyConnection: func(s tls.ConnectionState) error {
			state, taken = s, true
			return nil
		},
	}
	if err := tls.Client(connection, config).HandshakeContext(ctx); err != nil && !taken {
		if ctx.Err() != nil {
			err = fmt.Errorf("%w (%s)", context.Cause(ctx), e.Within)
		}
		return tls.ConnectionState{}, &Reached{Err: err}
	}
	return state, nil
}

// AllSuites are all that Go has for TLS 1.2 and older, the insecure ones too.
func AllSuites() []uint16 {
	var all []uint16
	for _, suite := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		all = append(all, suite.ID)
	}
	return all
}

// Trust says what a chain of certificates is worth, each question for itself, so
// that an expired certificate is not reported as one of an unknown authority.
type Trust struct {
	Leaf  *x509.Certificate
	Name  error // the host is none of the certificate's
	Time  error // it has expired, or is not valid yet
	Chain error // no authority vouches for it
}

// TrustOf examines the chain of a handshake. Nil roots are the system's.
func TrustOf(chain []*x509.Certificate, host string, roots *x509.CertPool, now time.Time) Trust {
	if len(chain) == 0 {
		none := fmt.Errorf("%s sent no certificate", host)
		return Trust{Leaf: new(x509.Certificate), Chain: none}
	}
	leaf := chain[0]
	trust := Trust{Leaf: leaf, Name: leaf.VerifyHostname(host)}
	at := now
	switch {
	case now.After(leaf.NotAfter):
		trust.Time = fmt.Errorf("it expired at %s", leaf.NotAfter.UTC().Format(time.RFC3339))
		at = leaf.NotAfter
	case now.Before(leaf.NotBefore):
		trust.Time = fmt.Errorf("it is valid from %s on", leaf.NotBefore.UTC().Format(time.RFC3339))
		at = leaf.NotBefore
	}
	intermediates := x509.NewCertPool()
	for _, certificate := range chain[1:] {
		intermediates.AddCert(certificate)
	}
	_, trust.Chain = leaf.Verify(x509.VerifyOptions{
		Roots: roots, Intermediates: intermediates, CurrentTime: at,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	})
	return trust
}
