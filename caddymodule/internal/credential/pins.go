package credential

import (
	"crypto/sha1" //nolint:gosec // Azure shows SHA-1 thumbprints; see Pins.
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Pins are thumbprints of the client certificates that may call. List the old
// and the new certificate while they rotate: the identity provider moves to the
// newest one by itself. Pins come from [ParsePins]; the zero value matches
// nothing.
//
// A SHA-1 thumbprint is what the Azure portal and Windows show. Forging a
// certificate for a given one is a second preimage, which SHA-1 still resists;
// but whoever made both certificates could make two that collide. Prefer SHA-256.
type Pins struct {
	sha256 [][sha256.Size]byte
	sha1   [][sha1.Size]byte
}

// ParsePins reads at least one thumbprint: SHA-256 (64 hex digits) or SHA-1
// (40) of a certificate in DER; colons, spaces and letter case are ignored, a
// repeated one is merged. It reports all problems at once.
func ParsePins(thumbprints []string) (Pins, error) {
	if len(thumbprints) == 0 {
		return Pins{}, errors.New("no thumbprints: list at least one")
	}
	var (
		p        Pins
		problems []error
	)
	for _, text := range thumbprints {
		if err := p.add(text); err != nil {
			problems = append(problems, err)
		}
	}
	if len(problems) > 0 {
		return Pins{}, errors.Join(problems...)
	}
	return p, nil
}

func (p *Pins) add(text string) error {
	sum, err := hex.DecodeString(strings.NewReplacer(":", "", " ", "").Replace(text))
	switch {
	case err == nil && len(sum) == sha256.Size:
		pin := [sha256.Size]byte(sum)
		if pin == sha256.Sum256(nil) {
			return ofNothing(text)
		}
		if !slices.Contains(p.sha256, pin) {
			p.sha256 = append(p.sha256, pin)
		}
		return nil
	case err == nil && len(sum) == sha1.Size:
		pin := [sha1.Size]byte(sum)
		if pin == sha1.Sum(nil) { //nolint:gosec // a comparison, no protection
			return ofNothing(text)
		}
		if !slices.Contains(p.sha1, pin) {
			p.sha1 = append(p.sha1, pin)
		}
		return nil
	default:
		// %q makes the invisible mark visible that the certificate dialog of
		// Windows copies along (U+200E).
		return fmt.Errorf("thumbprint %q: expected the SHA-256 (64 hex digits) or SHA-1 (40) of the certificate; "+
			"`openssl x509 -noout -fingerprint -sha256 -in cert.pem` prints it", text)
	}
}

// ofNothing refuses the digest of no bytes. Caddy's fingerprint placeholder has
// that value when the client gave no certificate, so such a pin, copied from a
// log, would mean "anybody".
func ofNothing(text string) error {
	return fmt.Errorf("thumbprint %q: this is the digest of no certificate at all; "+
		"take it from the certificate: `openssl x509 -noout -fingerprint -sha256 -in cert.pem`", text)
}

// Match tells whether der, a certificate in DER, has one of the thumbprints. It
// says nothing about the certificate's validity.
func (p Pins) Match(der []byte) bool {
	match := 0
	sum := sha256.Sum256(der)
	for _, pin := range p.sha256 {
		match |= subtle.ConstantTimeCompare(sum[:], pin[:])
	}
	if len(p.sha1) > 0 {
		short := sha1.Sum(der) //nolint:gosec // see Pins
		for _, pin := range p.sha1 {
			match |= subtle.ConstantTimeCompare(short[:], pin[:])
		}
	}
	return match == 1
}
