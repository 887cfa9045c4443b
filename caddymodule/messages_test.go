package caddymodule

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
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

// What one person reads never comes from another's call, not even through a claim
// that goes no further.
func TestNobodyReadsAnothersClaim(t *testing.T) {
	t.Parallel()
	refusing := answering(http.StatusUnprocessableEntity, "text/plain", "")
	for name, tc := range map[string]struct{ options, first, second, never string }{
		"a name that a rename takes": {
			"messages {\n invalid \"Sorry {claim.member}, no.\"\n}\nrequest {\n rename loyaltyId member\n}",
			`{"loyaltyId":"7","member":"Alice"}`, `{"loyaltyId":"7","member":"Bob"}`, "Alice",
		},
		"another spelling of what is dropped": {
			"messages {\n invalid \"Sorry {claim.lastName}, no.\"\n}\nrequest {\n drop surname\n}",
			`{"lastName":"Alice"}`, `{"lastName":"Bob"}`, "Alice",
		},
		"another spelling of a secret": {
			"messages {\n invalid \"Sorry {claim.lastName}, no.\"\n}\nrequest {\n secret surname\n}",
			`{"lastName":"Alice"}`, `{"lastName":"Bob"}`, "Alice",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := provisioned(t, "cache\n"+tc.options)
			serve(t, c, newCall(tc.first), refusing)
			assert.NotContains(t, serve(t, c, newCall(tc.second), refusing).Body.String(), tc.never)
		})
	}
}

// Validators quote what they refuse (CWE-209).
func TestATextThatQuotesASecretIsNotShown(t *testing.T) {
	t.Parallel()
	c := provisioned(t, "")
	w := serve(t, c, newCall(`{"profile":{"password":"hunter2"}}`), answering(http.StatusConflict, "text/plain", "Password 'hunter2' is too weak."))
	assert.JSONEq(t, `{"version":"1.0.0","status":400,"action":"ValidationError","userMessage":"Please check what you entered and try again."}`, w.Body.String())
}

// A form does not tell 17 from "17", rules do.
func TestTypesTellCallsApart(t *testing.T) {
	t.Parallel()
	c := provisioned(t, "cache\nrequest {\n format form\n}\nverdicts {\n when \"claims.age == 17\" block\n}")
	next := answering(http.StatusOK, "application/json", `{}`)
	assert.Contains(t, serve(t, c, newCall(`{"age":"18"}`), next).Body.String(), "Continue")
	assert.Contains(t, serve(t, c, newCall(`{"age":18}`), next).Body.String(), "Continue")
	assert.Contains(t, serve(t, c, newCall(`{"age":17}`), next).Body.String(), "ShowBlockPage")
}

// A block page is ignored before the token.
func TestUnreadableCallsNeverLeaveAsAPageBeforeTheToken(t *testing.T) {
	t.Parallel()
	c := provisioned(t, "on_fault block")
	for name, body := range map[string]string{
		"a name twice":    `{"step":"PreTokenIssuance","a":1,"a":2}`,
		"another name":    `{"step":"PreTokenApplicationClaims",}`,
		"no step at all":  `{`,
		"larger than all": `{"a":"` + strings.Repeat("x", defaultMaxSize) + `"}`,
	} {
		w := serve(t, c, newCall(body), answering(http.StatusOK, "application/json", `{}`))
		assert.Equal(t, http.StatusConflict, w.Code, name)
	}
}
