package browser

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	unknownID = "Loyalty ID '1234' is not associated with 'david@contoso.com' email address."
	ourFault  = "We could not check your details just now. Please try again in a moment."
)

// Microsoft's "Test the custom policy": 1234 is an error, another loyalty number ends
// with a token that has the promo code.
func TestTheScenarioOfMicrosoftsPage(t *testing.T) {
	t.Parallel()
	v := open(t, 1280, 800, "light")

	v.signUp("1234")
	assert.Equal(t, unknownID, v.text("#message"))
	assert.Equal(t, "message", v.focused(), "a screen reader reads where the focus goes")
	assert.True(t, js[bool](v, `document.querySelector("#message").getBoundingClientRect().bottom <= document.querySelector("#form").getBoundingClientRect().top`), "the message stands above the form")
	assert.Equal(t, "alert", js[string](v, `document.querySelector("#message").role`))
	assert.Equal(t, []any{"david@contoso.com", "David Berger", "1234"}, js[[]any](v, `[...document.querySelectorAll("#form input")].map((i) => i.value)`), "the form keeps what was entered")
	refused := v.step("PostAttributeCollection")
	for _, want := range []string{"invalid", "10 user_message", "upstream", `"step": "PostAttributeCollection"`, "HTTP 409", `"userMessage":"Loyalty ID '1234'`, "HTTP 400", `"action": "ValidationError"`} {
		assert.Contains(t, refused, want)
	}
	assert.NotContains(t, v.step("PreTokenIssuance"), "verdict", "the journey has not come there")

	v.signUp("5678")
	assert.Equal(t, "You are signed up", v.text("#card-title"))
	assert.Equal(t, "card-title", v.focused())
	assert.Regexp(t, `(?s)^extension_PromoCode\s+24534\s+from the validator`, v.text("#token"))
	assert.Contains(t, v.text("#token"), "david@contoso.com")
	for _, step := range []string{"PostAttributeCollection", "PreTokenIssuance"} {
		for _, want := range []string{"continue", "15 claims", `{"promoCode":"24534"}`, `_PromoCode": "24534"`} {
			assert.Contains(t, v.step(step), want)
		}
	}

	v.await("the numbers are the connector's", `document.querySelector("#count-calls").textContent === "3"`)
	assert.Equal(t, "3", v.text("#count-upstream"))
	assert.Regexp(t, `^How long calls took: [1-3] within`, js[string](v, `document.querySelector("#histogram").getAttribute("aria-label")`))

	v.again()
	v.signUp("5678")
	assert.Contains(t, v.step("PostAttributeCollection"), "cache")
	assert.Contains(t, v.step("PostAttributeCollection"), "not asked again")
}

func TestABlockPageEndsTheJourney(t *testing.T) {
	t.Parallel()
	v := open(t, 1280, 800, "light")
	v.signUp("9999")
	assert.Equal(t, "You cannot sign up", v.text("#card-title"))
	assert.Equal(t, "card-title", v.focused())
	assert.Contains(t, v.text("#block"), "The membership 9999 was closed.")
	assert.True(t, js[bool](v, `document.querySelector("#form").hidden`))
	assert.Contains(t, v.step("PostAttributeCollection"), `"action": "ShowBlockPage"`)
	assert.NotContains(t, v.step("PreTokenIssuance"), "verdict")
	v.again()
	assert.Equal(t, "Sign up", v.text("#card-title"))
}

func TestSomebodyFromAnotherProviderIsAskedAboutFirst(t *testing.T) {
	t.Parallel()
	v := open(t, 1280, 800, "light")
	v.do(chromedp.Click(chromedp.CSS("#federate")))
	v.ended()
	first := v.step("PostFederationSignup")
	assert.Regexp(t, `"identities": \[\s+\{\s+"issuer": "fabrikam.com"`, first)
	assert.Contains(t, first, "continue")
	assert.Equal(t, "ada@fabrikam.com", js[string](v, `document.querySelector("#email").value`))
	assert.Equal(t, "loyalty", v.focused())
	v.signUp("5678")
	assert.Contains(t, v.text("#token"), "ada@fabrikam.com")
	assert.Contains(t, v.step("PostFederationSignup"), "continue", "the step before the form still stands there")
}

func TestEveryDialectIsUnderstood(t *testing.T) {
	t.Parallel()
	v := open(t, 1280, 800, "light")
	for _, tc := range []struct{ dialect, raw, rule, reads string }{
		{"problem", "application/problem+json", "11 client_error", unknownID},
		{"soap", "<faultcode>soap:Client</faultcode>", "6 soap_fault", unknownID},
		{"plain", "text/plain", "11 client_error", unknownID},
		{"html", "System.NullReferenceException", "fault upstream_error", ourFault},
		{"json", "HTTP 409", "10 user_message", unknownID},
	} {
		v.choose("dialect", tc.dialect)
		v.signUp("1234")
		step := v.step("PostAttributeCollection")
		assert.Equal(t, tc.reads, v.text("#message"), tc.dialect)
		assert.Contains(t, step, tc.raw, tc.dialect)
		assert.Contains(t, step, tc.rule, tc.dialect)
		assert.Contains(t, step, "upstream", "what another dialect said is forgotten: "+tc.dialect)
	}
	v.signUp("5678")
	require.Equal(t, "You are signed up", v.text("#card-title"))
}
