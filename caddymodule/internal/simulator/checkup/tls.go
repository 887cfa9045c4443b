package checkup

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/simulator"
)

// codeUnreachable is what users saw where the provider could not get through: the
// text speaks of a time-out even where TLS failed at once (azure-docs#79137).
const codeUnreachable = "AADB2C90075"

// tls asks for versions, suites and the certificate. The error is that the
// endpoint could not be reached at all.
func (r *run) tls(ctx context.Context) error {
	endpoint := simulator.EndpointOf(r.plan.URL)
	endpoint.Within = max(endpoint.Within, r.plan.Timeout) // a short one is meant for answers
	if r.plan.Certificate != nil {
		endpoint.Certificates = []tls.Certificate{*r.plan.Certificate}
	}
	var offered []string
	refusals := make(map[uint16]error)
	var chain []*x509.Certificate
	for _, version := range []uint16{tls.VersionTLS10, tls.VersionTLS11, tls.VersionTLS12, tls.VersionTLS13} {
		r.plan.Progress(tls.VersionName(version))
		state, err := endpoint.Handshake(ctx, version, simulator.AllSuites()...)
		if reached := (*simulator.Reached)(nil); err != nil && !errors.As(err, &reached) {
			return fmt.Errorf("%s: %w", r.hide.url(r.plan.URL), err)
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if refusals[version] = err; err == nil {
			offered, chain = append(offered, tls.VersionName(version)), state.PeerCertificates
		}
	}
	if refusals[tls.VersionTLS12] == nil {
		r.pass(TLS12, "offered: %s", strings.Join(offered, ", "))
		r.suites(ctx, endpoint)
	} else {
		r.fail(TLS12, Finding{
			Wrong: fmt.Sprintf("offered: %s; TLS 1.2: %v", orNothing(offered), refusals[tls.VersionTLS12]), Code: codeUnreachable,
		})
		r.skip(TLSSuites, "not asked: TLS 1.2 is not offered")
	}
	old := offered[:0:0]
	for _, version := range []uint16{tls.VersionTLS10, tls.VersionTLS11} {
		if refusals[version] == nil {
			old = append(old, tls.VersionName(version))
		}
	}
	if len(old) > 0 {
		r.fail(TLSOld, Finding{Wrong: "offered: " + strings.Join(old, ", ")})
	} else {
		r.pass(TLSOld, "refused")
	}
	r.certificate(chain)
	if refusals[tls.VersionTLS12] != nil && refusals[tls.VersionTLS13] != nil {
		r.stopped = "neither TLS 1.2 nor TLS 1.3 is offered"
	}
	return nil
}

func orNothing(list []string) string {
	if len(list) == 0 {
		return "nothing"
	}
	return strings.Join(list, ", ")
}

// suites offers each of the provider's suites alone.
func (r *run) suites(ctx context.Context, endpoint simulator.Endpoint) {
	var taken []string
	for _, suite := range simulator.Suites {
		r.plan.Progress(tls.CipherSuiteName(suite))
		if _, err := endpoint.Handshake(ctx, tls.VersionTLS12, suite); err == nil {
			taken = append(taken, tls.CipherSuiteName(suite))
		}
	}
	if len(taken) > 0 {
		r.pass(TLSSuites, "%s", strings.Join(taken, ", "))
		return
	}
	r.fail(TLSSuites, Finding{Code: codeUnreachable, Wrong: fmt.Sprintf(
		"none of the %d that could be tried; %s could not be", len(simulator.Suites), strings.Join(simulator.MissingSuites, " and "))})
}

func (r *run) certificate(chain []*x509.Certificate) {
	names := []Name{CertificateName, CertificateExpiry, CertificateChain}
	if len(chain) == 0 {
		for _, name := range names {
			r.skip(name, "not judged: no handshake, no certificate")
		}
		return
	}
	trust := simulator.TrustOf(chain, r.plan.URL.Hostname(), r.plan.Roots, time.Now())
	problems := map[Name]error{CertificateName: trust.Name, CertificateExpiry: trust.Time, CertificateChain: trust.Chain}
	says := map[Name]string{
		CertificateName:   "for " + strings.Join(namesOf(trust.Leaf), ", "),
		CertificateExpiry: fmt.Sprintf("until %s, %s", trust.Leaf.NotAfter.UTC().Format(time.DateOnly), inDays(time.Until(trust.Leaf.NotAfter))),
		CertificateChain:  "issued by " + trust.Leaf.Issuer.String(),
	}
	for _, name := range names {
		switch {
		case problems[name] == nil:
			r.pass(name, "%s", says[name])
		case r.plan.Insecure:
			r.skip(name, "not judged, as --insecure says: %v", problems[name])
		default:
			r.fail(name, Finding{Wrong: problems[name].Error(), Code: codeUnreachable})
			r.stopped = "no credentials are sent to a server whose certificate cannot be trusted; --insecure does"
		}
	}
}

func namesOf(leaf *x509.Certificate) []string {
	names := slices.Clone(leaf.DNSNames)
	for _, address := range leaf.IPAddresses {
		names = append(names, address.String())
	}
	const enough = 5
	if len(names) > enough {
		names = append(names[:enough], fmt.Sprintf("and %d more", len(names)-enough))
	}
	return names
}

func inDays(d time.Duration) string {
	const day = 24 * time.Hour
	if d < 2*day {
		return fmt.Sprintf("%d hours left", int(d.Hours()))
	}
	return fmt.Sprintf("%d days left", int(d/day))
}
