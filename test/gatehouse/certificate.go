package gatehouse

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// rsaBits is what certificate authorities issue at least (CA/Browser Forum
// baseline requirements, section 6.1.5).
const rsaBits = 2048

// ClientCertificate makes a self-signed certificate for a client, valid from an
// hour ago for the given time; a negative one has expired.
func ClientCertificate(t testing.TB, name string, valid time.Duration) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	return certificate(t, key, &x509.Certificate{
		Subject:     pkix.Name{CommonName: name},
		NotBefore:   time.Now().Add(min(-time.Hour, 2*valid)),
		NotAfter:    time.Now().Add(valid),
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
}

// SHA256 is a certificate's SHA-256 thumbprint in hexadecimal.
func SHA256(certificate tls.Certificate) string {
	sum := sha256.Sum256(certificate.Certificate[0])
	return hex.EncodeToString(sum[:])
}

// SHA1 is a certificate's SHA-1 thumbprint in hexadecimal, as Azure shows it.
func SHA1(certificate tls.Certificate) string {
	sum := sha1.Sum(certificate.Certificate[0])
	return hex.EncodeToString(sum[:])
}

// ServerCertificate makes a self-signed certificate for a host name and 127.0.0.1,
// valid from an hour ago for the given time; a negative one has expired.
func ServerCertificate(t testing.TB, host string, valid time.Duration) tls.Certificate {
	t.Helper()
	secret, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	return serverCertificateOf(t, secret, host, valid)
}

func serverCertificateOf(t testing.TB, secret crypto.Signer, host string, valid time.Duration) tls.Certificate {
	t.Helper()
	return certificate(t, secret, &x509.Certificate{
		Subject:               pkix.Name{CommonName: host},
		DNSNames:              []string{host},
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore:             time.Now().Add(min(-time.Hour, 2*valid)),
		NotAfter:              time.Now().Add(valid),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
		IsCA:                  true,
	})
}

// localhostCertificate makes a certificate for localhost, writes it to files in
// folder and returns a pool that trusts it and nothing else.
func localhostCertificate(t testing.TB, folder string, withRSA bool) (certFile, keyFile string, trust *x509.CertPool) {
	t.Helper()
	made := ServerCertificate(t, "localhost", time.Hour)
	if withRSA {
		secret, err := rsa.GenerateKey(rand.Reader, rsaBits)
		require.NoError(t, err)
		made = serverCertificateOf(t, secret, "localhost", time.Hour)
	}
	certFile, keyFile = filepath.Join(folder, "server.crt"), filepath.Join(folder, "server.key")
	WriteKeyPair(t, made, certFile, keyFile)
	trust = x509.NewCertPool()
	trust.AddCert(made.Leaf)
	return certFile, keyFile, trust
}

// WriteKeyPair writes a certificate and its key to PEM files.
func WriteKeyPair(t testing.TB, pair tls.Certificate, certFile, keyFile string) {
	t.Helper()
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	require.NoError(t, err)
	writePEM(t, certFile, "CERTIFICATE", pair.Certificate[0])
	writePEM(t, keyFile, "PRIVATE KEY", key)
}

func certificate(t testing.TB, key crypto.Signer, template *x509.Certificate) tls.Certificate {
	t.Helper()
	var err error
	template.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	require.NoError(t, err)
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	leaf, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

func writePEM(t testing.TB, path, kind string, der []byte) {
	t.Helper()
	text := pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
	require.NoError(t, os.WriteFile(path, text, 0o600))
}
