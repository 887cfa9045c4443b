package caddymodule

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
)

const testSecret = "a secret for tests only"

func testCredential() string {
	sum := sha256.Sum256([]byte(testSecret))
	return "sha256:" + hex.EncodeToString(sum[:])
}

// parsed reads a directive's block without its auth, which it adds.
func parsed(t testing.TB, options string) *Connector {
	t.Helper()
	c := new(Connector)
	text := "api_connector {\n auth {\n basic b2c " + testCredential() + "\n}\n" + options + "\n}"
	require.NoError(t, c.UnmarshalCaddyfile(caddyfile.NewTestDispenser(text)))
	return c
}

// provisioned is a connector that is ready to serve until the test ends.
func provisioned(t testing.TB, options string) *Connector {
	t.Helper()
	ctx, cancel := caddy.NewContext(caddy.Context{Context: context.Background()})
	t.Cleanup(cancel)
	c := parsed(t, options)
	require.NoError(t, c.Provision(ctx))
	c.logger = zap.NewNop()
	t.Cleanup(func() { assert.NoError(t, c.Cleanup()) })
	return c
}

// newCall is an authenticated call, prepared as Caddy's server does.
func newCall(body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "https://api.example.com/signup", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.SetBasicAuth("b2c", testSecret)
	return prepare(r)
}

func prepare(r *http.Request) *http.Request {
	return caddyhttp.PrepareRequest(r, caddy.NewReplacer(), nil, new(caddyhttp.Server))
}

func serve(t testing.TB, c *Connector, r *http.Request, next caddyhttp.HandlerFunc) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	require.NoError(t, c.ServeHTTP(w, r, next))
	return w
}

// answering is a handler behind the connector that answers always the same.
func answering(status int, contentType, body string) caddyhttp.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) error {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, err := w.Write([]byte(body))
		return err
	}
}

func TestLoadErrorsNameTheRemedyAndNoSecret(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		auth, options string
		want          []string
	}{
		"nobody to authenticate": {"", "", []string{"auth:", "gatehouse connector secret", "unsafe_none"}},
		"open beside a method": {
			"auth {\n unsafe_none\n basic b2c " + testCredential() + "\n}", "",
			[]string{"unsafe_none", "remove one or the other"},
		},
		"weak plain secret": {
			"auth {\n basic b2c plain:hunter2hunter\n}", "",
			[]string{`basic "b2c"`, "at least 16 characters", "gatehouse connector secret"},
		},
		"missing variable": {
			"auth {\n basic b2c {env.GATEHOUSE_TEST_IS_NOT_SET}\n}", "",
			[]string{"GATEHOUSE_TEST_IS_NOT_SET", "set the variable"},
		},
		"missing file": {
			"auth {\n basic b2c {file./nonexistent/gatehouse-secret}\n}", "",
			[]string{"/nonexistent/gatehouse-secret"},
		},
		"thumbprint of nothing": {
			"auth {\n client_certificate {\n thumbprint e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n}\n}", "",
			[]string{"e3b0c442", "no certificate"},
		},
		"client_certificate without a thumbprint": {"auth {\n client_certificate\n}", "", []string{"thumbprint"}},
		"all problems at once": {
			"", "protocol b2c_userflow\non_fault later block\non_fault retry\nmessages {\n default <b>no</b>\n}\nrequest {\n rename a b\n rename c b\n forward_header Authorization X_Y traceparent\n}",
			[]string{
				`protocol "b2c_userflow" is unknown`, `on_fault "later"`, `on_fault "retry"`,
				"default \"<b>no</b>\"", `rename "c" "b"`, `forward_header "Authorization"`, `forward_header "X_Y"`, `forward_header "traceparent"`, "auth:",
			},
		},
		"no room for an answer": {
			"auth {\n basic b2c " + testCredential() + "\n}", "max_response 1MiB\ncache {\n max_size 2MB\n}",
			[]string{"cache max_size 2000000 bytes", "max_response, 1048576 bytes", "write at least 2097152 bytes"},
		},
		"a policy has no steps": {
			"auth {\n basic b2c " + testCredential() + "\n}", "protocol b2c_custom_policy\non_fault PreTokenIssuance continue",
			[]string{`on_fault "PreTokenIssuance"`, "b2c_custom_policy has no such step"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := new(Connector)
			require.NoError(t, c.UnmarshalCaddyfile(caddyfile.NewTestDispenser("api_connector {\n"+tc.auth+"\n"+tc.options+"\n}")))
			ctx, cancel := caddy.NewContext(caddy.Context{Context: context.Background()})
			defer cancel()
			err := c.Provision(ctx)
			require.Error(t, err)
			require.NoError(t, c.Cleanup(), "Caddy cleans up what could not be provisioned")
			for _, want := range tc.want {
				assert.ErrorContains(t, err, want)
			}
			assert.NotContains(t, err.Error(), "hunter2")
			assert.NotContains(t, err.Error(), testCredential())
		})
	}
}

func TestConnectorsThatLookTheSameDoNotShareVerdicts(t *testing.T) {
	t.Parallel()
	ctx, cancel := caddy.NewContext(caddy.Context{Context: context.Background()})
	defer cancel()
	first, second := parsed(t, "name twins"), parsed(t, "name twins")
	require.NoError(t, first.Provision(ctx))
	require.NoError(t, second.Provision(ctx))
	first.logger, second.logger = zap.NewNop(), zap.NewNop()
	t.Cleanup(func() {
		assert.NoError(t, first.Cleanup())
		assert.NoError(t, second.Cleanup())
	})
	assert.NotSame(t, first.state, second.state)

	const call = `{"email":"a@example.com"}`
	serve(t, first, newCall(call), answering(http.StatusOK, "application/json", `{"from":"first"}`))
	w := serve(t, second, newCall(call), answering(http.StatusOK, "application/json", `{"from":"second"}`))
	assert.JSONEq(t, `{"version":"1.0.0","action":"Continue","from":"second"}`, w.Body.String())
}

// faultText is the built-in English text of a fault.
const faultText = "We could not check your details just now. Please try again in a moment."
