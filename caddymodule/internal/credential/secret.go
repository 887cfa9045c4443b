package credential

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
)

// redacted is what stands in every print of a secret.
const redacted = "REDACTED"

// Secret is text that must not be printed: every verb of fmt, every text and
// JSON encoder shows REDACTED. To use the text, convert: string(s).
//
// Package fmt cannot call methods on unexported fields. Whoever keeps a Secret
// in one must not print the struct around it.
type Secret string

// String returns REDACTED.
func (Secret) String() string { return redacted }

// GoString returns REDACTED.
func (Secret) GoString() string { return redacted }

// Format writes REDACTED for every verb, so that %x and %q do not leak either.
func (Secret) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, redacted) }

// MarshalText returns REDACTED.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// MarshalJSON returns "REDACTED". A Secret therefore does not survive a round
// trip through JSON, and a configuration field must not have this type.
func (Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// NewSecret makes a secret for the identity provider and the credential to
// write in the configuration. The secret is 32 random bytes as 43 characters of
// base64url without padding (RFC 4648 section 5): safe in a URL, a shell and an
// HTTP header. The credential is "sha256:" and 64 hexadecimal digits, the digest
// of those 43 characters; it needs no protection, since 256 random bits cannot
// be guessed from it.
func NewSecret() (secret, credential string) {
	var random [32]byte
	_, _ = rand.Read(random[:]) // never fails: see crypto/rand since Go 1.24
	secret = base64.RawURLEncoding.EncodeToString(random[:])
	sum := sha256.Sum256([]byte(secret))
	return secret, digestPrefix + hex.EncodeToString(sum[:])
}
