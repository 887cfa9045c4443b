package checkup

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// authentication asks without and with wrong credentials. The right ones are those
// of every call after it.
func (r *run) authentication(ctx context.Context) error {
	step := r.plan.mainStep()
	call := r.example(step)
	r.plan.Progress("without credentials")
	r.refused(AuthNone, r.ask(ctx, access{}, step, 1, call))
	none := r.results[AuthNone]
	if r.plan.Basic == nil && r.plan.Certificate == nil {
		why := "no credentials were given; give --basic or --cert"
		r.skip(AuthWrong, "not asked: %s", why)
		r.skip(AuthRight, "not asked: %s", why)
		if none.Outcome == Passed {
			r.stopped = why
			r.report.Unfinished = why + ": nothing behind the door was checked"
		}
		return nil
	}
	r.plan.Progress("with wrong credentials")
	wrong := []access{}
	if r.plan.Basic != nil {
		wrong = append(wrong, access{url.UserPassword(r.plan.Basic.Username(), "wrong-"+rand.Text()), r.plan.Certificate})
	}
	if r.plan.Certificate != nil {
		certificate, err := anyCertificate()
		if err != nil {
			return err
		}
		wrong = append(wrong, access{r.plan.Basic, certificate})
	}
	for _, as := range wrong {
		if r.results[AuthWrong] == nil || r.results[AuthWrong].Outcome == Passed {
			r.refused(AuthWrong, r.ask(ctx, as, step, 1, call))
		}
	}
	return nil
}

func (r *run) refused(name Name, x asked) {
	switch {
	case x.Status == http.StatusUnauthorized, x.Status == http.StatusForbidden:
		r.pass(name, "HTTP %d", x.Status)
	case x.Err != nil && alert(x.Err):
		r.pass(name, "TLS refused the client: %v", x.Err)
	case x.Err != nil:
		r.skip(name, "not judged: %v", x.Err)
	case x.Status < http.StatusBadRequest && x.Status >= http.StatusMultipleChoices, x.Status >= http.StatusInternalServerError:
		r.fail(name, r.found(x, "", "HTTP %d, want 401", x.Status))
	default:
		r.fail(name, r.found(x, "", "it is answered, HTTP %d; want 401", x.Status))
	}
}

// alert says whether an error is the other side's word, in TLS, that it does not
// want this client.
func alert(err error) bool {
	var refusal tls.AlertError
	return errors.As(err, &refusal) || strings.Contains(err.Error(), "remote error: tls: ")
}

// anyCertificate is a certificate that nobody has ever seen.
func anyCertificate() (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("making a wrong certificate: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "gatehouse connector check, wrong certificate"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("making a wrong certificate: %w", err)
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}

// letIn judges the first call with the right credentials.
func (r *run) letIn(x asked) bool {
	code, refused := "", x.Status == http.StatusUnauthorized || x.Status == http.StatusForbidden
	switch {
	case x.Err != nil && alert(x.Err):
		code, refused = codeCertificate, true
	case x.Err != nil:
		r.skip(AuthRight, "not judged: %v", x.Err)
		return true
	case x.Status == http.StatusUnauthorized:
		code = codeBasic
	case x.Status == http.StatusForbidden && r.plan.Certificate != nil:
		code = codeHTTPError // azure-docs#110102: 90075 with Forbidden
	}
	if !refused {
		r.pass(AuthRight, "HTTP %d", x.Status)
		return true
	}
	wrong := fmt.Sprintf("HTTP %d", x.Status)
	if x.Err != nil {
		wrong = x.Err.Error()
	}
	r.fail(AuthRight, r.found(x, code, "%s", wrong))
	r.stopped = "the right credentials are refused"
	return false
}
