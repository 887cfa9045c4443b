package caddymodule

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/caddyauth"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/credential"
	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/verdict"
)

func init() {
	caddy.RegisterModule(ConnectorSecret{})
	caddy.RegisterModule(ClientCertificate{})
}

// ConnectorSecret authenticates by HTTP Basic (RFC 7617) with secrets made for
// machines. Unlike `http_basic` it takes several live secrets for one name, so
// that they can be rotated, and digests of generated secrets, which cost no slow
// hash.
type ConnectorSecret struct {
	// Who may call. A username may stand several times.
	Accounts []Account `json:"accounts,omitempty"`

	accounts *credential.Accounts
}

// Account is a username and what proves it.
type Account struct {
	// The username, without a colon. Placeholders are replaced as in Credential.
	Username string `json:"username"`

	// One of: a bcrypt hash; an argon2id hash in PHC form; "sha256:" and the
	// hexadecimal digest of a generated secret (`gatehouse connector secret` makes
	// one); "plain:" and a secret of at least 16 characters. Placeholders such as
	// {env.NAME} and {file./path} are replaced when the configuration is loaded.
	Credential string `json:"credential"`
}

// CaddyModule returns the Caddy module information.
func (ConnectorSecret) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "http.authentication.providers.connector_secret",
		New: func() caddy.Module { return new(ConnectorSecret) },
	}
}

// Provision reads the credentials.
func (s *ConnectorSecret) Provision(caddy.Context) error {
	var accounts []credential.Account
	var problems []error
	for _, a := range s.Accounts {
		username, err1 := expand(a.Username)
		text, err2 := expand(a.Credential)
		if err := errors.Join(err1, err2); err != nil {
			problems = append(problems, fmt.Errorf("basic %q: %w", a.Username, err))
			continue
		}
		parsed, err := credential.Parse(text)
		if err != nil {
			problems = append(problems, fmt.Errorf("basic %q: %w", a.Username, err))
			continue
		}
		accounts = append(accounts, credential.Account{Username: username, Credential: parsed})
	}
	if len(problems) > 0 {
		return errors.Join(problems...)
	}
	var err error
	s.accounts, err = credential.NewAccounts(accounts, credential.SlowCompare{
		Bcrypt:   caddyauth.BcryptHash{}.Compare,
		Argon2id: caddyauth.Argon2idHash{}.Compare,
	})
	return err
}

// Authenticate implements caddyauth.Authenticator.
func (s ConnectorSecret) Authenticate(w http.ResponseWriter, r *http.Request) (caddyauth.User, bool, error) {
	identity, reason := s.identify(r.Context(), r.Header)
	if reason != 0 {
		w.Header().Set("WWW-Authenticate", challenge)
		return caddyauth.User{}, false, nil
	}
	return caddyauth.User{ID: identity}, true, nil
}

// identify returns the username, or why there is none.
func (s ConnectorSecret) identify(ctx context.Context, header http.Header) (string, verdict.Reason) {
	if len(header["Authorization"]) == 0 {
		return "", verdict.NoCredentials
	}
	username, password, ok := credential.ParseBasic(header)
	if !ok {
		return "", verdict.WrongCredentials
	}
	switch result := s.accounts.Verify(ctx, username, password).(type) {
	case credential.Accepted:
		return result.Username, 0
	case credential.Busy:
		return "", verdict.AuthBusy
	case credential.Rejected:
	}
	return "", verdict.WrongCredentials
}

// ClientCertificate authenticates by the TLS client certificate. The TLS
// connection policy has to ask for one (`client_auth { mode request }` in a
// Caddyfile); the handshake proves that the caller holds its key.
type ClientCertificate struct {
	// SHA-256 or SHA-1 thumbprints in hexadecimal; colons and letter case do not
	// count. Several serve rotation: Azure AD B2C sends the newest valid
	// certificate that was uploaded. Placeholders such as {env.NAME} are replaced
	// when the configuration is loaded.
	Thumbprints []string `json:"thumbprints,omitempty"`

	pins credential.Pins
}

// CaddyModule returns the Caddy module information.
func (ClientCertificate) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "http.authentication.providers.client_certificate",
		New: func() caddy.Module { return new(ClientCertificate) },
	}
}

// Provision reads the thumbprints.
func (c *ClientCertificate) Provision(caddy.Context) error {
	var thumbprints []string
	var problems []error
	for _, configured := range c.Thumbprints {
		text, err := expand(configured)
		if err != nil {
			problems = append(problems, fmt.Errorf("client_certificate: thumbprint %q: %w", configured, err))
			continue
		}
		thumbprints = append(thumbprints, text)
	}
	if len(problems) > 0 {
		return errors.Join(problems...)
	}
	var err error
	if c.pins, err = credential.ParsePins(thumbprints); err != nil {
		return fmt.Errorf("client_certificate: %w", err)
	}
	return nil
}

// expand replaces the placeholders of a configured value. One that is unknown or
// empty is an error: it would let nobody in, or anybody.
func expand(configured string) (string, error) {
	text, err := caddy.NewReplacer().ReplaceOrErr(configured, true, true)
	if err != nil {
		return "", fmt.Errorf("%w; set the variable or create the file before the configuration is loaded", err)
	}
	return text, nil
}

// Authenticate implements caddyauth.Authenticator.
func (c ClientCertificate) Authenticate(_ http.ResponseWriter, r *http.Request) (caddyauth.User, bool, error) {
	identity, reason := c.identify(r)
	return caddyauth.User{ID: identity}, reason == 0, nil
}

// identify returns the certificate's identity, or why there is none.
func (c ClientCertificate) identify(r *http.Request) (string, verdict.Reason) {
	if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
		return "", verdict.NoCredentials
	}
	identity, refusal := c.pins.MatchCertificate(r.TLS.PeerCertificates[0], time.Now())
	if refusal != credential.NotRefused {
		return "", verdict.WrongCredentials
	}
	return identity, 0
}

// Interface guards
var (
	_ caddy.Provisioner       = (*ConnectorSecret)(nil)
	_ caddyauth.Authenticator = (*ConnectorSecret)(nil)
	_ caddy.Provisioner       = (*ClientCertificate)(nil)
	_ caddyauth.Authenticator = (*ClientCertificate)(nil)
)
