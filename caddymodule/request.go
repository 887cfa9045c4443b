package caddymodule

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/protocol"
)

// The formats in which claims reach the upstream.
const (
	formatJSON  = "json"
	formatForm  = "form"
	formatQuery = "query"
)

// check completes the request's configuration and refuses what cannot work.
func (r *Request) check(dialect protocol.Dialect) error {
	var problems []error
	switch r.Format {
	case "":
		r.Format = formatJSON
	case formatJSON, formatForm, formatQuery:
	default:
		problems = append(problems, fmt.Errorf("format %q is unknown; write json, form or query", r.Format))
	}
	if len(r.ClaimHeader) > 0 && !slices.Contains(dialect.Methods(), http.MethodGet) {
		problems = append(problems, fmt.Errorf("claim_header: calls of %s have no claims in headers; remove it, or write `protocol b2c_custom_policy`", dialect.Name()))
	}
	for _, name := range r.ClaimHeader {
		problems = append(problems, checkHeader("claim_header", name))
	}
	for i, name := range r.ForwardHeader {
		problems = append(problems, checkHeader("forward_header", name))
		r.ForwardHeader[i] = http.CanonicalHeaderKey(name)
	}
	return errors.Join(problems...)
}

// checkHeader refuses a header that cannot arrive or must not go on.
func checkHeader(option, name string) error {
	switch {
	case strings.ContainsAny(name, "_."):
		return fmt.Errorf("%s %q: Caddy drops headers with _ or . in their names; let the caller send another name", option, name)
	case !isToken(name):
		return fmt.Errorf("%s %q: this is no header name; write letters, digits and hyphens", option, name)
	case slices.Contains(neverForwarded, http.CanonicalHeaderKey(name)):
		return fmt.Errorf("%s %q: this header carries credentials, identity or the connection's own business and never goes on; remove it", option, name)
	default:
		return nil
	}
}

func isToken(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(c rune) bool {
		return c != '-' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z')
	})
}

// neverForwarded are headers that a forwarder must not take over, and those of
// traces: they differ with each attempt, so a retry would be another call.
var neverForwarded = []string{
	"Accept", "Accept-Encoding", "Authorization", "Baggage", "Client-Cert", "Client-Cert-Chain", "Connection", "Content-Encoding",
	"Content-Length", "Content-Type", "Cookie", "Expect", "Host", "Idempotency-Key", "Incremental", "Keep-Alive",
	"Proxy-Authorization", "Te", "Traceparent", "Tracestate", "Trailer", "Transfer-Encoding", "Upgrade", "User-Agent", "X-Arr-Clientcert",
	"X-Forwarded-Client-Cert", "X-Ms-Client-Principal", "X-Ms-Client-Principal-Idp",
}
