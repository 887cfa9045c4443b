package check_test

import (
	"crypto/tls"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

func TestFaultsOfTLS(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change func(*tls.Config)
		want   []string
	}{
		"TLS 1.0 and 1.1 offered":  {func(c *tls.Config) { c.MinVersion = tls.VersionTLS10 }, []string{"tls-old"}},
		"TLS 1.1 offered":          {func(c *tls.Config) { c.MinVersion = tls.VersionTLS11 }, []string{"tls-old"}},
		"TLS 1.0 and 1.1 only":     {func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 }, []string{"tls-1.2", "tls-old"}},
		"TLS 1.3 only":             {func(c *tls.Config) { c.MinVersion = tls.VersionTLS13 }, []string{"tls-1.2"}},
		"TLS 1.2 only":             {func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 }, nil},
		"no suite of the eight":    {func(c *tls.Config) { c.CipherSuites = []uint16{tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256} }, []string{"tls-suites"}},
		"one suite of the eight":   {func(c *tls.Config) { c.CipherSuites = []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256} }, nil},
		"wants a certificate, too": {func(c *tls.Config) { c.ClientAuth = tls.RequestClientCert }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, status := check(t, serve(t, naive{}, tc.change).args()...)
			assert.ElementsMatch(t, tc.want, r.named("failed"), "%+v", r.Checks)
			assert.Equal(t, min(len(tc.want), 1), status)
		})
	}
}

func TestFaultsOfTheCertificate(t *testing.T) {
	t.Parallel()
	expired := serveAs(t, naive{}, gatehouse.ServerCertificate(t, "localhost", -time.Hour), nil)
	named := serve(t, naive{}, nil)
	elsewhere := serveAs(t, naive{}, gatehouse.ServerCertificate(t, "elsewhere.example", time.Hour), nil)
	elsewhere.url = strings.Replace(elsewhere.url, "127.0.0.1", "localhost", 1)
	for name, tc := range map[string]struct {
		args []string
		want string
	}{
		"expired":           {expired.args(), "certificate-expiry"},
		"of another name":   {elsewhere.args(), "certificate-name"},
		"of nobody's trust": {[]string{"--basic", username + ":" + secret, named.url}, "certificate-chain"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, status := check(t, tc.args...)
			assert.Equal(t, []string{tc.want}, r.named("failed"), "%+v", r.Checks)
			assert.Contains(t, r.codes(tc.want), "AADB2C90075")
			assert.Equal(t, 1, status)
			assert.Contains(t, r.named("skipped"), "auth-none", "a call was sent to whoever that is")

			r, status = check(t, append([]string{"--insecure"}, tc.args...)...)
			assert.Empty(t, r.named("failed"))
			assert.Equal(t, []string{tc.want}, r.named("skipped"))
			assert.Zero(t, status)
		})
	}
}
