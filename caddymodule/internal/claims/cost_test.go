package claims

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/internal/alloctest"
)

// exampleCall is the example request on Microsoft's page "Add an API connector
// to a sign-up user flow", with values for its placeholders.
const exampleCall = `{
 "email": "johnsmith@fabrikam.onmicrosoft.com",
 "identities": [
     {
     "signInType":"federated",
     "issuer":"facebook.com",
     "issuerAssignedId":"0123456789"
     }
 ],
 "displayName": "John Smith",
 "objectId": "11111111-0000-0000-0000-000000000000",
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

// maxAllocs bounds Decode, HasSecret, Apply and Canonical of one call: one for all
// names, one for the members. A call that has to be changed costs more.
const maxAllocs = 2

// usualRules are those of a user flow whose configuration says nothing of claims.
func usualRules(t testing.TB) *Rules {
	rules, err := NewRules(Config{
		Aliases: map[string]string{"clientId": "client_id", "lastName": "surname"},
		Secret:  []string{"password", "oldPassword", "newPassword", "reenterPassword"},
	})
	require.NoError(t, err)
	return rules
}

func compactCall(t testing.TB) string {
	var compact bytes.Buffer
	require.NoError(t, json.Compact(&compact, []byte(exampleCall)))
	return compact.String()
}

func TestAllocationsOfACall(t *testing.T) { // AllocsPerRun counts for the whole process
	alloctest.SkipUnderRace(t)
	rules := usualRules(t)
	for _, call := range []string{exampleCall, compactCall(t)} {
		body, length := make([]byte, len(call)), 0
		allocs := testing.AllocsPerRun(200, func() {
			copy(body, call)
			o, err := Decode(body)
			if err != nil || rules.HasSecret(o) {
				t.Fatal("the example is a call without a secret", err)
			}
			normal, _ := rules.Apply(o)
			length = len(normal.Canonical())
		})
		assert.Positive(t, length)
		t.Logf("Decode, HasSecret, Apply and Canonical: %.0f allocations", allocs)
		assert.LessOrEqual(t, allocs, float64(maxAllocs))
	}
}

// BenchmarkCall reads and normalises the example as it stands on the page, and as
// the identity provider sends it, without white space.
func BenchmarkCall(b *testing.B) {
	rules := usualRules(b)
	for _, form := range []struct{ name, call string }{{"pretty", exampleCall}, {"compact", compactCall(b)}} {
		b.Run(form.name, func(b *testing.B) {
			body, length := make([]byte, len(form.call)), 0
			b.SetBytes(int64(len(form.call)))
			b.ReportAllocs()
			for b.Loop() {
				copy(body, form.call)
				o, _ := Decode(body)
				normal, _ := rules.Apply(o)
				length += len(normal.Canonical())
			}
			require.Positive(b, length)
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(form.call))*1024, "ns/KB")
		})
	}
}

// BenchmarkHasSecret looks at every name of the example, the nested ones too.
func BenchmarkHasSecret(b *testing.B) {
	rules := usualRules(b)
	o := mustDecode(b, exampleCall)
	b.ReportAllocs()
	for b.Loop() {
		if rules.HasSecret(o) {
			b.Fatal("the example has no secret")
		}
	}
}
