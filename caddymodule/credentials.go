package caddymodule

import (
	"net"
	"net/http"
	"net/netip"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/caddyauth"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/credential"
	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/verdict"
)

func init() {
	caddy.RegisterModule(ConnectorSecret{})
}

// ConnectorSecret authenticates by HTTP Basic (RFC 7617) with secrets made for
// machines. Unlike `http_basic` it takes several live secrets for one name, so
// that they can be rotated, and digests of generated secrets, which cost no slow
// hash.
type ConnectorSecret struct {
	// Who may call. A username may stand several times.
	Accounts []Account `json:"accounts,omitempty"`

	live *liveAccounts
}

// Account is a username and what proves it.
type Account struct {
	// The username, without a colon. Placeholders are replaced as in Credential.
	Username string `json:"username"`

	// One of: a bcrypt hash; an argon2id hash in PHC form; "sha256:" and the
	// hexadecimal digest of a generated secret (`gatehouse connector secret` makes
	// one); "plain:" and a secret of at least 16 characters. Placeholders such as
	// {env.NAME} and {file./path} are replaced when the configuration is loaded; a
	// file that changes later is live within a second of the next call, and one that
	// then cannot be used leaves the last good credential in place.
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
func (s *ConnectorSecret) Provision(ctx caddy.Context) (err error) {
	s.live, err = newLiveAccounts(s.Accounts, ctx.Logger())
	return err
}

// Authenticate implements caddyauth.Authenticator.
func (s *ConnectorSecret) Authenticate(w http.ResponseWriter, r *http.Request) (caddyauth.User, bool, error) {
	identity, reason := s.identify(r)
	if reason != 0 {
		w.Header().Set("WWW-Authenticate", challenge)
		return caddyauth.User{}, false, nil
	}
	return caddyauth.User{ID: identity}, true, nil
}

// identify returns the username, or why there is none. A refused call is tried
// once more where a credential's file has changed meanwhile; that depends on the
// file alone, so its time tells nothing about accounts.
func (s *ConnectorSecret) identify(r *http.Request) (string, verdict.Reason) {
	if len(r.Header["Authorization"]) == 0 {
		return "", verdict.NoCredentials
	}
	username, password, ok := credential.ParseBasic(r.Header)
	if !ok {
		return "", verdict.WrongCredentials
	}
	verify := func(accounts *credential.Accounts) credential.Result {
		var from netip.Addr
		if accounts.LimitAddresses() {
			from = clientAddress(r)
		}
		return accounts.Verify(r.Context(), from, username, password)
	}
	accounts := s.live.current()
	result := verify(accounts)
	if _, rejected := result.(credential.Rejected); rejected {
		if accounts = s.live.afterRefusal(accounts); accounts != nil {
			result = verify(accounts)
		}
	}
	switch result := result.(type) {
	case credential.Accepted:
		return result.Username, 0
	case credential.Busy:
		return "", verdict.AuthBusy
	case credential.Rejected:
	}
	return "", verdict.WrongCredentials
}

// clientAddress is who calls, as Caddy sees it: behind trusted_proxies what they
// say, else the peer. It is not valid where there is none, as on a unix socket.
func clientAddress(r *http.Request) netip.Addr {
	host, _ := caddyhttp.GetVar(r.Context(), caddyhttp.ClientIPVarKey).(string)
	if host == "" {
		host, _, _ = net.SplitHostPort(r.RemoteAddr)
	}
	address, _ := netip.ParseAddr(host)
	return address
}

// Interface guards
var (
	_ caddy.Provisioner       = (*ConnectorSecret)(nil)
	_ caddyauth.Authenticator = (*ConnectorSecret)(nil)
)
