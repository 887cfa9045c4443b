package upstream_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// TestPolicies: where calls go, by the policies that the page names.
func TestPolicies(t *testing.T) {
	t.Parallel()
	const persons = 20
	cases := map[string]struct {
		same bool // equal calls go to the same validator
		all  bool // all calls do
	}{
		"first":                  {true, true},
		"ip_hash":                {true, true}, // the proxy is not told who called
		"client_ip_hash":         {true, true},
		"header Idempotency-Key": {true, false},
		"round_robin":            {false, false},
	}
	texts, validators := make(map[string]string), make(map[string]pair)
	for policy := range cases {
		p := pair{gatehouse.NewUpstream(t, named("first")), gatehouse.NewUpstream(t, named("second"))}
		validators[policy] = p
		texts[policy] = example(t, "several", p.edit(),
			edit{"lb_policy least_conn", "lb_policy " + policy}, edit{"api_connector {", "api_connector {\n cache off"})
	}
	for policy, g := range startAll(t, texts) {
		t.Run(policy, func(t *testing.T) {
			t.Parallel()
			same, used := 0, make(map[string]bool)
			for i := range persons {
				person := fmt.Sprintf("john%d", i)
				before, after := requireContinue(t, g, person).Text("validator"), requireContinue(t, g, person).Text("validator")
				if used[before] = true; before == after {
					same++
				}
			}
			assert.Equal(t, cases[policy].same, same == persons, "%d of %d", same, persons)
			assert.Equal(t, cases[policy].all, len(used) == 1 && same == persons)
			assert.Equal(t, 2*persons, validators[policy].calls())
		})
	}
}

// TestPassive: what takes a validator out, and what does not.
func TestPassive(t *testing.T) {
	t.Parallel()
	failing := func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/healthz" {
			http.Error(w, "NullReferenceException", http.StatusInternalServerError)
		}
	}
	hanging := func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/healthz" {
			<-r.Context().Done()
		}
	}
	cases := map[string]struct {
		broken http.HandlerFunc
		reason string
		edits  []edit
		faults int // until the one that is broken gets no more calls
	}{
		"as on the page":          {resetting, "unreachable", nil, 3},
		"max_fails by default":    {resetting, "unreachable", []edit{{"max_fails 3", ""}}, 1},
		"5xx":                     {failing, "upstream_error", nil, 6},
		"unhealthy_status":        {failing, "upstream_error", []edit{{"max_fails 3", "max_fails 3\nunhealthy_status 5xx"}}, 3},
		"hangs, and is cut short": {hanging, "timeout", []edit{{"dial_timeout 500ms", "dial_timeout 500ms\nresponse_header_timeout 1s"}}, 3},
	}
	texts, validators := make(map[string]string), make(map[string]pair)
	for name, c := range cases {
		p := pair{gatehouse.NewUpstream(t, c.broken), gatehouse.NewUpstream(t, named("well"))}
		validators[name] = p
		texts[name] = example(t, "several", append(c.edits, p.edit(), edit{"least_conn", "first"})...)
	}
	for name, g := range startAll(t, texts) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := cases[name]
			for i := range c.faults {
				requireFault(t, g, c.reason, fmt.Sprintf("john%d", i))
			}
			for i := range 6 - c.faults {
				requireContinue(t, g, fmt.Sprintf("jane%d", i))
			}
			assert.Equal(t, c.faults, calls(validators[name][0]))
		})
	}
}

// TestOneValidatorWithFailDuration: why the page says to leave it out.
func TestOneValidatorWithFailDuration(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		lines  string
		reason string
	}{
		"with it":    {"fail_duration 10s", "unreachable"},
		"without it": {"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			validator := gatehouse.NewUpstream(t, dyingIdle(named("well")))
			g := start(t, example(t, "keepalive", one(validator.Address()), kept, beside(c.lines)))
			requireContinue(t, g, "john")
			requireFault(t, g, "unreachable", "jane") // its connection died idle; the validator is well
			if c.reason == "" {
				requireContinue(t, g, "jim")
				return
			}
			requireFault(t, g, c.reason, "jim")
			assert.Equal(t, 2, validator.Calls())
			g.Reload(t, onPath(g.name, example(t, "keepalive", one(validator.Address()))))
			requireContinue(t, g, "jim")
		})
	}
}
