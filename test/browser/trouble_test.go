package browser

import (
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// 7 s is more than the provider waits, and less than it waits twice: the retry joins
// the call that is under way, and the validator is asked once for each step.
func TestASlowValidatorIsAbsorbed(t *testing.T) {
	t.Parallel()
	v := open(t, 1280, 800, "light")
	v.choose("seconds", "7")
	v.signUp("5678")
	assert.Equal(t, "You are signed up", v.text("#card-title"))
	for _, step := range []string{"PostAttributeCollection", "PreTokenIssuance"} {
		text := v.step(step)
		assert.Contains(t, text, "gave up after 5.0 s; the same bytes are sent once more")
		assert.Regexp(t, `answered after (1\.9|2\.\d) s: it joined the call that was under way`, text)
		assert.Contains(t, text, "flight")
		assert.Contains(t, text, "7.0 s", "what the validator took")
	}
	v.await("the numbers are the connector's", `document.querySelector("#count-flight").textContent === "2"`)
	assert.Equal(t, "2", v.text("#count-upstream"), "asked once a step")
}

// 30 s are more than the provider's whole patience: the person gets an answer
// before it ends, and keeps the form.
func TestASilentValidatorIsAFault(t *testing.T) {
	t.Parallel()
	v := open(t, 1280, 800, "light")
	v.choose("seconds", "30")
	v.signUp("5678")
	assert.Equal(t, ourFault, v.text("#message"))
	assert.Equal(t, "message", v.focused())
	step := v.step("PostAttributeCollection")
	for _, want := range []string{"fault timeout", "invalid", "9.0 s", "nothing so far: it is still at it", `"action": "ValidationError"`} {
		assert.Contains(t, step, want)
	}
	v.await("the numbers are the connector's", `document.querySelector("#count-faults").textContent === "1"`)
	assert.Equal(t, "1", v.text("#count-upstream"), "the call that is still under way")
}

func TestABrokenValidatorIsAFault(t *testing.T) {
	t.Parallel()
	v := open(t, 1280, 800, "light")
	for _, tc := range []struct{ fault, loyaltyID, seen string }{
		{"refuse", "5001", "nothing: it refused the connection"},
		{"reset", "5002", "nothing: it reset the connection"},
	} {
		v.choose("fault", tc.fault)
		v.signUp(tc.loyaltyID)
		assert.Equal(t, ourFault, v.text("#message"), tc.fault)
		assert.Contains(t, v.step("PostAttributeCollection"), "fault unreachable", tc.fault)
		assert.Contains(t, v.step("PostAttributeCollection"), tc.seen)
	}
	v.choose("fault", "none")
	v.signUp("5003")
	assert.Equal(t, "You are signed up", v.text("#card-title"), "it is well again")

	// Who was known before gets in while the validator is away: remembered at first,
	// then in the place of a fault.
	v.choose("fault", "refuse")
	sources := make(map[string]bool)
	for until := time.Now().Add(30 * time.Second); !sources["stale"] && time.Now().Before(until); {
		v.again()
		v.signUp("5003")
		assert.Equal(t, "You are signed up", v.text("#card-title"))
		found := regexp.MustCompile(`source\s+(\w+)`).FindStringSubmatch(v.step("PreTokenIssuance"))
		require.Len(t, found, 2)
		sources[found[1]] = true
	}
	assert.Equal(t, map[string]bool{"cache": true, "stale": true}, sources)
	assert.Contains(t, v.step("PreTokenIssuance"), "no answer now; HTTP 200 before")
}
