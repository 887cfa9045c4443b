package caddymodule

import (
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/caddyauth"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/credential"
	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/verdict"
)

func init() {
	caddy.RegisterModule(ClientCertificate{})
}

// ClientCertificate authenticates by the TLS client certificate. The TLS
// connection policy has to ask for one (`client_auth { mode request }` in a
// Caddyfile); the handshake proves that the caller holds its key, and all else is
// decided here, so that a refusal is a logged 401 and not a broken handshake.
//
// A certificate has to meet all criteria that are set. There must be a thumbprint
// or a trust pool: subject and issuer alone are only names.
type ClientCertificate struct {
	// SHA-256 or SHA-1 thumbprints in hexadecimal, of which one has to match; colons
	// and letter case do not count. Several serve rotation: Azure AD B2C sends the
	// newest valid certificate that was uploaded. Placeholders such as {env.NAME}
	// are replaced when the configuration is loaded.
	Thumbprints []string `json:"thumbprints,omitempty"`

	// The authorities, one of which has to have issued the certificate for client
	// authentication. The roots of the system never count. Default: none, so that
	// only thumbprints decide; a self-signed certificate needs no more.
	TrustPoolRaw json.RawMessage `json:"trust_pool,omitempty" caddy:"namespace=tls.ca_pool.source inline_key=provider"`

	// The common name of the certificate's subject, to the letter. Default: any.
	Subject string `json:"subject,omitempty"`

	// The common name of its issuer, to the letter. Default: any.
	Issuer string `json:"issuer,omitempty"`

	// The header in which a proxy that ends TLS hands the certificate on:
	// X-ARR-ClientCert, Client-Cert (RFC 9440), X-Forwarded-Client-Cert (Envoy), or
	// another one with PEM in URL encoding. It counts only from the server's
	// `trusted_proxies`, whose own certificate then does not, and is removed from
	// every request. Nothing but that proxy proves that the caller holds the key.
	// Default: none, the certificate of the connection counts.
	ForwardedHeader string `json:"forwarded_header,omitempty"`

	certificates *credential.Certificates
	forwarded    *credential.Forwarded
	logger       *zap.Logger
}

// CaddyModule returns the Caddy module information.
func (ClientCertificate) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "http.authentication.providers.client_certificate",
		New: func() caddy.Module { return new(ClientCertificate) },
	}
}

// Provision reads the criteria and looks at the server around.
func (c *ClientCertificate) Provision(ctx caddy.Context) error {
	return errors.Join(checkVerifyModes(ctx), c.provision(ctx))
}

func (c *ClientCertificate) provision(ctx caddy.Context) error {
	c.logger = ctx.Logger()
	criteria, problems := c.criteria(ctx)
	if len(problems) == 0 {
		var err error
		if c.certificates, err = credential.NewCertificates(criteria); err != nil {
			problems = append(problems, err)
		}
	}
	if c.ForwardedHeader != "" {
		if err := checkForwardedHeader(ctx, c.ForwardedHeader); err != nil {
			problems = append(problems, err)
		}
		forwarded := credential.NewForwarded(c.ForwardedHeader)
		c.forwarded = &forwarded
	}
	if len(problems) > 0 {
		return fmt.Errorf("client_certificate: %w", errors.Join(problems...))
	}
	if c.forwarded == nil && nobodyAsks(ctx) {
		c.logger.Warn("no TLS connection policy asks for a client certificate, so nobody shows one; write `tls { client_auth { mode request } }` at the site, or forwarded_header")
	}
	return nil
}

func (c *ClientCertificate) criteria(ctx caddy.Context) (criteria credential.Criteria, problems []error) {
	for _, configured := range c.Thumbprints {
		text, err := expand(configured)
		if err != nil {
			problems = append(problems, fmt.Errorf("thumbprint %q: %w", configured, err))
			continue
		}
		criteria.Thumbprints = append(criteria.Thumbprints, text)
	}
	for _, name := range []struct {
		word, configured string
		field            *string
	}{{"subject", c.Subject, &criteria.Subject}, {"issuer", c.Issuer, &criteria.Issuer}} {
		text, err := expand(name.configured)
		if err != nil {
			problems = append(problems, fmt.Errorf("%s %q: %w", name.word, name.configured, err))
		}
		*name.field = text
	}
	if c.TrustPoolRaw != nil {
		var err error
		if criteria.Roots, err = loadTrustPool(ctx, c); err != nil {
			problems = append(problems, fmt.Errorf("trust_pool: %w", err))
		}
	}
	return criteria, problems
}

// Authenticate implements caddyauth.Authenticator.
func (c *ClientCertificate) Authenticate(_ http.ResponseWriter, r *http.Request) (caddyauth.User, bool, error) {
	identity, reason := c.identify(r)
	return caddyauth.User{ID: identity}, reason == 0, nil
}

// identify returns the certificate's identity, or why there is none.
func (c *ClientCertificate) identify(r *http.Request) (string, verdict.Reason) {
	chain, wellFormed := c.presented(r)
	switch {
	case !wellFormed:
		c.logRefused(r, "certificate_malformed")
		return "", verdict.WrongCredentials
	case len(chain) == 0:
		return "", verdict.NoCredentials
	}
	proof, refusal := c.certificates.Verify(chain, time.Now())
	if refusal != credential.NotRefused {
		c.logRefused(r, refusal.String())
		return "", verdict.WrongCredentials
	}
	return proof.Identity, 0
}

// presented is the caller's certificate: of the connection, or from the header of
// a trusted proxy.
func (c *ClientCertificate) presented(r *http.Request) (chain []*x509.Certificate, wellFormed bool) {
	if c.forwarded != nil {
		chain, wellFormed = c.forwarded.Take(r.Header)
		if fromTrustedProxy(r) {
			return chain, wellFormed
		}
	}
	if r.TLS == nil {
		return nil, true
	}
	return r.TLS.PeerCertificates, true
}

// logRefused says why, in words that hold nothing of the certificate: a stranger
// wrote it.
func (c *ClientCertificate) logRefused(r *http.Request, cause string) {
	if entry := c.logger.Check(zapcore.InfoLevel, "client certificate refused"); entry != nil {
		entry.Write(zap.String("cause", cause), zap.String("remote_addr", r.RemoteAddr))
	}
}

// Interface guards
var (
	_ caddy.Provisioner       = (*ClientCertificate)(nil)
	_ caddyauth.Authenticator = (*ClientCertificate)(nil)
)
