package simulator

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/internal/contract"
)

func TestCall(t *testing.T) {
	t.Parallel()
	const user = `"client_id":"93fd07aa-333c-409d-955d-96008fd08dd9","ui_locales":"en-US"`
	for name, tc := range map[string]struct {
		protocol contract.Protocol
		step     string
		claims   map[string]any
		want     string
	}{
		"claims of a form": {
			contract.UserFlow, PostAttributeCollection,
			map[string]any{"email": "a@example.com", "city": "", "state": nil, "age": json.Number("7")},
			`{"email":"a@example.com","age":7,"step":"PostAttributeCollection",` + user + `}`,
		},
		"no claims": {contract.UserFlow, PreTokenIssuance, map[string]any{}, `{"step":"PreTokenIssuance",` + user + `}`},
		"locale and client of one's own, and another's step": {
			contract.UserFlow, PostFederationSignup,
			map[string]any{"ui_locales": "de-AT", "client_id": "x", "step": "y"},
			`{"ui_locales":"de-AT","client_id":"x","step":"PostFederationSignup"}`,
		},
		"no step":                   {contract.UserFlow, "", map[string]any{}, `{` + user + `}`},
		"policy":                    {contract.CustomPolicy, "", map[string]any{"email": "<a&b>", "roles": []any{}}, `{"email":"<a&b>","roles":[]}`},
		"what has no form in JSON":  {contract.CustomPolicy, "", map[string]any{"a": func() {}, "b": true}, `{"b":true}`},
		"the example of a policy":   {contract.CustomPolicy, "", nil, `{"email":"david@contoso.com","language":"1033","loyaltyId":"1234"}`},
		"the example at federation": {contract.UserFlow, PostFederationSignup, nil, `{"email":"johnsmith@fabrikam.onmicrosoft.com","identities":[{"signInType":"federated","issuer":"facebook.com","issuerAssignedId":"0123456789"}],"displayName":"John Smith","givenName":"John","surname":"Smith","step":"PostFederationSignup",` + user + `}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body, kind := Call(tc.protocol, tc.step, tc.claims)
			assert.Equal(t, "application/json", kind)
			assert.JSONEq(t, tc.want, string(body))
			again, _ := Call(tc.protocol, tc.step, tc.claims)
			assert.Equal(t, body, again, "the bytes of a retry")
			assert.NotContains(t, string(body), `\u003c`)
		})
	}
}

func TestTheClaimsGivenStayAsTheyAre(t *testing.T) {
	t.Parallel()
	claims := map[string]any{"city": ""}
	Call(contract.UserFlow, PostAttributeCollection, claims)
	assert.Equal(t, map[string]any{"city": ""}, claims)
}

func TestEveryStepHasAnExample(t *testing.T) {
	t.Parallel()
	for _, protocol := range []contract.Protocol{contract.UserFlow, contract.CustomPolicy} {
		require.NotEmpty(t, Steps(protocol))
		for _, step := range Steps(protocol) {
			body, _ := Call(protocol, step, nil)
			var sent map[string]any
			require.NoError(t, json.Unmarshal(body, &sent))
			assert.NotEmpty(t, sent["email"], "it is always sent")
			if protocol == contract.UserFlow {
				assert.Equal(t, step, sent["step"])
			}
		}
	}
	assert.JSONEq(t, `{"a":null,"b":""}`, string(Encode(map[string]any{"a": nil, "b": ""})))
}
