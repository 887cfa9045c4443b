package caddymodule

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddytls"
)

// loadTrustPool loads the authorities by one of Caddy's modules.
func loadTrustPool(ctx caddy.Context, c *ClientCertificate) (*x509.CertPool, error) {
	if err := checkPool(c.TrustPoolRaw); err != nil {
		return nil, err
	}
	module, err := ctx.LoadModule(c, "TrustPoolRaw")
	if err != nil {
		return nil, fmt.Errorf("loading it: %w", err)
	}
	authority, isCA := module.(caddytls.CA)
	if !isCA || authority.CertPool() == nil {
		return nil, errors.New("the module gives no pool of certificates; write `trust_pool file <CA certificate in PEM>`")
	}
	return authority.CertPool(), nil
}

// checkPool refuses what Caddy's modules take: the roots of the system, under which
// anybody can get a certificate, and a file without a certificate, with which
// CVE-2026-27586 let everybody in. A module may hold others (combined).
func checkPool(raw json.RawMessage) error {
	var tree any
	if err := json.Unmarshal(raw, &tree); err != nil {
		return fmt.Errorf("reading its JSON: %w", err)
	}
	var problems []error
	var look func(any)
	look = func(value any) {
		switch v := value.(type) {
		case []any:
			for _, element := range v {
				look(element)
			}
		case map[string]any:
			if v["provider"] == "system" {
				problems = append(problems, errors.New(`"system" is every public authority, and anybody can get a certificate from one; `+
					"write `trust_pool file <certificate of your own CA in PEM>`"))
			}
			files, _ := v["pem_files"].([]any)
			for _, file := range files {
				if path, isText := file.(string); isText {
					problems = append(problems, checkPEMFile(path))
				}
			}
			for _, member := range v {
				look(member)
			}
		}
	}
	look(tree)
	return errors.Join(problems...)
}

func checkPEMFile(path string) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("reading the CA file: %w; create it before the configuration is loaded", err)
	}
	for block, rest := pem.Decode(content); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "CERTIFICATE" {
			return nil
		}
	}
	return fmt.Errorf("the CA file %q holds no certificate; it has to have at least one BEGIN CERTIFICATE block", path)
}

// checkVerifyModes refuses what Caddy takes: a TLS connection policy of this server
// that verifies client certificates and names no authority. crypto/tls then
// verifies against the roots of the system, so a certificate of any public
// authority passes.
func checkVerifyModes(ctx caddy.Context) error {
	server := serverAround(ctx)
	if server == nil {
		return nil
	}
	var problems []error
	for i, policy := range server.TLSConnPolicies {
		auth := policy.ClientAuthentication
		if auth == nil {
			continue
		}
		named, leaves := deprecatedTrust(auth)
		verifies := slices.Contains([]string{"verify_if_given", "require_and_verify"}, auth.Mode) || auth.Mode == "" && leaves
		switch {
		case len(auth.CARaw) > 0:
			if err := checkPool(auth.CARaw); err != nil {
				problems = append(problems, fmt.Errorf("client_auth of TLS connection policy %d: trust_pool: %w", i, err))
			}
		case verifies && !named:
			problems = append(problems, fmt.Errorf("client_auth of TLS connection policy %d: mode %q without trust_pool verifies against every public authority; "+
				"add `trust_pool file <CA certificate in PEM>`, or write `mode request` and let client_certificate decide", i, auth.Mode))
		}
	}
	return errors.Join(problems...)
}

// deprecatedTrust tells whether a policy names authorities in the fields that Caddy
// still reads, and whether it names leaves, which alone make it verify.
func deprecatedTrust(auth *caddytls.ClientAuthentication) (authorities, leaves bool) {
	//nolint:staticcheck // a configuration may still have them, and they decide
	return len(auth.TrustedCACerts) > 0 || len(auth.TrustedCACertPEMFiles) > 0, len(auth.TrustedLeafCerts) > 0
}

// nobodyAsks tells whether no TLS connection policy asks for a certificate.
func nobodyAsks(ctx caddy.Context) bool {
	server := serverAround(ctx)
	if server == nil {
		return false
	}
	for _, policy := range server.TLSConnPolicies {
		if policy.ClientAuthentication != nil && policy.ClientAuthentication.Active() {
			return false
		}
	}
	return true
}
