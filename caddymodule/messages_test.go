package caddymodule

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func catalogue(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "messages.json")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func TestWhatThePersonReads(t *testing.T) {
	t.Parallel()
	file := catalogue(t, `{"de": {"fault": "Leider nicht, {claim.givenName}.", "Email is taken": "Diese Adresse ist vergeben."}, "fr": {"default": "Désolé."}}`)
	const taken = `{"userMessage":"Email is taken"}`
	for name, tc := range map[string]struct {
		options, call string
		status        int
		body          string
		want          string
	}{
		"built in, in the person's language": {"", `{"ui_locales":"pl"}`, 500, "", "Nie udało nam się teraz sprawdzić"},
		"built in, a region":                 {"", `{"ui_locales":["xx","de-AT"]}`, 500, "", "Ihre Angaben"},
		"no language":                        {"", `{}`, 500, "", faultText},
		"configured":                         {"messages {\n fault \"Please wait.\"\n}", `{"ui_locales":"pl"}`, 500, "", "Please wait."},
		"of the file":                        {"messages {\n file " + file + "\n}", `{"ui_locales":"de","givenName":"Eva"}`, 500, "", "Leider nicht, Eva."},
		"a claim that is missing":            {"messages {\n file " + file + "\n}", `{"ui_locales":"de"}`, 500, "", "Leider nicht."},
		"a claim that is dropped":            {"messages {\n file " + file + "\n}\nrequest {\n drop givenName\n}", `{"ui_locales":"de","givenName":"Eva"}`, 500, "", "Leider nicht."},
		"never expanded twice":               {"messages {\n file " + file + "\n}", `{"ui_locales":"de","givenName":"{claim.ui_locales}"}`, 500, "", "Leider nicht, {claim.ui_locales}."},
		"the file's default":                 {"messages {\n file " + file + "\n}", `{"ui_locales":"fr-CA"}`, 500, "", "Désolé."},
		"translated":                         {"messages {\n file " + file + "\n}", `{"ui_locales":"de-CH"}`, 409, taken, "Diese Adresse ist vergeben."},
		"not translated":                     {"messages {\n file " + file + "\n}", `{"ui_locales":"it"}`, 409, taken, "Email is taken"},
		"the upstream's braces":              {"messages {\n file " + file + "\n}", `{"ui_locales":"de","givenName":"Eva"}`, 409, `{"userMessage":"Name {claim.givenName}"}`, "Name {claim.givenName}"},
		"a policy's LCID":                    {"protocol b2c_custom_policy\nmessages {\n language lang\n}", `{"lang":"1031"}`, 500, "", "Ihre Angaben"},
		"a policy without":                   {"protocol b2c_custom_policy", `{"ui_locales":"de"}`, 500, "", faultText},
		"a secret is not shown":              {"messages {\n fault \"Not you, {claim.password}!\"\n}", `{"password":"hunter2"}`, 500, "", "Not you!"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := provisioned(t, tc.options)
			w := serve(t, c, newCall(tc.call), answering(tc.status, "application/json", tc.body))
			assert.Contains(t, w.Body.String(), tc.want)
			assert.NotContains(t, w.Body.String(), "hunter2")
		})
	}
}

// What a person reads in one language is not what the next reads in another,
// even where the language goes no further.
func TestLanguagesTellCallsApart(t *testing.T) {
	t.Parallel()
	c := provisioned(t, "request {\n drop ui_locales\n}\ncache")
	refusing := answering(http.StatusConflict, "text/plain", "")
	german := serve(t, c, newCall(`{"ui_locales":"de"}`), refusing).Body.String()
	french := serve(t, c, newCall(`{"ui_locales":"fr"}`), refusing).Body.String()
	assert.NotEqual(t, german, french)
	assert.Equal(t, german, serve(t, c, newCall(`{"ui_locales":"de"}`), refusing).Body.String())
}

func TestMessagesThatAreRefused(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		options string
		want    []string
	}{
		"markup":              {`fault "<b>no</b>"`, []string{"messages: fault", "<b>no</b>"}},
		"unknown placeholder": {`block "No, {env.HOME}."`, []string{"messages: block", "{env.HOME}"}},
		"missing file":        {"file /nonexistent/messages.json", []string{`file "/nonexistent/messages.json"`, "leave the line out"}},
		"wrong language":      {"file " + catalogue(t, `{"deutsch!": {"fault": "x"}}`), []string{"deutsch!"}},
		"no JSON":             {"file " + catalogue(t, `fault: x`), []string{"messages.json"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := caddy.NewContext(caddy.Context{Context: context.Background()})
			defer cancel()
			c := parsed(t, "messages {\n"+tc.options+"\n}")
			err := c.Provision(ctx)
			for _, want := range tc.want {
				assert.ErrorContains(t, err, want)
			}
		})
	}
}
