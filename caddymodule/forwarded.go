package caddymodule

import (
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// fromTrustedProxy tells whether the connection comes from one of the server's
// trusted_proxies; what a header says of earlier hops has no part in it.
func fromTrustedProxy(r *http.Request) bool {
	trusted, _ := caddyhttp.GetVar(r.Context(), caddyhttp.TrustedProxyVarKey).(bool)
	return trusted
}

// certificateHeaders are the known names of forwarded certificates. Beside them a
// header must not be one that has another meaning: it would be taken away.
var certificateHeaders = []string{"Client-Cert", "X-Arr-Clientcert", "X-Forwarded-Client-Cert"}

func checkForwardedHeader(ctx caddy.Context, name string) error {
	canonical := http.CanonicalHeaderKey(name)
	switch {
	case strings.ContainsAny(name, "_."):
		return fmt.Errorf("forwarded_header %q: Caddy drops headers with _ or . in their names; let the proxy send another name", name)
	case !isToken(name):
		return fmt.Errorf("forwarded_header %q: this is no header name; write letters, digits and hyphens", name)
	case slices.Contains(neverForwarded, canonical) && !slices.Contains(certificateHeaders, canonical):
		return fmt.Errorf("forwarded_header %q: this header has another meaning; let the proxy send X-ARR-ClientCert, Client-Cert or X-Forwarded-Client-Cert", name)
	}
	if server := serverAround(ctx); server != nil && !trustsProxies(server) {
		return fmt.Errorf("forwarded_header %q: the server trusts no proxy, so nobody's header would count; "+
			"write `servers { trusted_proxies static <address of the proxy> }` in the global options", name)
	}
	return nil
}

// serverAround is the server that is being set up, or nil outside of one.
func serverAround(ctx caddy.Context) *caddyhttp.Server {
	if ctx.Context == nil {
		return nil
	}
	server, _ := ctx.Value(caddyhttp.ServerCtxKey).(*caddyhttp.Server)
	return server
}

// trustsProxies looks at a field that is not exported: Caddy has loaded the
// module of trusted_proxies by now and dropped its configuration. Where a later
// Caddy has no such field, the answer is yes; a peer is asked for at each call in
// any case, so this only spares somebody a search.
func trustsProxies(server *caddyhttp.Server) bool {
	if server.TrustedProxiesRaw != nil || server.TrustedProxiesUnix {
		return true
	}
	loaded := reflect.ValueOf(server).Elem().FieldByName("trustedProxies")
	return !loaded.IsValid() || loaded.Kind() != reflect.Interface || !loaded.IsNil()
}
