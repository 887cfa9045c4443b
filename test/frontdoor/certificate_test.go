package frontdoor_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/internal/contract"
	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// A refusal is an answer, a log line and a count, whatever is wrong with the
// certificate: the provider's operator sees a 401 and not a broken handshake.
func TestCertificatesOfAnAuthority(t *testing.T) {
	t.Parallel()
	ca, next, foreign := newAuthority(t, "Client CA"), newAuthority(t, "Client CA"), newAuthority(t, "Client CA")
	both := filepath.Join(t.TempDir(), "both.pem")
	write(t, both, read(t, ca.file)+read(t, next.file))
	upstream := gatehouse.Answering(t, http.StatusOK, `{}`)
	g := gatehouse.Start(t, site(upstream, "client_certificate {\n trust_pool file "+both+"\n subject b2c\n issuer \"Client CA\"\n }"),
		gatehouse.RequestClientCertificate())

	right := ca.issue(t)
	for range 2 {
		assert.Equal(t, contract.Continue, g.Post(t, "/", call, gatehouse.Certificate(right)).Kind)
	}
	assert.Equal(t, contract.Continue, g.Post(t, "/", call, gatehouse.Certificate(next.issue(t))).Kind, "the next authority, while they rotate")
	assert.InDelta(t, float64(right.Leaf.NotAfter.Unix()), g.Metric(t, "gatehouse_client_certificate_expiry_timestamp_seconds",
		gatehouse.Labels{"connector": "door", "thumbprint": gatehouse.SHA256(right)[:8]}), 0)

	none := g.Refused(t, "/", call)
	for cause, certificate := range map[string]tls.Certificate{
		"certificate_expired": ca.issue(t, func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) }),
		"certificate_not_yet_valid": ca.issue(t, func(c *x509.Certificate) {
			c.NotBefore = time.Now().Add(time.Minute)
		}),
		"certificate_wrong_usage": ca.issue(t, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} }),
		"certificate_untrusted":   foreign.issue(t),
		"certificate_wrong_name":  ca.issue(t, named("someone else")),
	} {
		refused := g.Refused(t, "/", call, gatehouse.Certificate(certificate))
		assert.NoError(t, contract.SameBytes(none, refused), cause)
		assert.True(t, gatehouse.Await(func() bool { return strings.Contains(g.Logs(), cause) }), cause)
	}
	selfSigned := gatehouse.ClientCertificate(t, "b2c", time.Hour)
	assert.NoError(t, contract.SameBytes(none, g.Refused(t, "/", call, gatehouse.Certificate(selfSigned))))
	assert.Equal(t, 2, upstream.Calls(), "one for each identity")
	g.AssertMetric(t, 3, "gatehouse_auth_total", gatehouse.Labels{"method": "client_certificate", "result": "accepted"})
	g.AssertMetric(t, 7, "gatehouse_auth_total", gatehouse.Labels{"method": "client_certificate", "result": "rejected"})
	g.AssertMetric(t, 6, "gatehouse_refusals_total", gatehouse.Labels{"reason": "wrong_credentials"})

	// The authority is taken away: also who was remembered is out, at once.
	g.Reload(t, site(upstream, "client_certificate {\n trust_pool file "+next.file+"\n }"))
	g.Refused(t, "/", call, gatehouse.Certificate(right))
	assert.NotContains(t, string(g.Scrape(t)), gatehouse.SHA256(right)[:8], "its series is gone with its connector")
}

// The strict form is Caddy's own: a wrong certificate gets no HTTP at all.
func TestTheStrictForm(t *testing.T) {
	t.Parallel()
	ca, foreign := newAuthority(t, "Client CA"), newAuthority(t, "Client CA")
	upstream := gatehouse.Answering(t, http.StatusOK, `{}`)
	// verify_if_given, since the harness itself connects without one.
	g := gatehouse.Start(t, site(upstream, "client_certificate {\n trust_pool file "+ca.file+"\n subject b2c\n }"),
		gatehouse.ClientAuth("mode verify_if_given\n trust_pool file "+ca.file))
	assert.Equal(t, contract.Continue, g.Post(t, "/", call, gatehouse.Certificate(ca.issue(t))).Kind)
	g.Refused(t, "/", call, gatehouse.Certificate(ca.issue(t, named("someone else"))))
	_, err := g.Try(t.Context(), "/", call, gatehouse.Certificate(foreign.issue(t)))
	assert.Error(t, err)
}

func TestForwardedCertificates(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t, "Client CA")
	right, wrong := ca.issue(t), ca.issue(t, named("someone else"))
	der := base64.StdEncoding.EncodeToString(right.Certificate[0])
	escaped := url.PathEscape(pemOf(right))
	for name, c := range map[string]struct{ right, wrong string }{
		"X-ARR-ClientCert":        {der, base64.StdEncoding.EncodeToString(wrong.Certificate[0])},
		"Client-Cert":             {":" + der + ":", der},
		"X-Forwarded-Client-Cert": {`Hash=a;Cert="` + escaped + `"`, `Cert="` + escaped + `",Cert="` + url.PathEscape(pemOf(wrong)) + `"`},
		"X-SSL-Client-Cert":       {escaped, url.PathEscape(pemOf(wrong))},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, peer := range []struct {
				trusted bool
				ranges  string
			}{{true, "127.0.0.1/32"}, {false, "192.0.2.0/24"}} {
				upstream := gatehouse.Answering(t, http.StatusOK, `{}`)
				g := gatehouse.Start(t, site(upstream, "client_certificate {\n trust_pool file "+ca.file+"\n subject b2c\n forwarded_header "+name+"\n }"),
					gatehouse.RequestClientCertificate(), gatehouse.Servers("trusted_proxies static "+peer.ranges))
				none := g.Refused(t, "/", call)
				forwarded := gatehouse.Header(name, c.right)
				if peer.trusted {
					assert.Equal(t, contract.Continue, g.Post(t, "/", call, forwarded).Kind)
					assert.Equal(t, 1, upstream.Calls())
					g.Refused(t, "/", call, gatehouse.Certificate(right)) // the proxy's own
				} else {
					assert.NoError(t, contract.SameBytes(none, g.Refused(t, "/", call, forwarded)))
					assert.Equal(t, contract.Continue, g.Post(t, "/", call, gatehouse.Header(name, c.wrong), gatehouse.Certificate(right)).Kind)
				}
				for _, options := range [][]gatehouse.CallOption{
					{gatehouse.Header(name, c.wrong)},
					{gatehouse.Header(name, "garbage")},
					{forwarded, gatehouse.AddHeader(name, c.right)},
				} {
					assert.NoError(t, contract.SameBytes(none, g.Refused(t, "/", call, options...)))
				}
				for _, request := range upstream.Received() {
					assert.Empty(t, request.Header.Values(name), "it never goes on")
				}
			}
		})
	}
}

func TestUnsafeConfigurationsAreRefusedAndTheOldOneStays(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t, "Client CA")
	folder := t.TempDir()
	empty, text := filepath.Join(folder, "empty.pem"), filepath.Join(folder, "text.pem")
	write(t, empty, "")
	write(t, text, "this is no PEM\n")
	upstream := gatehouse.Answering(t, http.StatusOK, `{}`)
	right := ca.issue(t)
	g := gatehouse.Start(t, site(upstream, "client_certificate {\n trust_pool file "+ca.file+"\n }"), gatehouse.RequestClientCertificate())
	for name, c := range map[string]struct {
		auth string
		want string
	}{
		"CA file missing":          {"trust_pool file " + filepath.Join(folder, "missing.pem"), "missing.pem"},
		"CA file empty":            {"trust_pool file " + empty, "holds no certificate"},
		"CA file no PEM":           {"trust_pool file " + text, "holds no certificate"},
		"the system's authorities": {"trust_pool system", "every public authority"},
		"only a name":              {"subject b2c", "anybody can make a certificate"},
		"a header without proxies": {"trust_pool file " + ca.file + "\n forwarded_header X-ARR-ClientCert", "trusted_proxies static"},
		"a header Caddy drops":     {"trust_pool file " + ca.file + "\n forwarded_header ssl_client_cert", "drops headers"},
	} {
		output := g.ReloadFails(t, site(upstream, "client_certificate {\n "+c.auth+"\n }"))
		assert.Contains(t, output, c.want, name)
		assert.Equal(t, contract.Continue, g.Post(t, "/", call, gatehouse.Certificate(right)).Kind, name)
		g.Refused(t, "/", call)
	}
}

// crypto/tls verifies against the roots of the system where no pool is named.
func TestVerifyModesWithoutATrustPoolAreRefused(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"verify_if_given", "require_and_verify"} {
		result := gatehouse.Validate(t, `{
	admin off
	auto_https off
}
https://localhost:8443 {
	tls internal {
		client_auth {
			mode `+mode+`
		}
	}
	api_connector {
		auth {
			basic b2c plain:`+secret+`
		}
	}
	reverse_proxy 127.0.0.1:9000
}
`)
		assert.Equal(t, 1, result.Status, result.Output)
		assert.Contains(t, result.Output, mode)
		assert.Contains(t, result.Output, "add `trust_pool file")
	}
}

func read(t testing.TB, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(text)
}
