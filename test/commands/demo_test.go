package commands_test

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/internal/contract"
	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

func TestMain(m *testing.M) { gatehouse.Main(m) }

// awkwardPassword needs every quote that the printed lines have.
const awkwardPassword = `it's "a" $password`

func TestDemo(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("LEFT OUT: there is no curl on this machine to paste the demo's lines into")
	}
	home, temporary := t.TempDir(), t.TempDir()
	demo := gatehouse.StartDemo(t, "HOME="+home, "XDG_DATA_HOME="+filepath.Join(home, "data"), "TMPDIR="+temporary, "GATEHOUSE_DEMO_PASSWORD="+awkwardPassword)
	require.Len(t, demo.Lines, 7, "the lines to paste have changed; so must this test")

	assert.Regexp(t, `^HTTP/\S+ 401`, paste(t, demo.Lines[0]))
	invalid := paste(t, demo.Lines[1])
	assert.Regexp(t, `^HTTP/\S+ 400`, invalid)
	assert.Contains(t, invalid, `"status":400,"action":"ValidationError","userMessage":"Loyalty ID '1234' is not associated with 'david@contoso.com' email address."`)
	for range 2 {
		goesOn := paste(t, demo.Lines[2])
		assert.Regexp(t, `^HTTP/\S+ 200`, goesOn)
		assert.Contains(t, goesOn, `"action":"Continue","extension_0123456789abcdef0123456789abcdef_PromoCode":"24534"}`)
	}
	assert.Equal(t, demo.Lines[2], demo.Lines[3], "the same call again")
	assert.JSONEq(t, `{"calls":2}`, paste(t, demo.Lines[4]), "one for 1234 and one for the two that are alike")
	metrics := paste(t, demo.Lines[5])
	assert.Contains(t, metrics, `gatehouse_requests_total{answer="continue",connector="loyalty",source="cache",step="PostAttributeCollection"} 1`)
	assert.Contains(t, metrics, `gatehouse_requests_total{answer="continue",connector="loyalty",source="upstream",step="PostAttributeCollection"} 1`)
	policy := paste(t, demo.Lines[6])
	assert.Regexp(t, `^HTTP/\S+ 409`, policy)
	assert.Contains(t, policy, `"status":409,"userMessage":"Loyalty ID '1234' is not associated`)

	checkDashboards(t, paste(t, strings.Split(demo.Lines[5], " | ")[0]))

	checkPage(t, demo.Page)
	demo.Interrupt(t)
	for _, folder := range []string{home, temporary} {
		left, err := os.ReadDir(folder)
		require.NoError(t, err)
		assert.Empty(t, left, "nothing is left behind")
	}
}

// checkPage: the page is there for a browser on this machine, and its numbers are the
// connector's. test/browser walks it.
func checkPage(t *testing.T, page string) {
	t.Helper()
	assert.Regexp(t, `^http://127\.0\.0\.1:\d+/$`, page)
	get := func(path, host string) (int, string) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, page+path, http.NoBody)
		require.NoError(t, err)
		r.Host = host
		resp, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		assert.NotContains(t, string(body), awkwardPassword)
		assert.Contains(t, resp.Header.Get("Content-Security-Policy"), "default-src 'none'")
		return resp.StatusCode, string(body)
	}
	status, body := get("", "")
	assert.Equal(t, http.StatusOK, status)
	assert.Contains(t, body, "Loyalty ID")
	status, body = get("api/live", "")
	assert.Equal(t, http.StatusOK, status)
	assert.Contains(t, body, `"continue":0`, "the page's own connector was not called")
	status, _ = get("api/live", "rebound.example.com")
	assert.Equal(t, http.StatusMisdirectedRequest, status)
}

func TestDemoListensOnLoopbackOnly(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"0.0.0.0:8443", "10.1.2.3:8443", "8443", "localhost:8443", "[::]:0"} {
		result := gatehouse.Run(t, "connector", "demo", "--listen", address)
		assert.Equal(t, 1, result.Status, address)
		assert.Contains(t, result.Output, `--listen "`+address+`": the demo listens on loopback only`)
		result = gatehouse.Run(t, "connector", "demo", "--listen", "127.0.0.1:0", "--page", address)
		assert.Equal(t, 1, result.Status, address)
		assert.Contains(t, result.Output, `--page "`+address+`": the demo listens on loopback only`)
	}
}

// checkDashboards: every metric of the overview is one that the process exports. The
// other dashboards read recorded ones too, and a certificate's; test/observe has those.
func checkDashboards(t *testing.T, exposition string) {
	t.Helper()
	files, err := filepath.Glob("../../dashboards/gatehouse-overview.json")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, name := range regexp.MustCompile(`\bgatehouse_[a-z_]+`).FindAllString(string(content), -1) {
			assert.Contains(t, exposition, "\n"+name, file)
		}
	}
}

// paste runs a line in a POSIX shell.
func paste(t *testing.T, line string) string {
	t.Helper()
	out, err := exec.Command("sh", "-c", line).CombinedOutput()
	require.NoError(t, err, "%s\n%s", line, out)
	return string(out)
}

func TestDemoSaysWhatToDoAboutATakenAddress(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	result := gatehouse.Run(t, "connector", "demo", "--listen", "127.0.0.1:0", "--page", taken.Addr().String())
	assert.Equal(t, 1, result.Status)
	assert.Contains(t, result.Output, "choose another address with --page")
}

// Caddy would share the address (SO_REUSEPORT), and each of the two would get some of
// the other's calls.
func TestDemoDoesNotShareAnAddressWithARunningGatehouse(t *testing.T) {
	t.Parallel()
	g := gatehouse.Start(t, "respond 204")
	taken, err := net.Listen("tcp", "127.0.0.1:0") // ends a demo that starts all the same
	require.NoError(t, err)
	defer taken.Close()
	result := gatehouse.Run(t, "connector", "demo", "--listen", g.Address(), "--page", taken.Addr().String())
	assert.Equal(t, 1, result.Status)
	assert.Contains(t, result.Output, "choose another address with --listen")
}

func TestSecret(t *testing.T) {
	t.Parallel()
	first, second := gatehouse.Run(t, "connector", "secret"), gatehouse.Run(t, "connector", "secret")
	form := regexp.MustCompile(`^secret:     ([A-Za-z0-9_-]{43})\ncredential: (sha256:[0-9a-f]{64})\n$`)
	parts := form.FindStringSubmatch(first.Output)
	require.NotNil(t, parts, first.Output)
	assert.Zero(t, first.Status)
	assert.NotEqual(t, first.Output, second.Output)

	upstream := gatehouse.NewUpstream(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	g := gatehouse.Start(t, "api_connector {\n auth {\n basic b2c "+parts[2]+"\n }\n}\nreverse_proxy "+upstream.Address())
	answer := g.Post(t, "/", `{"email":"a@example.com"}`, gatehouse.Basic("b2c", parts[1]))
	assert.Equal(t, contract.Continue, answer.Kind)
}

func TestExplain(t *testing.T) {
	t.Parallel()
	people := gatehouse.RunWithInput(t, `{"message":"nope"}`, "connector", "explain", "--status", "404", "-")
	assert.Zero(t, people.Status)
	assert.Contains(t, people.Output, "fault upstream_rejected")
	assert.Contains(t, people.Output, "13 rejected")
	assert.Contains(t, people.Output, `{"version":"1.0.0","status":400,"action":"ValidationError","userMessage":"`)

	file := filepath.Join(t.TempDir(), "answer.json")
	require.NoError(t, os.WriteFile(file, []byte(`{"roles":["a","b"],"address":{"city":"Graz"}}`), 0o600))
	scripts := gatehouse.Run(t, "connector", "explain", "--status", "200", "--step", "PreTokenIssuance", "--json", file)
	var said struct {
		Verdict string
		Rule    struct {
			Number int
			Name   string
		}
		Dropped []struct{ Name, Why string }
		Answer  struct {
			Kind   string
			Status int
			Body   json.RawMessage
		}
	}
	require.NoError(t, json.Unmarshal([]byte(scripts.Output), &said), scripts.Output)
	assert.Equal(t, "continue", said.Verdict)
	assert.Equal(t, 15, said.Rule.Number)
	require.Len(t, said.Dropped, 1)
	assert.Equal(t, "address", said.Dropped[0].Name)
	assert.JSONEq(t, `{"version":"1.0.0","action":"Continue","roles":"a,b"}`, string(said.Answer.Body))

	for name, tc := range map[string]struct {
		args []string
		want string
	}{
		"no status":        {nil, "--status 0"},
		"unknown protocol": {[]string{"--status", "200", "--protocol", "saml"}, `protocol "saml" is unknown`},
		"unknown step":     {[]string{"--status", "200", "--step", "Later"}, `--step "Later"`},
		"step of a policy": {[]string{"--status", "200", "--protocol", "b2c_custom_policy", "--step", "PreTokenIssuance"}, "name no step"},
		"header":           {[]string{"--status", "200", "--header", "Content-Type"}, `--header "Content-Type"`},
		"missing file":     {[]string{"--status", "200", "/nonexistent/answer.json"}, "/nonexistent/answer.json"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			result := gatehouse.Run(t, append([]string{"connector", "explain"}, tc.args...)...)
			assert.Equal(t, 1, result.Status)
			assert.Contains(t, result.Output, tc.want)
		})
	}
}

// The example is production-shaped, so it is checked and not run.
func TestExampleLoads(t *testing.T) {
	t.Parallel()
	const example = "../../Caddyfile.example"
	formatted := gatehouse.Run(t, "fmt", "--diff", example)
	assert.Zero(t, formatted.Status, formatted.Output)
	assert.NotRegexp(t, `(?m)^[+-]`, formatted.Output, "it is not formatted")

	content, err := os.ReadFile(example)
	require.NoError(t, err)
	missing := gatehouse.Validate(t, string(content))
	assert.Equal(t, 1, missing.Status)
	assert.Contains(t, missing.Output, "GATEHOUSE_CREDENTIAL")

	set := strings.NewReplacer(
		"{env.GATEHOUSE_CREDENTIAL}", "sha256:"+strings.Repeat("0a", 32),
		"{env.GATEHOUSE_THUMBPRINT}", strings.Repeat("0A:", 19)+"0A",
	).Replace(string(content))
	valid := gatehouse.Validate(t, set)
	assert.Zero(t, valid.Status, valid.Output)
	assert.Contains(t, valid.Output, "Valid configuration")
}
