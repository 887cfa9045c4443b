package caddymodule

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/caddyserver/caddy/v2/modules/caddytls"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/credential"
	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/verdict"
)

// testAuthority is a CA, its certificate in a file and in the JSON of a pool.
type testAuthority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	file        string
}

func newAuthority(t testing.TB) testAuthority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Client CA"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	certificate, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "ca.pem")
	writeText(t, file, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	return testAuthority{certificate, key, file}
}

func (a testAuthority) issue(t testing.TB, name string) *x509.Certificate {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, a.key.Public(), a.key)
	require.NoError(t, err)
	certificate, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return certificate
}

// asks is a call: over TLS with certificates, from a trusted proxy or not, with
// headers.
func asks(trusted bool, certificate *x509.Certificate, headers ...string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "https://api.example.com/", http.NoBody)
	r.TLS = new(tls.ConnectionState)
	if certificate != nil {
		r.TLS.PeerCertificates = []*x509.Certificate{certificate}
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	r = prepare(r)
	caddyhttp.SetVar(r.Context(), caddyhttp.TrustedProxyVarKey, trusted)
	return r
}

func provisionedCertificate(t testing.TB, config string) *ClientCertificate {
	t.Helper()
	ctx, cancel := caddy.NewContext(caddy.Context{Context: context.Background()})
	t.Cleanup(cancel)
	module, err := ctx.LoadModuleByID("http.authentication.providers.client_certificate", json.RawMessage(config))
	require.NoError(t, err)
	return module.(*ClientCertificate)
}

// CWE-290: a header is proof only from the hop that is trusted, and then nothing
// else is, since the connection's certificate is the hop's own.
func TestAForwardedCertificateCountsFromATrustedProxyOnly(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	right, wrong := a.issue(t, "b2c"), a.issue(t, "someone else")
	encoded := base64.StdEncoding.EncodeToString(right.Raw)
	const name = "X-Arr-Clientcert"
	for label, tc := range map[string]struct {
		trusted    bool
		connection *x509.Certificate
		headers    []string
		want       verdict.Reason
	}{
		"trusted":                              {true, nil, []string{name, encoded}, 0},
		"trusted, its own certificate beside":  {true, wrong, []string{name, encoded}, 0},
		"trusted, none handed on":              {true, nil, nil, verdict.NoCredentials},
		"trusted, only its own certificate":    {true, right, nil, verdict.NoCredentials},
		"trusted, wrong name":                  {true, right, []string{name, base64.StdEncoding.EncodeToString(wrong.Raw)}, verdict.WrongCredentials},
		"trusted, twice":                       {true, right, []string{name, encoded, name, encoded}, verdict.WrongCredentials},
		"trusted, garbage":                     {true, right, []string{name, "garbage"}, verdict.WrongCredentials},
		"untrusted":                            {false, nil, []string{name, encoded}, verdict.NoCredentials},
		"untrusted, with its own certificate":  {false, right, []string{name, "garbage"}, 0},
		"untrusted, wrong certificate":         {false, wrong, []string{name, encoded}, verdict.WrongCredentials},
		"untrusted, says so in another header": {false, nil, []string{name, encoded, "X-Forwarded-For", "127.0.0.1"}, verdict.NoCredentials},
	} {
		t.Run(label, func(t *testing.T) {
			t.Parallel()
			c := provisionedCertificate(t, `{"trust_pool":{"provider":"file","pem_files":["`+a.file+`"]},"subject":"b2c","issuer":"Client CA","forwarded_header":"x-arr-clientcert"}`)
			r := asks(tc.trusted, tc.connection, tc.headers...)
			_, reason := c.identify(r)
			assert.Equal(t, tc.want.String(), reason.String())
			assert.NotContains(t, r.Header, name, "removed for everything behind")
		})
	}
}

// In plain Caddy: the handler `authentication` with both providers, from JSON.
func TestProvidersInPlainCaddy(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	ctx, cancel := caddy.NewContext(caddy.Context{Context: context.Background()})
	t.Cleanup(cancel)
	module, err := ctx.LoadModuleByID("http.handlers.authentication", json.RawMessage(`{"providers": {
		"connector_secret": {"accounts": [{"username": "b2c", "credential": "`+testCredential()+`"}]},
		"client_certificate": {"trust_pool": {"provider": "file", "pem_files": ["`+a.file+`"]}, "subject": "b2c"}
	}}`))
	require.NoError(t, err)
	handler := module.(caddyhttp.MiddlewareHandler)
	secret := httptest.NewRequest(http.MethodPost, "/", http.NoBody)
	secret.SetBasicAuth("b2c", testSecret)
	for name, tc := range map[string]struct {
		r  *http.Request
		in bool
	}{
		"secret":            {prepare(secret), true},
		"certificate":       {asks(false, a.issue(t, "b2c")), true},
		"wrong secret":      {asks(false, nil, "Authorization", "Basic YjJjOng="), false},
		"wrong certificate": {asks(false, a.issue(t, "other")), false},
		"nothing":           {asks(false, nil), false},
	} {
		reached := false
		w := httptest.NewRecorder()
		err := handler.ServeHTTP(w, tc.r, caddyhttp.HandlerFunc(func(http.ResponseWriter, *http.Request) error {
			reached = true
			return nil
		}))
		assert.Equal(t, tc.in, reached, name)
		if tc.in {
			assert.NoError(t, err, name)
			continue
		}
		var refused caddyhttp.HandlerError
		require.ErrorAs(t, err, &refused, name)
		assert.Equal(t, http.StatusUnauthorized, refused.StatusCode, name)
		assert.Equal(t, challenge, w.Header().Get("Www-Authenticate"), name)
	}
}

func TestUnsafeCertificatesAreRefusedAtLoad(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	empty, text := filepath.Join(t.TempDir(), "empty.pem"), filepath.Join(t.TempDir(), "text.pem")
	writeText(t, empty, "")
	writeText(t, text, "no PEM at all\n")
	plain := new(caddyhttp.Server)
	trusting := &caddyhttp.Server{TrustedProxiesUnix: true}
	policy := func(auth *caddytls.ClientAuthentication) *caddyhttp.Server {
		return &caddyhttp.Server{TLSConnPolicies: caddytls.ConnectionPolicies{{ClientAuthentication: auth}}}
	}
	const pin = "client_certificate {\n thumbprint 0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a\n}"
	for name, tc := range map[string]struct {
		server *caddyhttp.Server
		auth   string
		want   []string // none: it is fine
	}{
		"subject alone":            {plain, "client_certificate {\n subject b2c\n}", []string{"anybody can make", "trust_pool"}},
		"missing CA file":          {plain, "client_certificate {\n trust_pool file /nonexistent/ca.pem\n}", []string{"/nonexistent/ca.pem", "create it"}},
		"empty CA file":            {plain, "client_certificate {\n trust_pool file " + empty + "\n}", []string{empty, "BEGIN CERTIFICATE"}},
		"CA file that is no PEM":   {plain, "client_certificate {\n trust_pool file " + text + "\n}", []string{text, "BEGIN CERTIFICATE"}},
		"one of two files empty":   {plain, "client_certificate {\n trust_pool file " + a.file + " " + empty + "\n}", []string{empty}},
		"system":                   {plain, "client_certificate {\n trust_pool system\n}", []string{"every public authority", "trust_pool file"}},
		"system within combined":   {plain, "client_certificate {\n trust_pool combined {\n source file " + a.file + "\n source system\n}\n}", []string{"every public authority"}},
		"missing variable":         {plain, "client_certificate {\n trust_pool file " + a.file + "\n subject {env.GATEHOUSE_TEST_IS_NOT_SET}\n}", []string{"GATEHOUSE_TEST_IS_NOT_SET"}},
		"header nobody may send":   {plain, "client_certificate {\n trust_pool file " + a.file + "\n forwarded_header X-ARR-ClientCert\n}", []string{"X-ARR-ClientCert", "trusted_proxies static"}},
		"header with underscores":  {trusting, "client_certificate {\n trust_pool file " + a.file + "\n forwarded_header ssl_client_cert\n}", []string{"ssl_client_cert", "drops headers"}},
		"header with a dot":        {trusting, "client_certificate {\n trust_pool file " + a.file + "\n forwarded_header ssl.cert\n}", []string{"ssl.cert", "drops headers"}},
		"header of another use":    {trusting, "client_certificate {\n trust_pool file " + a.file + "\n forwarded_header authorization\n}", []string{"authorization", "another meaning"}},
		"header that is none":      {trusting, "client_certificate {\n trust_pool file " + a.file + "\n forwarded_header \"a b\"\n}", []string{"a b", "no header name"}},
		"verify without a pool":    {policy(&caddytls.ClientAuthentication{Mode: "verify_if_given"}), pin, []string{"verify_if_given", "every public authority", "mode request"}},
		"require without a pool":   {policy(&caddytls.ClientAuthentication{Mode: "require_and_verify"}), pin, []string{"require_and_verify", "trust_pool file"}},
		"leaves without a pool":    {policy(&caddytls.ClientAuthentication{TrustedLeafCerts: []string{"AA=="}}), pin, []string{"every public authority"}}, //nolint:staticcheck // a configuration may still have them
		"even beside an account":   {policy(&caddytls.ClientAuthentication{Mode: "verify_if_given"}), "basic b2c " + testCredential(), []string{"every public authority"}},
		"strict with an empty CA":  {policy(&caddytls.ClientAuthentication{CARaw: json.RawMessage(`{"provider":"file","pem_files":["` + empty + `"]}`)}), pin, []string{"policy 0", empty}},
		"strict with the system's": {policy(&caddytls.ClientAuthentication{CARaw: json.RawMessage(`{"provider":"system"}`)}), pin, []string{"policy 0", "every public authority"}},

		"a pool":                   {plain, "client_certificate {\n trust_pool file " + a.file + "\n subject b2c\n issuer \"Client CA\"\n}", nil},
		"a pool and a trusted hop": {trusting, "client_certificate {\n trust_pool file " + a.file + "\n forwarded_header X-SSL-Client-Cert\n}", nil},
		"request":                  {policy(&caddytls.ClientAuthentication{Mode: "request"}), pin, nil},
		"strict":                   {policy(&caddytls.ClientAuthentication{Mode: "require_and_verify", CARaw: json.RawMessage(`{"provider":"file","pem_files":["` + a.file + `"]}`)}), pin, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := new(Connector)
			require.NoError(t, c.UnmarshalCaddyfile(caddyfile.NewTestDispenser("api_connector {\nauth {\n"+tc.auth+"\n}\n}")))
			ctx, cancel := caddy.NewContext(caddy.Context{Context: context.WithValue(context.Background(), caddyhttp.ServerCtxKey, tc.server)})
			defer cancel()
			err := c.Provision(ctx)
			require.NoError(t, c.Cleanup())
			if len(tc.want) == 0 {
				assert.NoError(t, err)
				return
			}
			require.Error(t, err)
			for _, want := range tc.want {
				assert.ErrorContains(t, err, want)
			}
		})
	}
}

// The check of trusted_proxies looks at a field of Caddy's that is not exported.
func TestCaddyKeepsTrustedProxiesWhereItIsLookedFor(t *testing.T) {
	t.Parallel()
	assert.False(t, trustsProxies(new(caddyhttp.Server)))
	assert.True(t, trustsProxies(&caddyhttp.Server{TrustedProxiesUnix: true}))
	assert.True(t, trustsProxies(&caddyhttp.Server{TrustedProxiesRaw: json.RawMessage(`{}`)}))
}

func TestExpiryOfAcceptedCertificates(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	c := provisionedCertificate(t, `{"trust_pool":{"provider":"file","pem_files":["`+a.file+`"]}}`)
	ctx, cancel := caddy.NewContext(caddy.Context{Context: context.Background()})
	defer cancel()
	mine := &expiryCollector{live: make(map[*credential.Certificates]string)}
	require.NoError(t, mine.watch(ctx, "signup", c.certificates))
	registry := prometheus.NewPedanticRegistry()
	require.NoError(t, registry.Register(mine))
	series := func() int {
		n, err := testutil.GatherAndCount(registry)
		require.NoError(t, err)
		return n
	}
	assert.Zero(t, series(), "nothing has been accepted")
	certificate := a.issue(t, "b2c")
	for range 2 {
		_, reason := c.identify(asks(false, certificate))
		require.Zero(t, reason)
	}
	require.Equal(t, 1, series())
	assert.InDelta(t, float64(certificate.NotAfter.Unix()), testutil.ToFloat64(mine), 0)
	cancel()
	require.Eventually(t, func() bool { return series() == 0 }, 10*time.Second, time.Millisecond, "the series outlives its configuration")
}

// The examples of docs/authentication.md load, with the files that they name.
func TestExamplesOfAuthentication(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	credentials := filepath.Join(t.TempDir(), "connector")
	writeText(t, credentials, testCredential())
	page, err := os.ReadFile("../docs/authentication.md")
	require.NoError(t, err)
	text := strings.NewReplacer("/etc/gatehouse/client-ca.pem", a.file, "/run/secrets/connector", credentials).Replace(string(page))
	blocks := regexp.MustCompile("(?ms)^```(caddyfile|json)\n(.*?)\n```$").FindAllStringSubmatch(text, -1)
	require.Len(t, blocks, 4)
	for _, block := range blocks {
		ctx, cancel := caddy.NewContext(caddy.Context{Context: context.Background()})
		defer cancel()
		switch {
		case block[1] == "json":
			config := strings.Replace(block[2], `"handler": "authentication",`, "", 1) // which Caddy takes off, too
			_, err := ctx.LoadModuleByID("http.handlers.authentication", json.RawMessage(config))
			assert.NoError(t, err, block[2])
		case strings.HasPrefix(block[2], "auth"):
			c := new(Connector)
			require.NoError(t, c.UnmarshalCaddyfile(caddyfile.NewTestDispenser("api_connector {\n"+block[2]+"\n}")), block[2])
			assert.NoError(t, c.Provision(ctx), block[2])
			assert.NoError(t, c.Cleanup())
		default:
			adapted := adapt(t, string(caddyfile.Format([]byte("https://api.example.com {\n"+block[2]+"\n}\n"))))
			assert.Contains(t, adapted, `"client_authentication"`)
		}
	}
}
