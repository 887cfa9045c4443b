package caddymodule

import (
	"errors"
	"net/http"

	"github.com/caddyserver/caddy/v2"
	"go.uber.org/zap"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/verdict"
)

// Auth says who may call. Where several methods are configured, a caller has to
// pass one of them.
type Auth struct {
	// HTTP Basic accounts.
	Basic []Account `json:"basic,omitempty"`

	// TLS client certificates.
	ClientCertificate *ClientCertificate `json:"client_certificate,omitempty"`

	// Let anybody call. Only for a listener that nobody else can reach.
	UnsafeNone bool `json:"unsafe_none,omitempty"`
}

// The methods of authentication, as in metrics and logs.
type method string

const (
	methodBasic       method = "basic"
	methodCertificate method = "client_certificate"
	methodNone        method = "none"
)

// challenge is the same for every refusal. RFC 7617, section 2.1: the charset is
// only a hint, and the only one allowed.
const challenge = `Basic realm="api connector", charset="UTF-8"`

// door is a checked Auth.
type door struct {
	secret      *ConnectorSecret
	certificate *ClientCertificate
	open        bool
}

func (a *Auth) provision(ctx caddy.Context) (door, error) {
	if a == nil || len(a.Basic) == 0 && a.ClientCertificate == nil && !a.UnsafeNone {
		return door{}, errors.New("no authentication is configured; add `auth { basic <username> <credential> }` " +
			"(`gatehouse connector secret` makes a credential) or `client_certificate`, or spell out `unsafe_none`")
	}
	if a.UnsafeNone && (len(a.Basic) > 0 || a.ClientCertificate != nil) {
		return door{}, errors.New("unsafe_none lets anybody in beside the other methods; remove one or the other")
	}
	d := door{open: a.UnsafeNone}
	problems := []error{checkVerifyModes(ctx)}
	if len(a.Basic) > 0 {
		d.secret = &ConnectorSecret{Accounts: a.Basic}
		problems = append(problems, d.secret.Provision(ctx))
	}
	if a.ClientCertificate != nil {
		d.certificate = a.ClientCertificate
		problems = append(problems, d.certificate.provision(ctx))
	}
	if err := errors.Join(problems...); err != nil {
		return door{}, err
	}
	if connector, within := ctx.Module().(*Connector); within && d.certificate != nil {
		d.certificate.logger = d.certificate.logger.With(zap.String("connector", connector.Name))
		if err := expiries.watch(ctx, connector.Name, d.certificate.certificates); err != nil {
			return door{}, err
		}
	}
	return d, nil
}

// caller is who calls, and how that is known.
type caller struct {
	by   method
	name string
}

// String is {http.auth.user.id} for the handlers behind.
func (c caller) String() string {
	if c.by == methodBasic {
		return "basic:" + c.name // as no certificate is called
	}
	return c.name
}

// identify looks at the TLS state and the headers, never at the body. It returns
// who calls, or the reason for a refusal.
func (d door) identify(r *http.Request) (who caller, refused verdict.Reason) {
	if d.open {
		return caller{methodNone, "anybody"}, 0
	}
	refused = verdict.NoCredentials
	if d.certificate != nil {
		who.by = methodCertificate
		if who.name, refused = d.certificate.identify(r); refused == 0 {
			return who, 0
		}
	}
	if d.secret != nil {
		presented := refused
		who.by = methodBasic
		if who.name, refused = d.secret.identify(r); refused == 0 {
			return who, 0
		}
		if refused == verdict.NoCredentials && presented == verdict.WrongCredentials {
			who.by, refused = methodCertificate, presented // only a certificate was shown
		}
	}
	return caller{by: who.by}, refused
}
