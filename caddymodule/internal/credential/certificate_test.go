package credential

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	begins = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	ends   = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	within = begins.AddDate(0, 6, 0)
)

// issued is a certificate and its key.
type issued struct {
	*x509.Certificate
	key *ecdsa.PrivateKey
}

// issue makes a certificate; without an issuer it signs itself.
func issue(t testing.TB, issuer *issued, name string, change func(*x509.Certificate)) *issued {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name}, NotBefore: begins, NotAfter: ends,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	if change != nil {
		change(template)
	}
	parent := &issued{template, key}
	if issuer != nil {
		parent = issuer
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent.Certificate, key.Public(), parent.key)
	require.NoError(t, err)
	certificate, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return &issued{certificate, key}
}

func authority(t testing.TB, issuer *issued, name string) *issued {
	t.Helper()
	return issue(t, issuer, name, func(c *x509.Certificate) {
		c.IsCA, c.BasicConstraintsValid, c.KeyUsage, c.ExtKeyUsage = true, true, x509.KeyUsageCertSign, nil
		c.NotAfter = ends.AddDate(5, 0, 0)
	})
}

func poolOf(certificates ...*issued) *x509.CertPool {
	pool := x509.NewCertPool()
	for _, c := range certificates {
		pool.AddCert(c.Certificate)
	}
	return pool
}

func TestVerifyCertificate(t *testing.T) {
	t.Parallel()
	root, other := authority(t, nil, "Client CA"), authority(t, nil, "Client CA")
	intermediate := authority(t, root, "Intermediate CA")
	usage := func(usages ...x509.ExtKeyUsage) func(*x509.Certificate) {
		return func(c *x509.Certificate) { c.ExtKeyUsage = usages }
	}
	right := issue(t, root, "b2c", nil)
	below := issue(t, intermediate, "b2c", nil)
	selfSigned := issue(t, nil, "b2c", usage())
	twoNames := issue(t, root, "", func(c *x509.Certificate) {
		c.Subject.ExtraNames = []pkix.AttributeTypeAndValue{
			{Type: asn1.ObjectIdentifier{2, 5, 4, 3}, Value: "b2c"}, {Type: asn1.ObjectIdentifier{2, 5, 4, 3}, Value: "b2c"},
		}
	})
	long := make([]*x509.Certificate, 0, maxChain+1)
	for len(long) <= maxChain {
		long = append(long, right.Certificate)
	}
	pin, sha1Pin := thumbprints(right.Raw)
	ownPin, _ := thumbprints(selfSigned.Raw)
	pool := Criteria{Roots: poolOf(root)}
	named := Criteria{Roots: poolOf(root), Subject: "b2c", Issuer: "Client CA"}
	one := func(c *issued) []*x509.Certificate { return []*x509.Certificate{c.Certificate} }

	for name, tc := range map[string]struct {
		criteria Criteria
		chain    []*x509.Certificate
		now      time.Time
		want     Refusal
	}{
		"right":                               {pool, one(right), within, NotRefused},
		"right name and issuer":               {named, one(right), within, NotRefused},
		"first instant":                       {pool, one(right), begins, NotRefused},
		"last instant":                        {pool, one(right), ends, NotRefused},
		"intermediate sent along":             {pool, []*x509.Certificate{below.Certificate, intermediate.Certificate}, within, NotRefused},
		"intermediate in the pool":            {Criteria{Roots: poolOf(intermediate)}, one(below), within, NotRefused},
		"rotated authority":                   {Criteria{Roots: poolOf(other, root)}, one(right), within, NotRefused},
		"any usage":                           {pool, one(issue(t, root, "b2c", usage(x509.ExtKeyUsageAny))), within, NotRefused},
		"thumbprint":                          {Criteria{Thumbprints: []string{pin}}, one(right), within, NotRefused},
		"SHA-1 thumbprint":                    {Criteria{Thumbprints: []string{sha1Pin}}, one(right), within, NotRefused},
		"one of two thumbprints":              {Criteria{Thumbprints: []string{ownPin, pin}}, one(right), within, NotRefused},
		"thumbprint and pool":                 {Criteria{Thumbprints: []string{pin}, Roots: poolOf(root)}, one(right), within, NotRefused},
		"self-signed, pinned, without usage":  {Criteria{Thumbprints: []string{ownPin}, Subject: "b2c", Issuer: "b2c"}, one(selfSigned), within, NotRefused},
		"none":                                {pool, nil, within, CertificateMissing},
		"nil":                                 {pool, []*x509.Certificate{nil}, within, CertificateMissing},
		"expired":                             {pool, one(right), ends.Add(time.Second), CertificateExpired},
		"not yet valid":                       {pool, one(right), begins.Add(-time.Second), CertificateNotYetValid},
		"pinned and expired":                  {Criteria{Thumbprints: []string{pin}}, one(right), ends.Add(time.Second), CertificateExpired},
		"pinned and not yet valid":            {Criteria{Thumbprints: []string{pin}}, one(right), begins.Add(-time.Second), CertificateNotYetValid},
		"unknown and expired":                 {Criteria{Thumbprints: []string{ownPin}}, one(right), ends.AddDate(1, 0, 0), CertificateUnknown},
		"server usage":                        {pool, one(issue(t, root, "b2c", usage(x509.ExtKeyUsageServerAuth))), within, CertificateWrongUsage},
		"no usage":                            {pool, one(issue(t, root, "b2c", usage())), within, CertificateWrongUsage},
		"another authority of the same name":  {named, one(issue(t, other, "b2c", nil)), within, CertificateUntrusted},
		"self-signed":                         {pool, one(issue(t, nil, "b2c", nil)), within, CertificateUntrusted},
		"intermediate missing":                {pool, one(below), within, CertificateUntrusted},
		"intermediate that is no authority":   {pool, []*x509.Certificate{issue(t, right, "b2c", nil).Certificate, right.Certificate}, within, CertificateUntrusted},
		"root sent along":                     {pool, []*x509.Certificate{issue(t, other, "b2c", nil).Certificate, other.Certificate}, within, CertificateUntrusted},
		"too long a chain":                    {pool, long, within, CertificateUntrusted},
		"same authority, wrong name":          {named, one(issue(t, root, "someone else", nil)), within, CertificateWrongName},
		"name in another case":                {named, one(issue(t, root, "B2C", nil)), within, CertificateWrongName},
		"two names":                           {named, one(twoNames), within, CertificateWrongName},
		"no name":                             {named, one(issue(t, root, "", nil)), within, CertificateWrongName},
		"wrong issuer":                        {Criteria{Roots: poolOf(root), Issuer: "Intermediate CA"}, one(right), within, CertificateWrongName},
		"thumbprint right, pool not":          {Criteria{Thumbprints: []string{pin}, Roots: poolOf(other)}, one(right), within, CertificateUntrusted},
		"pool right, thumbprint not":          {Criteria{Thumbprints: []string{ownPin}, Roots: poolOf(root)}, one(right), within, CertificateUnknown},
		"thumbprint right, name not":          {Criteria{Thumbprints: []string{pin}, Subject: "c2b"}, one(right), within, CertificateWrongName},
		"self-signed with the authority name": {named, one(issue(t, nil, "Client CA", nil)), within, CertificateWrongName},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, err := NewCertificates(tc.criteria)
			require.NoError(t, err)
			for range 2 { // the second time it may be remembered
				proof, refusal := v.Verify(tc.chain, tc.now)
				assert.Equal(t, tc.want.String(), refusal.String())
				if tc.want != NotRefused {
					assert.Empty(t, proof)
					assert.Empty(t, v.Accepted())
					continue
				}
				want, _ := thumbprints(tc.chain[0].Raw)
				assert.Equal(t, "cert:"+want, proof.Identity)
				assert.Equal(t, want[:8], proof.Thumbprint())
				assert.Equal(t, tc.chain[0].NotAfter, proof.Expires)
				assert.Len(t, v.Accepted(), 1)
			}
		})
	}
}

// What is remembered must not outlive what it rests on.
func TestARememberedCertificateExpires(t *testing.T) {
	t.Parallel()
	root := authority(t, nil, "Client CA")
	short := issue(t, root, "Intermediate CA", func(c *x509.Certificate) {
		c.IsCA, c.BasicConstraintsValid, c.KeyUsage, c.ExtKeyUsage = true, true, x509.KeyUsageCertSign, nil
		c.NotBefore, c.NotAfter = begins.Add(time.Hour), begins.Add(2*time.Hour)
	})
	leaf := issue(t, short, "b2c", nil)
	chain := []*x509.Certificate{leaf.Certificate, short.Certificate}
	v, err := NewCertificates(Criteria{Roots: poolOf(root)})
	require.NoError(t, err)
	_, refusal := v.Verify(chain, begins.Add(90*time.Minute))
	require.Equal(t, NotRefused, refusal)
	for name, tc := range map[string]struct {
		now  time.Time
		want Refusal
	}{
		"leaf valid, intermediate expired":       {begins.Add(3 * time.Hour), CertificateUntrusted},
		"leaf valid, intermediate not yet valid": {begins.Add(time.Minute), CertificateUntrusted},
		"leaf expired":                           {ends.Add(time.Second), CertificateExpired},
	} {
		_, refusal := v.Verify(chain, tc.now)
		assert.Equal(t, tc.want.String(), refusal.String(), name)
	}
}

func TestRememberedCertificatesAreBounded(t *testing.T) {
	t.Parallel()
	root := authority(t, nil, "Client CA")
	v, err := NewCertificates(Criteria{Roots: poolOf(root)})
	require.NoError(t, err)
	for range maxProofs + 3 {
		_, refusal := v.Verify([]*x509.Certificate{issue(t, root, "b2c", nil).Certificate}, within)
		require.Equal(t, NotRefused, refusal, "those beyond the bound are accepted all the same")
	}
	assert.Len(t, v.Accepted(), maxProofs)
	next := issue(t, root, "b2c", func(c *x509.Certificate) { c.NotAfter = ends.AddDate(1, 0, 0) })
	_, refusal := v.Verify([]*x509.Certificate{next.Certificate}, ends.AddDate(0, 1, 0))
	require.Equal(t, NotRefused, refusal)
	assert.Len(t, v.Accepted(), 1, "expired ones make room")
}

func TestCriteriaThatLetAnybodyInAreRefused(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		criteria Criteria
		want     string
	}{
		"nothing":          {Criteria{}, "no thumbprints and no trust_pool"},
		"subject alone":    {Criteria{Subject: "b2c"}, "anybody can make a certificate"},
		"issuer alone":     {Criteria{Issuer: "Client CA"}, "anybody can make a certificate"},
		"empty pool":       {Criteria{Roots: x509.NewCertPool()}, "trust_pool holds no certificate"},
		"broken thumprint": {Criteria{Thumbprints: []string{"12:34"}}, "64 hex digits"},
	} {
		v, err := NewCertificates(tc.criteria)
		require.ErrorContains(t, err, tc.want, name)
		assert.Nil(t, v, name)
	}
	_, refusal := new(Certificates).Verify([]*x509.Certificate{issue(t, nil, "b2c", nil).Certificate}, within)
	assert.Equal(t, CertificateUnknown, refusal)
	assert.Equal(t, "certificate_refusal_99", Refusal(99).String())
}

func TestARememberedCertificateAllocatesNothing(t *testing.T) { // not parallel: AllocsPerRun
	root := authority(t, nil, "Client CA")
	v, err := NewCertificates(Criteria{Roots: poolOf(root), Subject: "b2c"})
	require.NoError(t, err)
	chain := []*x509.Certificate{issue(t, root, "b2c", nil).Certificate}
	assert.Zero(t, testing.AllocsPerRun(100, func() { v.Verify(chain, within) }))
}
