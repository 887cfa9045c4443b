//go:build tlsscan

package tls_test

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// scanWithin bounds one scanner; testssl.sh takes some minutes.
const scanWithin = 8 * time.Minute

// TestScan runs the scanners on Caddyfile.example and compares what they find
// with testdata. A scanner that is missing is named aloud.
func TestScan(t *testing.T) {
	for certificate, kind := range map[string]x509.PublicKeyAlgorithm{"ecdsa": x509.ECDSA, "rsa": x509.RSA} {
		g := gatehouse.StartShipped(t, gatehouse.Shipped{}, keyOf(kind)...)
		t.Run("sslscan "+certificate, func(t *testing.T) {
			path, err := exec.LookPath("sslscan")
			if err != nil {
				t.Skip("LEFT OUT: sslscan is not installed")
			}
			out := scan(t, path, "--no-colour", "--sni-name=localhost", g.Address())
			t.Log("\n" + out)
			assert.Equal(t, expected(t, "sslscan-"+certificate+".txt"), ofSSLScan(out))
			assertB2C(t, certificate, out)
		})
		t.Run("testssl.sh "+certificate, func(t *testing.T) {
			path, err := exec.LookPath("testssl")
			if err != nil {
				path, err = exec.LookPath("testssl.sh")
			}
			if err != nil {
				t.Skip("LEFT OUT: testssl.sh is not installed")
			}
			file := filepath.Join(t.TempDir(), "found.json")
			out := scan(t, path, "--warnings", "off", "--quiet", "--color", "0", "--ip", "127.0.0.1",
				"-p", "-s", "-f", "-U", "--jsonfile", file, "localhost:"+g.Address()[strings.LastIndex(g.Address(), ":")+1:])
			t.Log("\n" + out)
			assert.Equal(t, expected(t, "testssl-"+certificate+".txt"), ofTestSSL(t, file))
		})
	}
}

func scan(t *testing.T, program string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), scanWithin)
	defer cancel()
	out, err := exec.CommandContext(ctx, program, args...).CombinedOutput()
	require.NoError(t, ctx.Err(), "%s did not end:\n%s", program, out)
	if err != nil {
		t.Logf("%s: %v", program, err) // testssl.sh counts what it finds in its status
	}
	return string(out)
}

func expected(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	return string(text)
}

var (
	protocolLine = regexp.MustCompile(`(?m)^((?:SSL|TLS)v\S+)\s+(enabled|disabled)`)
	cipherLine   = regexp.MustCompile(`(?m)^(?:Preferred|Accepted)\s+(TLSv\S+|SSLv\S+)\s+\d+ bits\s+(\S+)`)
)

// ofSSLScan are the versions and suites of its output, each suite once, sorted:
// the order is the server's and depends on the machine's AES instructions.
func ofSSLScan(out string) string {
	var lines []string
	for _, match := range protocolLine.FindAllStringSubmatch(out, -1) {
		lines = append(lines, match[1]+" "+match[2])
	}
	for _, match := range cipherLine.FindAllStringSubmatch(out, -1) {
		lines = append(lines, match[1]+" "+match[2])
	}
	slices.Sort(lines)
	return strings.Join(slices.Compact(lines), "\n") + "\n"
}

// assertB2C says in words what the comparison says in lines.
func assertB2C(t *testing.T, certificate, out string) {
	t.Helper()
	found := ofSSLScan(out)
	for _, old := range []string{"SSLv2", "SSLv3", "TLSv1.0", "TLSv1.1"} {
		assert.Contains(t, found, old+" disabled")
	}
	assert.Contains(t, found, "TLSv1.2 ECDHE-"+strings.ToUpper(certificate)+"-AES", "no suite that B2C takes")
	for line := range strings.Lines(found) {
		version, suite, _ := strings.Cut(strings.TrimSpace(line), " ")
		if suite == "enabled" || suite == "disabled" {
			continue
		}
		assert.Contains(t, []string{"TLSv1.2", "TLSv1.3"}, version, line)
		assert.True(t, strings.Contains(suite, "GCM") || strings.Contains(suite, "POLY1305") || strings.Contains(suite, "CHACHA20"), "%s is no AEAD", suite)
	}
}

// asked are the findings that count. The others are about the certificate, which
// is the test's own, and the machine's OpenSSL.
var asked = regexp.MustCompile(`^(SSLv2|SSLv3|TLS1|TLS1_1|TLS1_2|TLS1_3|cipherlist_.*|std_.*|heartbleed|CCS|ticketbleed|ROBOT|secure_renego|` +
	`secure_client_renego|CRIME_TLS|POODLE_SSL|fallback_SCSV|SWEET32|FREAK|DROWN|LOGJAM|BEAST|LUCKY13|RC4)$`)

// ofTestSSL are the findings of its JSON that count, sorted.
func ofTestSSL(t *testing.T, file string) string {
	t.Helper()
	raw, err := os.ReadFile(file)
	require.NoError(t, err)
	var findings []struct{ ID, Severity, Finding string }
	require.NoError(t, json.Unmarshal(raw, &findings))
	var lines []string
	for _, finding := range findings {
		if asked.MatchString(finding.ID) {
			what, _, _ := strings.Cut(finding.Finding, ",") // behind it the scanner says why
			lines = append(lines, fmt.Sprintf("%s: %s (%s)", finding.ID, what, finding.Severity))
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n") + "\n"
}
