package credential

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	// Shapes only: no password is known for these, and none is needed.
	bcryptText60   = "$2b$10$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZabcde"
	argon2idText   = "$argon2id$v=19$m=47104,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$a2V5a2V5a2V5a2V5a2V5a2V5a2V5a2V5a2V5a2V5a2U"
	canarySecret   = "canary-Zq7-correct-horse"
	emptySHA256Hex = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	emptySHA1Hex   = "da39a3ee5e6b4b0d3255bfef95601890afd80709"
)

// CWE-532: a secret that reaches a log line, by whatever verb or encoder, stays
// unreadable there.
func TestEverySecretPrintsAsRedacted(t *testing.T) {
	t.Parallel()

	plain, err := Parse("plain:" + canarySecret)
	require.NoError(t, err)
	slow, err := Parse(argon2idText)
	require.NoError(t, err)
	accounts, err := NewAccounts([]Account{{"b2c", plain}}, SlowCompare{})
	require.NoError(t, err)

	for name, value := range map[string]any{
		"secret": Secret(canarySecret), "digest": plain, "hash": slow, "accounts": accounts,
	} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "% x"} {
			assert.Equal(t, redacted, fmt.Sprintf(verb, value), "%s %s", name, verb)
		}
	}
	for name, value := range map[string]any{"secret": Secret(canarySecret), "digest": plain, "hash": slow} {
		text, err := json.Marshal(value)
		require.NoError(t, err)
		assert.JSONEq(t, `"REDACTED"`, string(text), name)
		text, err = json.Marshal(map[string]any{"in": []any{value}})
		require.NoError(t, err)
		assert.JSONEq(t, `{"in":["REDACTED"]}`, string(text), name)
		marshaler, ok := value.(interface{ MarshalText() ([]byte, error) })
		require.True(t, ok)
		text, err = marshaler.MarshalText()
		require.NoError(t, err)
		assert.Equal(t, redacted, string(text), name)
		assert.Equal(t, redacted, value.(fmt.Stringer).String(), name)
		assert.Equal(t, redacted, value.(fmt.GoStringer).GoString(), name)
	}
	assert.Contains(t, fmt.Sprintf("%+v", Account{"b2c", plain}), redacted)
}

func TestNewSecretIsAcceptedByItsCredential(t *testing.T) {
	t.Parallel()

	secret, text := NewSecret()
	assert.Len(t, secret, 43)
	assert.Regexp(t, `^[A-Za-z0-9_-]{43}$`, secret)
	assert.Regexp(t, `^sha256:[0-9a-f]{64}$`, text)

	accounts, err := NewAccounts([]Account{{"b2c", mustParse(t, text)}}, SlowCompare{})
	require.NoError(t, err)
	assert.Equal(t, Accepted{"b2c"}, accounts.Verify(t.Context(), nobodyKnows, "b2c", secret))

	other, otherText := NewSecret()
	assert.NotEqual(t, secret, other)
	assert.NotEqual(t, text, otherText)
	assert.Equal(t, Rejected{}, accounts.Verify(t.Context(), nobodyKnows, "b2c", other))
}

func mustParse(t testing.TB, text string) Credential {
	t.Helper()
	c, err := Parse(text)
	require.NoError(t, err)
	return c
}

// nobodyKnows is the address of a caller on a unix socket.
var nobodyKnows netip.Addr
