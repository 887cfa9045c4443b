package check_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// What cannot run has exit status 2 and says what to write instead.
func TestUsage(t *testing.T) {
	t.Parallel()
	const address = "https://127.0.0.1:1/signup"
	for name, tc := range map[string]struct {
		args []string
		want string
	}{
		"no address":            {nil, "0 addresses given"},
		"two addresses":         {[]string{address, address}, "2 addresses given"},
		"no scheme":             {[]string{"api.example.com/signup"}, "https://api.example.com/signup"},
		"http":                  {[]string{"http://api.example.com/signup"}, `scheme "http"`},
		"credentials in it":     {[]string{"https://b2c:" + secret + "@api.example.com/"}, "--basic"},
		"nobody there":          {[]string{address}, "connection refused"},
		"unknown flag":          {[]string{"--colour", address}, "unknown flag: --colour"},
		"unknown protocol":      {[]string{"--protocol", "saml", address}, `--protocol "saml" is unknown`},
		"unknown step":          {[]string{"--step", "Later", address}, `--step "Later" is unknown`},
		"step of a policy":      {[]string{"--protocol", "b2c_custom_policy", "--step", "PreTokenIssuance", address}, "name no step"},
		"unknown expectation":   {[]string{"--expect", "yes", address}, `--expect "yes" is unknown`},
		"no secret":             {[]string{"--basic", "b2c", address}, `--basic "b2c" has no secret; set GATEHOUSE_CHECK_SECRET or give --secret-file`},
		"no name":               {[]string{"--basic", ":" + secret, address}, "--basic has no name"},
		"two secrets":           {[]string{"--basic", "b2c:" + secret, "--secret-file", "x", address}, "give one"},
		"secret without a name": {[]string{"--secret-file", "x", address}, "--basic has no name"},
		"missing secret file":   {[]string{"--basic", "b2c", "--secret-file", "/nonexistent/secret", address}, "/nonexistent/secret"},
		"missing certificate":   {[]string{"--cert", "/nonexistent/client.crt", address}, "/nonexistent/client.crt"},
		"missing authority":     {[]string{"--cacert", "/nonexistent/root.crt", address}, "/nonexistent/root.crt"},
		"no authority in it":    {[]string{"--cacert", "usage_test.go", address}, "no certificate"},
		"missing claims":        {[]string{"--claims", "/nonexistent/claims.json", address}, "/nonexistent/claims.json"},
		"claims that are none":  {[]string{"--claims", "usage_test.go", address}, "is not one JSON object"},
		"time-out too long":     {[]string{"--timeout", "10m", address}, "--timeout 10m0s"},
		"several at once":       {[]string{"--timeout", "10m", "--expect", "yes", address}, `--expect "yes"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			result := gatehouse.Run(t, append([]string{"connector", "check"}, tc.args...)...)
			assert.Equal(t, 2, result.Status, result.Output)
			assert.Contains(t, result.Output, tc.want)
			assert.Equal(t, 1, strings.Count(result.Output, "Error:"), result.Output)
			assert.NotContains(t, result.Output, secret)
		})
	}
}

// No secret has to stand on the command line.
func TestSecretFromFileOrVariable(t *testing.T) {
	t.Parallel()
	e := serve(t, naive{}, nil)
	file := written(t, "secret", secret+"\n")
	r, status := check(t, "--basic", username, "--secret-file", file, "--cacert", e.cacert, e.url)
	assert.Zero(t, status)
	assert.Empty(t, r.named("failed"))

	cmd := exec.Command(gatehouse.Binary(t), "connector", "check", "--basic", username, "--cacert", e.cacert, e.url)
	cmd.Env = []string{"HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH"), "GATEHOUSE_CHECK_SECRET=" + secret}
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	assert.Contains(t, string(out), "✓ auth-right")
}

func TestHelp(t *testing.T) {
	t.Parallel()
	help := gatehouse.Run(t, "connector", "check", "--help")
	assert.Zero(t, help.Status)
	for _, want := range []string{"Examples:", "list of processes", "GATEHOUSE_CHECK_SECRET", "At most 5m0s in all", "Exit status", "--junit"} {
		assert.Contains(t, help.Output, want)
	}
}

func TestClaimsFromStandardInput(t *testing.T) {
	t.Parallel()
	e := serve(t, at("PostAttributeCollection", 400, validationError), nil)
	args := append([]string{"connector", "check", "--claims", "-", "--expect", "continue"}, e.args()...)
	result := gatehouse.RunWithInput(t, `{"email":"known@example.com","points":1e999}`, args...)
	assert.Equal(t, 1, result.Status)
	assert.Contains(t, result.Output, "✗ expected           invalid, want continue")
	assert.Contains(t, result.Output, `"email":"known@example.com","points":1e999,`)
}
