package credential

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func pemOf(certificates ...*issued) string {
	var text strings.Builder
	for _, c := range certificates {
		text.Write(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
	}
	return text.String()
}

func TestForwardedCertificates(t *testing.T) {
	t.Parallel()
	root := authority(t, nil, "Client CA")
	leaf, other := issue(t, root, "b2c", nil), issue(t, root, "other", nil)
	der := base64.StdEncoding.EncodeToString(leaf.Raw)
	escaped, foreign := url.QueryEscape(pemOf(leaf)), url.QueryEscape(pemOf(other))
	escaped = strings.ReplaceAll(escaped, "+", "%20") // of "BEGIN CERTIFICATE", as nginx and Envoy write it
	foreign = strings.ReplaceAll(foreign, "+", "%20")
	amazon := strings.NewReplacer("\n", "%0A", " ", "%20").Replace(pemOf(leaf, root)) // + = / are left as they are
	envoy := `By=spiffe://a;Hash=abc;Subject="CN=b2c, O=\"x;y,z\"";Cert="` + escaped + `"`

	for name, tc := range map[string]struct {
		header string
		lines  []string
		want   int // certificates; -1: refused
	}{
		"Azure":                            {"X-ARR-ClientCert", []string{der}, 1},
		"Azure, empty":                     {"X-ARR-ClientCert", []string{""}, 0},
		"Azure, absent":                    {"X-ARR-ClientCert", nil, 0},
		"Azure, twice":                     {"X-ARR-ClientCert", []string{der, der}, -1},
		"Azure, twice, one empty":          {"X-ARR-ClientCert", []string{der, ""}, -1},
		"Azure, two in one line":           {"X-ARR-ClientCert", []string{der + "," + der}, -1},
		"Azure, no padding":                {"X-ARR-ClientCert", []string{strings.TrimRight(der, "=") + "A"}, -1},
		"Azure, PEM":                       {"X-ARR-ClientCert", []string{escaped}, -1},
		"Azure, URL alphabet":              {"X-ARR-ClientCert", []string{base64.URLEncoding.EncodeToString([]byte{0xfb, 0xff})}, -1},
		"Azure, garbage":                   {"X-ARR-ClientCert", []string{"%%%"}, -1},
		"Azure, base64 of garbage":         {"X-ARR-ClientCert", []string{"Z2FyYmFnZQ=="}, -1},
		"Azure, line end":                  {"X-ARR-ClientCert", []string{der[:8] + "\n" + der[8:]}, -1},
		"Azure, something behind":          {"X-ARR-ClientCert", []string{base64.StdEncoding.EncodeToString(append(leaf.Raw[:len(leaf.Raw):len(leaf.Raw)], 0))}, -1},
		"Azure, too long":                  {"X-ARR-ClientCert", []string{strings.Repeat("A", maxForwarded+4)}, -1},
		"RFC 9440":                         {"Client-Cert", []string{":" + der + ":"}, 1},
		"RFC 9440, no colons":              {"Client-Cert", []string{der}, -1},
		"RFC 9440, one colon":              {"Client-Cert", []string{":" + der}, -1},
		"RFC 9440, only a colon":           {"Client-Cert", []string{":"}, -1},
		"RFC 9440, empty sequence":         {"Client-Cert", []string{"::"}, -1},
		"RFC 9440, parameter":              {"Client-Cert", []string{":" + der + ":;a=b"}, -1},
		"RFC 9440, list":                   {"Client-Cert", []string{":" + der + ":, :" + der + ":"}, -1},
		"Envoy":                            {"X-Forwarded-Client-Cert", []string{envoy}, 1},
		"Envoy, bare value":                {"X-Forwarded-Client-Cert", []string{"Hash=abc;Cert=" + escaped}, 1},
		"Envoy, the last element":          {"X-Forwarded-Client-Cert", []string{`Cert="` + foreign + `",` + envoy}, 1},
		"Envoy, the last, after a space":   {"X-Forwarded-Client-Cert", []string{`Cert="` + foreign + `", ` + envoy}, 1},
		"Envoy, the last has none":         {"X-Forwarded-Client-Cert", []string{envoy + ",Hash=abc"}, -1},
		"Envoy, twice in one element":      {"X-Forwarded-Client-Cert", []string{envoy + `;cert="` + foreign + `"`}, -1},
		"Envoy, two lines":                 {"X-Forwarded-Client-Cert", []string{envoy, envoy}, -1},
		"Envoy, Cert within a quoted text": {"X-Forwarded-Client-Cert", []string{`Subject="x;Cert=\"` + escaped + `\""`}, -1},
		"Envoy, no closing quote":          {"X-Forwarded-Client-Cert", []string{strings.TrimSuffix(envoy, `"`)}, -1},
		"Envoy, text after the quote":      {"X-Forwarded-Client-Cert", []string{envoy + "x"}, -1},
		"Envoy, no pair":                   {"X-Forwarded-Client-Cert", []string{"Cert"}, -1},
		"Envoy, open end":                  {"X-Forwarded-Client-Cert", []string{envoy + ";"}, -1},
		"Envoy, open list":                 {"X-Forwarded-Client-Cert", []string{envoy + ","}, -1},
		"Envoy, escape at the end":         {"X-Forwarded-Client-Cert", []string{`Cert="\`}, -1},
		"nginx":                            {"X-SSL-Client-Cert", []string{escaped}, 1},
		"Amazon, with its issuer":          {"X-Amzn-Mtls-Clientcert", []string{amazon}, 2},
		"nginx, not escaped PEM":           {"X-SSL-Client-Cert", []string{pemOf(leaf)}, 1},
		"nginx, text in front":             {"X-SSL-Client-Cert", []string{"x" + escaped}, -1},
		"nginx, text behind":               {"X-SSL-Client-Cert", []string{escaped + "x"}, -1},
		"nginx, broken block in front":     {"X-SSL-Client-Cert", []string{url.PathEscape("-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n") + escaped}, -1},
		"nginx, a private key":             {"X-SSL-Client-Cert", []string{url.PathEscape("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")}, -1},
		"nginx, broken escape":             {"X-SSL-Client-Cert", []string{escaped + "%2"}, -1},
		"nginx, no end":                    {"X-SSL-Client-Cert", []string{strings.TrimSuffix(escaped, "-----%0A")}, -1},
		"nginx, empty block":               {"X-SSL-Client-Cert", []string{url.PathEscape("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----")}, -1},
		"nginx, too many":                  {"X-SSL-Client-Cert", []string{url.PathEscape(strings.Repeat(pemOf(leaf), maxChain+1))}, -1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			header := http.Header{"Client-Cert-Chain": {"x"}, "Other": {"y"}}
			if tc.lines != nil {
				header[http.CanonicalHeaderKey(tc.header)] = tc.lines
			}
			chain, ok := NewForwarded(strings.ToLower(tc.header)).Take(header)
			assert.Equal(t, tc.want >= 0, ok)
			assert.Empty(t, header.Values(tc.header), "it is removed in any case")
			assert.Equal(t, tc.header != "Client-Cert", header.Get("Client-Cert-Chain") != "")
			assert.Equal(t, "y", header.Get("Other"))
			if require.Len(t, chain, max(tc.want, 0)); tc.want > 0 {
				assert.Equal(t, leaf.Raw, chain[0].Raw)
			}
		})
	}
}

// Whatever a proxy sends, a certificate comes out as it is or not at all, and the
// header is gone.
func FuzzForwarded(f *testing.F) {
	leaf := issue(f, authority(f, nil, "Client CA"), "b2c", nil)
	der, escaped := base64.StdEncoding.EncodeToString(leaf.Raw), url.PathEscape(pemOf(leaf))
	for _, seed := range []string{
		der, ":" + der + ":", escaped, `Cert="` + escaped + `"`, "By=a;Cert=" + escaped + `,Hash="\"";Cert=` + escaped, "", ":", `"`, "=", "Cert=,", "%", `a="\`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		for _, name := range []string{"X-ARR-ClientCert", "Client-Cert", "X-Forwarded-Client-Cert", "X-SSL-Client-Cert"} {
			header := http.Header{http.CanonicalHeaderKey(name): {line}}
			chain, ok := NewForwarded(name).Take(header)
			require.Empty(t, header)
			require.LessOrEqual(t, len(chain), maxChain)
			if !ok {
				require.Empty(t, chain)
			}
			for _, c := range chain {
				again, err := x509.ParseCertificate(c.Raw)
				require.NoError(t, err)
				require.Equal(t, c.Raw, again.Raw)
			}
		}
	})
}
