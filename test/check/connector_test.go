package check_test

import (
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// TestOurOwnDemoPasses: the demo's two connectors, as a person would check them.
func TestOurOwnDemoPasses(t *testing.T) {
	t.Parallel()
	address, root := startDemo(t)
	for protocol, path := range map[string]string{"b2c_user_flow": "/loyalty", "b2c_custom_policy": "/policy"} {
		r, status := check(t, "--protocol", protocol, "--basic", username+":"+secret, "--cacert", root, address+path)
		assert.Zero(t, status)
		assert.Empty(t, r.named("failed"), "%+v", r.Checks)
		if protocol == "b2c_user_flow" {
			assert.Empty(t, r.named("skipped"), "%+v", r.Checks)
		} else {
			assert.Equal(t, []string{"wrong-method"}, r.named("skipped"))
		}
	}
	claims := written(t, "claims.json", `{"email":"david@contoso.com","extension_LoyaltyId":"1234"}`)
	for expect, want := range map[string][]string{"invalid": {}, "continue": {"expected"}} {
		r, _ := check(t, "--claims", claims, "--expect", expect, "--step", "PostAttributeCollection", "--step", "PreTokenIssuance",
			"--basic", username+":"+secret, "--cacert", root, address+"/loyalty")
		assert.Equal(t, want, r.named("failed"), "%+v", r.Checks)
	}
}

// startDemo returns the address of a running demo and the file of its authority.
func startDemo(t *testing.T) (address, root string) {
	t.Helper()
	folder := t.TempDir()
	demo := exec.Command(gatehouse.Binary(t), "connector", "demo", "--listen", "127.0.0.1:0")
	demo.Env = []string{"HOME=" + folder, "TMPDIR=" + folder, "PATH=" + os.Getenv("PATH"), "GATEHOUSE_DEMO_PASSWORD=" + secret}
	output, err := demo.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, demo.Start())
	t.Cleanup(func() {
		_ = demo.Process.Signal(syscall.SIGINT)
		_ = demo.Wait()
	})
	tooLate := time.AfterFunc(time.Minute, func() { _ = demo.Process.Kill() })
	defer tooLate.Stop()
	var said strings.Builder
	buffer := make([]byte, 4<<10)
	for !strings.Contains(said.String(), "Ctrl+C") {
		n, err := output.Read(buffer)
		said.Write(buffer[:n])
		require.NoError(t, err, "the demo did not start:\n%s", said.String())
	}
	go func() { _, _ = io.Copy(io.Discard, output) }()
	address = regexp.MustCompile(`https://127\.0\.0\.1:\d+`).FindString(said.String())
	roots, err := filepath.Glob(filepath.Join(folder, "gatehouse-demo-*", "pki", "authorities", "local", "root.crt"))
	require.NoError(t, err)
	require.Len(t, roots, 1)
	return address, roots[0]
}

// TestClientCertificates: the connector asks for a certificate in the handshake and
// refuses the others with 401, or the listener refuses them itself.
func TestClientCertificates(t *testing.T) {
	t.Parallel()
	pair := gatehouse.ClientCertificate(t, "b2c.example", time.Hour)
	folder := t.TempDir()
	cert, key := filepath.Join(folder, "client.crt"), filepath.Join(folder, "client.key")
	gatehouse.WriteKeyPair(t, pair, cert, key)
	for name, listener := range map[string]gatehouse.Option{
		"requested": gatehouse.RequestClientCertificate(),
		"required":  gatehouse.ClientAuth("mode require_and_verify\n trust_pool file {\n pem_file " + cert + "\n }"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			upstream := gatehouse.NewUpstream(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
			g := gatehouse.Start(t, "api_connector {\n auth {\n client_certificate {\n thumbprint "+gatehouse.SHA256(pair)+
				"\n }\n }\n}\nreverse_proxy "+upstream.Address(), listener)
			root := filepath.Join(g.Home(), "server.crt")
			r, status := check(t, "--cert", cert, "--key", key, "--cacert", root, g.URL())
			assert.Zero(t, status)
			assert.Equal(t, []string(nil), append([]string(nil), r.named("failed")...), "%+v", r.Checks)
			assert.Empty(t, r.named("skipped"), "%+v", r.Checks)

			other := filepath.Join(folder, name+".crt")
			otherKey := filepath.Join(folder, name+".key")
			gatehouse.WriteKeyPair(t, gatehouse.ClientCertificate(t, "b2c.example", time.Hour), other, otherKey)
			r, status = check(t, "--cert", other, "--key", otherKey, "--cacert", root, g.URL())
			assert.Equal(t, 1, status)
			assert.Equal(t, []string{"auth-right"}, r.named("failed"), "%+v", r.Checks)
		})
	}
}

func TestNoCredentialsForADoorThatIsShut(t *testing.T) {
	t.Parallel()
	e := serve(t, naive{}, nil)
	result := gatehouse.Run(t, "connector", "check", "--cacert", e.cacert, e.url)
	assert.Equal(t, 2, result.Status, "what was not checked has not passed")
	assert.Contains(t, result.Output, "✓ auth-none          HTTP 401")
	assert.Contains(t, result.Output, "Not finished: no credentials were given; give --basic or --cert")
}
