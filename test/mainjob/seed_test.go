package mainjob_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/internal/contract"
	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// The example calls of Microsoft's page, "Add an API connector to a sign-up user
// flow". The last has a trailing comma there, which its sender would not send.
const (
	callAfterFederation = `{
 "email": "johnsmith@fabrikam.onmicrosoft.com",
 "identities": [ 
     {
     "signInType":"federated",
     "issuer":"facebook.com",
     "issuerAssignedId":"0123456789"
     }
 ],
 "displayName": "John Smith",
 "givenName":"John",
 "surname":"Smith",
 "step": "PostFederationSignup",
 "client_id":"93fd07aa-333c-409d-955d-96008fd08dd9",
 "ui_locales":"en-US"
}`
	callBeforeCreation = `{
 "email": "johnsmith@fabrikam.onmicrosoft.com",
 "identities": [
     {
     "signInType":"federated",
     "issuer":"facebook.com",
     "issuerAssignedId":"0123456789"
     }
 ],
 "displayName": "John Smith",
 "givenName":"John",
 "surname":"Smith",
 "jobTitle":"Supplier",
 "streetAddress":"1000 Microsoft Way",
 "city":"Seattle",
 "postalCode": "12345",
 "state":"Washington",
 "country":"United States",
 "extension_0123456789abcdef0123456789abcdef_CustomAttribute1": "custom attribute value",
 "extension_0123456789abcdef0123456789abcdef_CustomAttribute2": "custom attribute value",
 "step": "PostAttributeCollection",
 "client_id":"93fd07aa-333c-409d-955d-96008fd08dd9",
 "ui_locales":"en-US"
}`
	callBeforeToken = `{
 "clientId": "231c70e8-8424-48ac-9b5d-5623b9e4ccf3",
 "step": "PreTokenApplicationClaims",
 "ui_locales":"en-US",
 "email": "johnsmith@fabrikam.onmicrosoft.com",
 "identities": [
     {
     "signInType":"federated",
     "issuer":"facebook.com",
     "issuerAssignedId":"0123456789"
     }
 ],
 "displayName": "John Smith",
 "extension_0123456789abcdef0123456789abcdef_CustomAttribute1": "custom attribute value",
 "extension_0123456789abcdef0123456789abcdef_CustomAttribute2": "custom attribute value"
}`
)

// The example answers of the same page, as they stand there: two of them are no
// strict JSON.
const (
	seedContinue = `{
    "version": "1.0.0",
    "action": "Continue",
    "postalCode": "12349", // return claim
    "extension_0123456789abcdef0123456789abcdef_CustomAttribute": "value" // return claim
}`
	seedBlockText = "There was a problem with your request. You are not able to sign up at this time. Please contact your system administrator"
	seedBlock     = `{
    "version": "1.0.0",
    "action": "ShowBlockPage",
    "userMessage": "` + seedBlockText + `",
}
`
	seedInvalid = `{
    "version": "1.0.0",
    "status": 400,
    "action": "ValidationError",
    "userMessage": "Please enter a valid Postal Code."
}`
	seedPolicyNo = `{
    "version": "1.0.1",
    "status": 409,
    "userMessage": "LoyaltyId ID '1234' is not associated with 'david@contoso.com' email address."
}`
)

func TestExampleAnswersAtEveryStep(t *testing.T) {
	t.Parallel()
	const (
		invalidText = "Please enter a valid Postal Code."
		policyText  = "LoyaltyId ID '1234' is not associated with 'david@contoso.com' email address."
	)
	answers := map[string]struct {
		status int
		body   string
	}{
		"continue": {http.StatusOK, seedContinue},
		"block":    {http.StatusOK, seedBlock},
		"invalid":  {http.StatusBadRequest, seedInvalid},
		"conflict": {http.StatusConflict, seedPolicyNo},
		"promo":    {http.StatusOK, `{"promoCode": "24534"}`},
	}
	upstream := gatehouse.NewUpstream(t, func(w http.ResponseWriter, r *http.Request) {
		answer := answers[r.URL.Query().Get("answer")]
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(answer.status)
		_, _ = io.WriteString(w, answer.body)
	})
	g := gatehouse.Start(t, connector(upstream.Address()), gatehouse.HTTP2())

	for _, at := range []struct {
		name, call     string
		block, invalid contract.Kind // as which these leave
	}{
		{federation, callAfterFederation, contract.Block, contract.Block},
		{attributes, callBeforeCreation, contract.Block, contract.Invalid},
		{"PreTokenApplicationClaims", callBeforeToken, contract.Halt, contract.Halt},
		{"no step", `{"email":"johnsmith@fabrikam.onmicrosoft.com"}`, contract.Block, contract.Invalid},
	} {
		t.Run(at.name, func(t *testing.T) {
			t.Parallel()
			answer := g.Post(t, "/?answer=continue", at.call, basic)
			assert.Equal(t, contract.Continue, answer.Kind)
			assert.Equal(t, "12349", answer.Text("postalCode"))
			assert.Equal(t, "value", answer.Text("extension_0123456789abcdef0123456789abcdef_CustomAttribute"))
			assert.Len(t, answer.Claims, 2)
			assert.Equal(t, "1.0.0", answer.Version)

			answer = g.Post(t, "/?answer=block", at.call, basic)
			assert.Equal(t, at.block, answer.Kind)
			assert.Equal(t, seedBlockText, answer.Message)

			answer = g.Post(t, "/?answer=invalid", at.call, basic)
			assert.Equal(t, at.invalid, answer.Kind)
			assert.Equal(t, invalidText, answer.Message)

			answer = g.Post(t, "/?answer=conflict", at.call, basic)
			assert.Equal(t, at.invalid, answer.Kind)
			assert.Equal(t, policyText, answer.Message)
			assert.Equal(t, "1.0.1", answer.Version)

			answer = g.Post(t, "/?answer=promo", at.call, basic)
			assert.Equal(t, contract.Continue, answer.Kind)
			assert.Equal(t, "24534", answer.Text("promoCode"))
		})
	}
}

// TestLoyalty is the page's scenario: 1234 is refused with a text that names it,
// another number brings a promotion code, and the second try is not taken for
// the first.
func TestLoyalty(t *testing.T) {
	t.Parallel()
	upstream := gatehouse.NewUpstream(t, loyaltyValidator)
	g := gatehouse.Start(t, `
	handle /flow {
		`+connector(upstream.Address(), "name flow")+`
	}
	handle /policy {
		`+connector(upstream.Address(), "name policy", "protocol b2c_custom_policy")+`
	}
`)
	for _, connector := range []struct {
		name, path string
		protocol   contract.Protocol
		refusal    contract.Kind
	}{
		{"user flow", "/flow", contract.UserFlow, contract.Invalid},
		{"custom policy", "/policy", contract.CustomPolicy, contract.Halt},
	} {
		t.Run(connector.name, func(t *testing.T) {
			t.Parallel()
			speaks := gatehouse.Protocol(connector.protocol)
			answer := g.Post(t, connector.path, `{"email":"david@contoso.com","lang":"1033","loyaltyId":"1234"}`, basic, speaks)
			assert.Equal(t, connector.refusal, answer.Kind)
			assert.Equal(t, "Loyalty ID '1234' is not associated with 'david@contoso.com' email address.", answer.Message)

			answer = g.Post(t, connector.path, `{"email":"david@contoso.com","lang":"1033","loyaltyId":"5678"}`, basic, speaks)
			assert.Equal(t, contract.Continue, answer.Kind)
			assert.Equal(t, "24534", answer.Text("promoCode"))
			assert.Len(t, answer.Claims, 1)
		})
	}
}

func TestExampleCallsReachTheUpstreamUnderDocumentedNames(t *testing.T) {
	t.Parallel()
	upstream := gatehouse.Answering(t, http.StatusOK, `{}`)
	g := gatehouse.Start(t, connector(upstream.Address()))
	for name, call := range map[string]string{federation: callAfterFederation, attributes: callBeforeCreation, token: callBeforeToken} {
		answer := g.Post(t, "/api/validate?code=key", call, basic)
		assert.Equal(t, contract.Continue, answer.Kind)

		var sent, got map[string]any
		require.NoError(t, json.Unmarshal([]byte(call), &sent))
		require.NoError(t, json.Unmarshal([]byte(upstream.Last(t).Body), &got))
		if name == token {
			sent["step"], sent["client_id"] = token, sent["clientId"]
			delete(sent, "clientId")
		}
		assert.Equal(t, sent, got, name)
		assert.Equal(t, "/api/validate?code=key", upstream.Last(t).URI)
	}
}

// loyaltyValidator is a validator that never heard of API connectors.
func loyaltyValidator(w http.ResponseWriter, r *http.Request) {
	var claims struct {
		Email     string `json:"email"`
		LoyaltyID string `json:"loyaltyId"`
	}
	if err := json.NewDecoder(r.Body).Decode(&claims); err != nil {
		http.Error(w, "Null parameters received", http.StatusBadRequest)
		return
	}
	if claims.LoyaltyID == "1234" {
		http.Error(w, fmt.Sprintf("Loyalty ID '%s' is not associated with '%s' email address.", claims.LoyaltyID, claims.Email), http.StatusConflict)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, `{"promoCode": "24534"}`)
}
