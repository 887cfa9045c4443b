package frontdoor_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

func TestMain(m *testing.M) { gatehouse.Main(m) }

const (
	call = `{"email":"john@fabrikam.onmicrosoft.com","step":"PostAttributeCollection","ui_locales":"en-US"}`

	secret        = "correct-horse-battery-staple"
	rotatedSecret = "wrong-donkey-capacitor-paperclip"
)

// site is a connector with the given methods of authentication.
func site(upstream *gatehouse.Upstream, auth string) string {
	return fmt.Sprintf("api_connector {\n name door\n auth {\n %s\n }\n }\n reverse_proxy %s\n", auth, upstream.Address())
}

// authority is a CA for clients, its certificate in a PEM file.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	file        string
}

func newAuthority(t testing.TB, name string) authority {
	t.Helper()
	var a authority
	made := a.issue(t, func(c *x509.Certificate) {
		c.Subject.CommonName = name
		c.IsCA, c.BasicConstraintsValid, c.KeyUsage, c.ExtKeyUsage = true, true, x509.KeyUsageCertSign, nil
	})
	a.certificate = made.Leaf
	a.key = made.PrivateKey.(*ecdsa.PrivateKey)
	a.file = filepath.Join(t.TempDir(), "ca.pem")
	write(t, a.file, pemOf(made))
	return a
}

// issue makes a client certificate for b2c, valid for an hour; without a
// certificate the authority makes it for itself.
func (a authority) issue(t testing.TB, change ...func(*x509.Certificate)) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: "b2c"},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	for _, f := range change {
		f(template)
	}
	parent, signer := a.certificate, a.key
	if parent == nil {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	require.NoError(t, err)
	leaf, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

func named(name string) func(*x509.Certificate) {
	return func(c *x509.Certificate) { c.Subject.CommonName = name }
}

func pemOf(certificate tls.Certificate) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Certificate[0]}))
}

func write(t testing.TB, path, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
}
