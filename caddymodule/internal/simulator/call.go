package simulator

import (
	"bytes"
	"encoding/json"
	"maps"

	"github.com/gatehouse-proxy/gatehouse/internal/contract"
)

// ContentType is that of every call.
const ContentType = "application/json"

// The steps of a user flow. A custom policy names none.
const (
	PostFederationSignup    = "PostFederationSignup"
	PostAttributeCollection = "PostAttributeCollection"
	PreTokenIssuance        = "PreTokenIssuance"
)

// Steps lists the steps of a protocol in the order in which a sign-up reaches
// them. A custom policy has one, without a name.
func Steps(protocol contract.Protocol) []string {
	if protocol == contract.UserFlow {
		return []string{PostFederationSignup, PostAttributeCollection, PreTokenIssuance}
	}
	return []string{""}
}

// Call is what the provider sends at a step. Without claims it is Microsoft's
// example. Claims without a value, nil or "", are left out, as the provider does
// ("the claim will not be sent"). A user flow adds the step, and client_id and
// ui_locales where the claims have none.
//
// Claims are what encoding/json makes of a JSON object; a value that has no form
// in JSON is left out.
func Call(protocol contract.Protocol, step string, claims map[string]any) (body []byte, contentType string) {
	if claims == nil {
		claims = Example(protocol, step)
	}
	claims = maps.Clone(claims)
	maps.DeleteFunc(claims, func(_ string, value any) bool { return value == nil || value == "" })
	return Encode(WithContext(protocol, step, claims)), ContentType
}

// WithContext adds to claims what a user flow says of itself in each call.
func WithContext(protocol contract.Protocol, step string, claims map[string]any) map[string]any {
	claims = maps.Clone(claims)
	if protocol != contract.UserFlow {
		return claims
	}
	for name, value := range map[string]any{"client_id": exampleClient, "ui_locales": "en-US"} {
		if _, given := claims[name]; !given {
			claims[name] = value
		}
	}
	if step != "" {
		claims["step"] = step
	}
	return claims
}

// Encode writes claims as they are, null and empty ones too. The order of members
// is always the same, so that equal claims are equal bytes.
func Encode(claims map[string]any) []byte {
	writable := make(map[string]json.RawMessage, len(claims))
	for name, value := range claims {
		if text, err := encode(value); err == nil {
			writable[name] = text
		}
	}
	body, _ := encode(writable) // of valid JSON
	return body
}

func encode(value any) ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return bytes.TrimSpace(text.Bytes()), err
}

// The identifiers of the examples. The page has a placeholder for the id of the
// b2c-extensions-app: 32 hexadecimal digits stand for it.
const (
	exampleClient    = "93fd07aa-333c-409d-955d-96008fd08dd9"
	exampleExtension = "extension_0123456789abcdef0123456789abcdef_"
)

// Example is the claims of Microsoft's example body for a step, without step,
// client_id and ui_locales. A step that is unknown gets the general example.
func Example(protocol contract.Protocol, step string) map[string]any {
	if protocol != contract.UserFlow {
		// AD/restful-technical-profile sends what the policy's author names. These are
		// the loyalty example's of AD/add-api-connector for custom policies.
		return map[string]any{"email": "david@contoso.com", "loyaltyId": "1234", "language": "1033"}
	}
	claims := map[string]any{
		"email": "johnsmith@fabrikam.onmicrosoft.com",
		"identities": []any{map[string]any{
			"signInType": "federated", "issuer": "facebook.com", "issuerAssignedId": "0123456789",
		}},
		"displayName": "John Smith",
	}
	if step != PreTokenIssuance {
		claims["givenName"], claims["surname"] = "John", "Smith"
	}
	if step == PreTokenIssuance {
		// AD/add-api-connector-token-enrichment; the user exists by now.
		claims["objectId"] = "11111111-0000-0000-0000-000000000000"
	}
	if step != PostFederationSignup {
		claims[exampleExtension+"CustomAttribute1"] = "custom attribute value"
		claims[exampleExtension+"CustomAttribute2"] = "custom attribute value"
	}
	if step != PostFederationSignup && step != PreTokenIssuance {
		maps.Copy(claims, map[string]any{
			"jobTitle": "Supplier", "streetAddress": "1000 Microsoft Way", "city": "Seattle",
			"postalCode": "12345", "state": "Washington", "country": "United States",
		})
	}
	return claims
}
