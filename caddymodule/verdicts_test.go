package caddymodule

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/judge"
)

const someVerdicts = `verdicts {
	status 404 invalid "We do not know this number."
	when "body.code == 'FRAUD' && step != 'PreTokenIssuance'" block
	when "claims.country == 'AT' && status == 409" invalid "= 'Not in ' + claims.country"
	when "text.contains('maintenance')" fault
	when "status == 418" continue
}`

func TestVerdictsOfTheConnectorsOwn(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		call   string
		status int
		body   string
		want   string
	}{
		"by status":              {`{}`, 404, `{"message":"x"}`, `{"version":"1.0.0","status":400,"action":"ValidationError","userMessage":"We do not know this number."}`},
		"by the body":            {`{}`, 200, `{"code":"FRAUD","message":"Please call us."}`, `{"version":"1.0.0","action":"ShowBlockPage","userMessage":"Please call us."}`},
		"by the step":            {`{"step":"PreTokenIssuance"}`, 200, `{"code":"FRAUD"}`, `{"version":"1.0.0","action":"Continue"}`},
		"by claims, with CEL":    {`{"country":"AT"}`, 409, `{"userMessage":"no"}`, `{"version":"1.0.0","status":400,"action":"ValidationError","userMessage":"Not in AT"}`},
		"a fault":                {`{}`, 200, `down for maintenance`, `{"version":"1.0.0","status":400,"action":"ValidationError","userMessage":"` + faultText + `"}`},
		"a continue with claims": {`{}`, 418, `{"pot":"tea"}`, `{"version":"1.0.0","action":"Continue","pot":"tea"}`},
		"a continue without":     {`{}`, 418, `teapot`, `{"version":"1.0.0","action":"Continue"}`},
		"none applies":           {`{"country":"DE"}`, 409, `{"userMessage":"no"}`, `{"version":"1.0.0","status":400,"action":"ValidationError","userMessage":"no"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := provisioned(t, someVerdicts)
			w := serve(t, c, newCall(tc.call), answering(tc.status, "", tc.body))
			if name == "by the step" {
				assert.JSONEq(t, `{"version":"1.0.0","action":"Continue"}`, w.Body.String())
				return
			}
			assert.JSONEq(t, tc.want, w.Body.String())
		})
	}
}

func TestVerdictsThatAreRefused(t *testing.T) {
	t.Parallel()
	ctx, cancel := caddy.NewContext(caddy.Context{Context: context.Background()})
	defer cancel()
	c := parsed(t, "verdicts {\n status 4x4 block\n when \"stat == 4\" invalid\n status 404 deny\n}")
	err := c.Provision(ctx)
	for _, want := range []string{`"4x4"`, "undeclared reference to 'stat'", `"deny"`} {
		assert.ErrorContains(t, err, want)
	}
	err = new(Connector).UnmarshalCaddyfile(caddyfile.NewTestDispenser("api_connector {\n verdicts {\n status 404\n }\n}"))
	assert.ErrorContains(t, err, "status has 1 arguments")
}

func TestExplainWithAConfiguration(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "Caddyfile")
	connector := func(name string) string {
		return "handle /" + name + " {\n api_connector {\n name " + name + "\n auth {\n basic b2c {env.NOT_SET_HERE}\n }\n" + someVerdicts + "\n}\n}\n"
	}
	require.NoError(t, os.WriteFile(path, []byte("api.example.com {\n"+connector("first")+connector("second")+"}\n"), 0o600))

	_, err := configured(path, "")
	assert.ErrorContains(t, err, `choose one with --connector: "first", "second"`)
	c, err := configured(path, "second")
	require.NoError(t, err, "what only authentication needs is not asked for")
	e := c.explain(0, judge.Answer{Status: http.StatusNotFound, Header: http.Header{}, Body: []byte("x")})
	assert.Equal(t, 1, e.Rule.Number)
	assert.Equal(t, "configured", e.Rule.Name)
	assert.Equal(t, "status 404 invalid", e.Rule.Applies)
}
