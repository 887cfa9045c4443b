package hardening_test

import (
	"maps"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/gatehouse-proxy/gatehouse/internal/contract"
	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// TestQ22_OnlyTimeTellsAHitFromAMiss: can somebody learn who has just signed up?
// CWE-203, CWE-208, CWE-524. Answer: to a stranger a refusal is the same work
// whether the call is remembered or not: it ends before the memo and the validator.
// To who has credentials an answer from memory is the validator's to the byte, and
// it is there only for the same account and the very same claims. That it comes
// sooner cannot be hidden: to wait as long as the validator would is to have no
// memo. SECURITY.md says so, and `cache off` has only flights.
//
// That a refusal does the same work for a known and an unknown name is counted
// beside the code: TestTheSlowHashesAreTheSameOnEveryRefusedPath.
func TestQ22_OnlyTimeTellsAHitFromAMiss(t *testing.T) {
	t.Parallel()
	upstream := gatehouse.Answering(t, http.StatusOK, `{"promoCode":"24534"}`)
	g := gatehouse.Start(t, `
	api_connector {
		auth {
			basic b2c   plain:`+secret+`
			basic other plain:`+otherSecret+`
		}
		cache {
			ttl 1m
		}
	}
	reverse_proxy `+upstream.Address()+`
`)
	other := gatehouse.Basic("other", otherSecret)
	const answered = "gatehouse_requests_total"
	from := func(source string) gatehouse.Labels { return gatehouse.Labels{"source": source} }
	strangers := map[string][]gatehouse.CallOption{
		"no credentials":   nil,
		"a wrong password": {gatehouse.Basic("b2c", "wrong")},
		"an unknown name":  {gatehouse.Basic("nobody", secret)},
	}
	refusals := func() map[string]contract.Exchange {
		refused := make(map[string]contract.Exchange)
		for name, options := range strangers {
			refused[name] = g.Refused(t, "/", call, options...)
		}
		return refused
	}

	unknown := refusals()
	assert.Zero(t, upstream.Calls())
	g.AssertMetric(t, 0, "gatehouse_cache_entries", nil)

	miss := g.Post(t, "/", call, basic)
	g.AssertMetric(t, 1, answered, from("upstream"))
	remembered := refusals()
	for name := range strangers {
		assert.NoError(t, contract.SameBytes(unknown[name], remembered[name]), name)
		assert.NoError(t, contract.SameBytes(unknown["no credentials"], remembered[name]), name)
	}
	g.AssertMetric(t, 0, answered, from("cache"))
	g.AssertMetric(t, 1, "gatehouse_cache_entries", nil)

	hit := g.Post(t, "/", call, basic)
	g.AssertMetric(t, 1, answered, from("cache"))
	assert.Equal(t, 1, upstream.Calls())
	assert.Equal(t, miss.Exchange.Status, hit.Exchange.Status)
	assert.Equal(t, string(miss.Exchange.Body), string(hit.Exchange.Body))
	assert.Equal(t, withoutID(miss.Exchange.Header), withoutID(hit.Exchange.Header), "no header of a cache")

	// Whoever wants to know asks with the person's claims to the letter, and the
	// same account.
	g.Post(t, "/", call, other)
	assert.Equal(t, 2, upstream.Calls(), "what another account has asked is not there")
	for _, guess := range []string{
		`{"email":"john@fabrikam.com"}`,
		`{"email":"john@fabrikam.com","step":"PostAttributeCollection","givenName":"John"}`,
		`{"email":"john@fabrikam.com","step":"PostFederationSignup"}`,
	} {
		before := upstream.Calls()
		g.Post(t, "/", guess, basic)
		assert.Equal(t, before+1, upstream.Calls(), guess)
	}
}

// withoutID is a header without what is each answer's own.
func withoutID(header http.Header) http.Header {
	header = maps.Clone(header)
	delete(header, "X-Request-Id")
	delete(header, "Date")
	return header
}
