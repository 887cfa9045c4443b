package upstream_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/internal/contract"
	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// newPair starts two validators that share a memory of what was redeemed. The one
// that redeems a code then does what after says.
func newPair(t *testing.T, after http.HandlerFunc) pair {
	t.Helper()
	redeemed := new(redemptions)
	var p pair
	for i := range p {
		p[i] = gatehouse.NewUpstream(t, redeeming(redeemed, after))
	}
	return p
}

// onTheWay is a failure after the validator has taken the code.
var onTheWay = map[string]http.HandlerFunc{
	"resets": reset,
	"is broken": func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "NullReferenceException", http.StatusInternalServerError)
	},
	"is told to come back": func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "", http.StatusServiceUnavailable)
	},
}

// TestWhatMayHaveBeenReceivedIsNotSentAgain: a code is redeemed once.
func TestWhatMayHaveBeenReceivedIsNotSentAgain(t *testing.T) {
	t.Parallel()
	texts, validators := make(map[string]string), make(map[string]pair)
	for name, after := range onTheWay {
		for time, edits := range map[string][]edit{
			"as on the page":         nil,
			"longer than the budget": {short, {"lb_try_duration 2s", "lb_try_duration 30s"}},
		} {
			key := name + ", " + time
			validators[key] = newPair(t, after)
			texts[key] = example(t, "several", append(edits, validators[key].edit())...)
		}
	}
	for name, g := range startAll(t, texts) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reason := "upstream_error"
			if strings.HasPrefix(name, "resets") {
				reason = "unreachable"
			}
			requireFault(t, g, reason, "john")
			assert.Equal(t, 1, validators[name].calls())
		})
	}
}

// TestGETIsSentAgainUnlessForbidden: reverseproxy.go:1474 lets a GET pass.
func TestGETIsSentAgainUnlessForbidden(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		edits []edit
		calls int
		text  string
	}{
		"as on the page": {nil, 1, "We could not check your details just now. Please try again in a moment."},
		"not forbidden":  {[]edit{{"lb_retry_match {\n\t\tmethod POST\n\t}", ""}}, 2, "This code has been used."},
	}
	texts, validators := make(map[string]string), make(map[string]pair)
	for name, c := range cases {
		validators[name] = newPair(t, reset)
		texts[name] = example(t, "query", append(c.edits, validators[name].edit())...)
	}
	for name, g := range startAll(t, texts) {
		answer := g.post(t, "john")
		assert.Equal(t, contract.Invalid, answer.Kind, name)
		assert.Equal(t, cases[name].text, answer.Message, name)
		assert.Equal(t, cases[name].calls, validators[name].calls(), name)
	}
}

// TestQueryFindsTheOtherValidator: what the page forbids is not the look for one
// that can be reached.
func TestQueryFindsTheOtherValidator(t *testing.T) {
	t.Parallel()
	well := gatehouse.NewUpstream(t, named("well"))
	g := start(t, example(t, "query", two(gatehouse.DeadAddress(t), well.Address())))
	for i := range 5 {
		requireContinue(t, g, fmt.Sprintf("john%d", i))
	}
	assert.Equal(t, 5, well.Calls())
}

// TestTwiceRedeemsACodeTwice: the warning of the page.
func TestTwiceRedeemsACodeTwice(t *testing.T) {
	t.Parallel()
	texts, validators := make(map[string]string), make(map[string]pair)
	for name, after := range onTheWay {
		validators[name] = newPair(t, after)
		texts[name] = example(t, "twice", validators[name].edit())
	}
	for name, g := range startAll(t, texts) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if name == "is broken" { // 500 is not in the example's list
				requireFault(t, g, "upstream_error", "john")
				assert.Equal(t, 1, validators[name].calls())
				return
			}
			answer := g.post(t, "john")
			assert.Equal(t, contract.Invalid, answer.Kind)
			assert.Equal(t, "This code has been used.", answer.Message)
			assert.Equal(t, 2, validators[name].calls())
			first, second := validators[name][0].Last(t), validators[name][1].Last(t)
			assert.Equal(t, first.Body, second.Body)
			assert.Equal(t, first.Header.Get("Idempotency-Key"), second.Header.Get("Idempotency-Key"))
		})
	}
}

// TestTwiceSavesALookUp: what it is for.
func TestTwiceSavesALookUp(t *testing.T) {
	t.Parallel()
	broken, well := gatehouse.NewUpstream(t, reset), gatehouse.NewUpstream(t, named("well"))
	g := start(t, example(t, "twice", two(broken.Address(), well.Address())))
	for i := range 4 {
		assert.Equal(t, "well", requireContinue(t, g, fmt.Sprintf("john%d", i)).Text("validator"))
	}
	assert.Equal(t, 4, well.Calls())
	require.Positive(t, broken.Calls())
}

// TestTwiceNeedsTheBuffer: without it the body is gone at the second time.
func TestTwiceNeedsTheBuffer(t *testing.T) {
	t.Parallel()
	require.Len(t, callOf("john"), 62)
	texts, validators := make(map[string]string), make(map[string]pair)
	for name, size := range map[string]string{"none": "", "as large as the body": "request_buffers 62", "larger": "request_buffers 63"} {
		p := pair{gatehouse.NewUpstream(t, reset), gatehouse.NewUpstream(t, named("well"))}
		validators[name] = p
		texts[name] = example(t, "twice", p.edit(), edit{"request_buffers 128KiB", size},
			edit{"round_robin", "first"}, edit{"max_fails 3", "max_fails 1"}) // in this order
	}
	for name, g := range startAll(t, texts) {
		if name == "larger" {
			requireContinue(t, g, "john")
			assert.Equal(t, callOf("john"), validators[name][1].Last(t).Body)
			continue
		}
		requireFault(t, g, "unreachable", "john")
		assert.Equal(t, 1, validators[name][0].Calls(), name)
		assert.Zero(t, validators[name][1].Calls(), name)
	}
}

// TestTextOfAMatchedStatusIsLost: reverseproxy.go:1751 keeps the status alone.
func TestTextOfAMatchedStatusIsLost(t *testing.T) {
	t.Parallel()
	says := map[string]string{
		"[502, 503, 504]":      "This code has been used.",
		"[409, 502, 503, 504]": "Please check what you entered and try again.",
	}
	validator := gatehouse.NewUpstream(t, func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "This code has been used.", http.StatusConflict)
	})
	texts := make(map[string]string)
	for match := range says {
		texts[match] = example(t, "twice", two(validator.Address(), validator.Address()), edit{"[502, 503, 504]", match})
	}
	for match, g := range startAll(t, texts) {
		answer := g.post(t, "john")
		assert.Equal(t, contract.Invalid, answer.Kind, match)
		assert.Equal(t, says[match], answer.Message, match)
	}
}
