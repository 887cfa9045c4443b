package mainjob_test

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/internal/contract"
	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

func TestEveryKindOfCredential(t *testing.T) {
	t.Parallel()
	const (
		slow     = "a password for bcrypt"
		argon    = "a password for argon2id"
		rotated  = "the-secret-of-last-year"
		ofFile   = "the-secret-in-a-file"
		ofEnv    = "the-secret-in-the-environment"
		digested = "Yk3mC2m8pQ0vXb7tUe1rZs5wHj9nLa4d"
	)
	file := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(file, []byte("plain:"+ofFile), 0o600))
	sum := sha256.Sum256([]byte(digested))
	upstream := gatehouse.Answering(t, http.StatusOK, `{}`)
	g := gatehouse.Start(t, `
	api_connector {
		auth {
			basic slow   `+gatehouse.HashPassword(t, "bcrypt", slow)+`
			basic argon  `+gatehouse.HashPassword(t, "argon2id", argon)+`
			basic digest sha256:`+hex.EncodeToString(sum[:])+`
			basic b2c    plain:`+secret+`
			basic b2c    plain:`+rotated+`
			basic file   {file.`+file+`}
			basic env    {env.CONNECTOR_SECRET}
		}
	}
	reverse_proxy `+upstream.Address()+`
`, gatehouse.Env("CONNECTOR_SECRET", "plain:"+ofEnv))
	call := callAt(attributes, "john")
	first := g.Refused(t, "/", call)

	for _, account := range []struct{ name, password string }{
		{"slow", slow},
		{"argon", argon},
		{"digest", digested},
		{"b2c", secret},
		{"b2c", rotated},
		{"file", ofFile},
		{"env", ofEnv},
	} {
		t.Run(account.name, func(t *testing.T) {
			t.Parallel()
			for range 2 { // the second time a result may be remembered
				assert.Equal(t, contract.Continue, g.Post(t, "/", call, gatehouse.Basic(account.name, account.password)).Kind)
			}
			// All in all fewer than 20, from where wrong passwords are limited.
			for _, wrong := range []string{account.password + "x", account.password[1:]} {
				refused := g.Refused(t, "/", call, gatehouse.Basic(account.name, wrong))
				assert.NoError(t, contract.SameBytes(first, refused))
			}
			assert.NotContains(t, g.Logs(), account.password)
		})
	}
}
