package credential

import (
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// maxChain bounds what a stranger can make us verify. A public chain has 3
	// or 4 certificates.
	maxChain = 8

	// maxProofs bounds what is remembered of accepted certificates, and with it
	// the series of their expiry. Two serve a rotation.
	maxProofs = 16
)

// Criteria are what a client certificate has to meet, all of those that are set.
type Criteria struct {
	Thumbprints []string       // one of them matches; see [ParsePins]
	Roots       *x509.CertPool // it chains to one of these, for client authentication
	Subject     string         // common name of its subject, to the letter
	Issuer      string         // common name of its issuer, to the letter
}

// Certificates verifies client certificates. It is safe for concurrent use. It
// comes from [NewCertificates]; the zero value accepts nothing.
type Certificates struct {
	pins            *Pins
	roots           *x509.CertPool
	subject, issuer string

	mu     sync.Mutex // of writers
	proofs atomic.Pointer[map[[sha256.Size]byte]Proof]
}

// Proof is an accepted certificate.
type Proof struct {
	// Identity is "cert:" and the SHA-256 thumbprint in hexadecimal.
	Identity string
	// Expires is the last instant of the certificate, NotAfter (RFC 5280 section
	// 4.1.2.5).
	Expires time.Time

	from, until time.Time // in which its whole chain is valid
}

// Thumbprint is the beginning of the SHA-256 thumbprint, 8 hexadecimal digits,
// which tells the certificates of one connector apart.
func (p Proof) Thumbprint() string { return p.Identity[len("cert:"):][:8] }

// NewCertificates refuses criteria that let anybody in, and reports all problems
// at once.
func NewCertificates(c Criteria) (*Certificates, error) {
	var problems []error
	v := &Certificates{roots: c.Roots, subject: c.Subject, issuer: c.Issuer}
	switch {
	case len(c.Thumbprints) > 0:
		pins, err := ParsePins(c.Thumbprints)
		if err != nil {
			problems = append(problems, err)
		}
		v.pins = &pins
	case c.Roots != nil:
	case c.Subject != "" || c.Issuer != "":
		problems = append(problems, errors.New("subject and issuer prove nothing alone, since anybody can make a certificate "+
			"with any name: add a thumbprint, or a trust_pool with the authority that issued it"))
	default:
		problems = append(problems, errors.New("no thumbprints and no trust_pool: list at least one thumbprint, or the authority that issues the certificates"))
	}
	if c.Roots != nil && c.Roots.Equal(x509.NewCertPool()) {
		problems = append(problems, errors.New("trust_pool holds no certificate: give it a PEM file with at least one BEGIN CERTIFICATE block"))
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	return v, nil
}

// Refusal is why a certificate was refused.
type Refusal uint8

// The closed list of refusals. The zero value is no refusal.
const (
	NotRefused Refusal = iota
	CertificateMissing
	CertificateUnknown
	CertificateWrongName
	CertificateNotYetValid
	CertificateExpired
	CertificateWrongUsage
	CertificateUntrusted
)

var refusals = map[Refusal]string{
	NotRefused:             "",
	CertificateMissing:     "certificate_missing",
	CertificateUnknown:     "certificate_unknown",
	CertificateWrongName:   "certificate_wrong_name",
	CertificateNotYetValid: "certificate_not_yet_valid",
	CertificateExpired:     "certificate_expired",
	CertificateWrongUsage:  "certificate_wrong_usage",
	CertificateUntrusted:   "certificate_untrusted",
}

// String is the word for logs and documentation; "" for no refusal.
func (r Refusal) String() string {
	word, known := refusals[r]
	if !known {
		return fmt.Sprintf("certificate_refusal_%d", uint8(r))
	}
	return word
}

// Verify tells whether the first certificate of chain meets the criteria at now;
// the others are intermediates that the caller sent along. The roots of the
// system never count.
//
// A certificate without one of the thumbprints is unknown even if it has expired:
// what is said of time and names is about certificates of ours. One that only a
// thumbprint pins needs no chain and no usage: Azure Key Vault's self-signed
// certificates, which Microsoft's pages use, have none to speak of.
//
// An accepted certificate is remembered while its chain is valid, so the next
// call with it costs one digest. Roots do not change under one configuration, so
// nothing can revoke it meanwhile but the time, which is looked at.
func (v *Certificates) Verify(chain []*x509.Certificate, now time.Time) (Proof, Refusal) {
	if len(chain) == 0 || chain[0] == nil {
		return Proof{}, CertificateMissing
	}
	leaf := chain[0]
	sum := sha256.Sum256(leaf.Raw)
	if proofs := v.proofs.Load(); proofs != nil {
		if known, ok := (*proofs)[sum]; ok && !now.Before(known.from) && !now.After(known.until) {
			return known, NotRefused
		}
	}
	proof := Proof{Identity: "cert:" + hex.EncodeToString(sum[:]), Expires: leaf.NotAfter, from: leaf.NotBefore, until: leaf.NotAfter}
	switch {
	case v.pins == nil && v.roots == nil, v.pins != nil && !v.pins.Match(leaf.Raw):
		return Proof{}, CertificateUnknown
	case v.subject != "" && commonName(leaf.Subject.Names) != v.subject, v.issuer != "" && commonName(leaf.Issuer.Names) != v.issuer:
		return Proof{}, CertificateWrongName
	case now.Before(leaf.NotBefore):
		return Proof{}, CertificateNotYetValid
	case now.After(leaf.NotAfter):
		return Proof{}, CertificateExpired
	}
	if v.roots != nil {
		var refusal Refusal
		if proof.from, proof.until, refusal = v.verifyChain(chain, now); refusal != NotRefused {
			return Proof{}, refusal
		}
	}
	v.remember(sum, proof, now)
	return proof, NotRefused
}

// verifyChain returns when the chain to a root is valid; of several the one that
// lasts longest.
func (v *Certificates) verifyChain(chain []*x509.Certificate, now time.Time) (from, until time.Time, refusal Refusal) {
	leaf := chain[0]
	switch {
	case len(chain) > maxChain:
		return from, until, CertificateUntrusted
	// Verify takes a certificate that names no usage for one of every usage; an
	// authority issues those to servers, too.
	case !slices.Contains(leaf.ExtKeyUsage, x509.ExtKeyUsageClientAuth) && !slices.Contains(leaf.ExtKeyUsage, x509.ExtKeyUsageAny):
		return from, until, CertificateWrongUsage
	}
	options := x509.VerifyOptions{
		Roots:         v.roots,
		Intermediates: x509.NewCertPool(),
		KeyUsages:     []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		CurrentTime:   now,
	}
	for _, intermediate := range chain[1:] {
		options.Intermediates.AddCert(intermediate)
	}
	verified, err := leaf.Verify(options)
	if err != nil {
		return from, until, CertificateUntrusted
	}
	for _, one := range verified {
		begins, ends := leaf.NotBefore, leaf.NotAfter
		for _, c := range one[1:] {
			if c.NotBefore.After(begins) {
				begins = c.NotBefore
			}
			if c.NotAfter.Before(ends) {
				ends = c.NotAfter
			}
		}
		if until.IsZero() || ends.After(until) {
			from, until = begins, ends
		}
	}
	return from, until, NotRefused
}

// oidCommonName is id-at-commonName (RFC 5280 appendix A.1).
var oidCommonName = asn1.ObjectIdentifier{2, 5, 4, 3}

// commonName is the only common name of a distinguished name. Where there are
// several, parties pick different ones, so that is as good as none.
func commonName(names []pkix.AttributeTypeAndValue) string {
	found, count := "", 0
	for _, attribute := range names {
		if attribute.Type.Equal(oidCommonName) {
			found, _ = attribute.Value.(string)
			count++
		}
	}
	if count != 1 {
		return ""
	}
	return found
}

func (v *Certificates) remember(sum [sha256.Size]byte, proof Proof, now time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	proofs := make(map[[sha256.Size]byte]Proof)
	if old := v.proofs.Load(); old != nil {
		maps.Copy(proofs, *old)
	}
	delete(proofs, sum)
	if len(proofs) >= maxProofs {
		maps.DeleteFunc(proofs, func(_ [sha256.Size]byte, p Proof) bool { return now.After(p.until) })
	}
	if len(proofs) >= maxProofs {
		return
	}
	proofs[sum] = proof
	v.proofs.Store(&proofs)
}

// Accepted lists the certificates that were accepted, at most 16 and in no order.
func (v *Certificates) Accepted() []Proof {
	proofs := v.proofs.Load()
	if proofs == nil {
		return nil
	}
	return slices.Collect(maps.Values(*proofs))
}
