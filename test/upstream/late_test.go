package upstream_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// TestTimeOutOfTheProxyThrowsAVerdictAway: why response_header_timeout is not in
// the example. The validator needs longer than the budget; the person tries again.
func TestTimeOutOfTheProxyThrowsAVerdictAway(t *testing.T) {
	t.Parallel()
	texts, calls := make(map[string]string), map[string]int{"dial_timeout 1s": 1, "response_header_timeout 200ms": 2}
	validators, open := make(map[string]*gatehouse.Upstream), make(map[string]chan struct{})
	for line := range calls {
		ready := make(chan struct{})
		open[line] = ready
		validators[line] = gatehouse.NewUpstream(t, func(w http.ResponseWriter, r *http.Request) {
			select {
			case <-ready:
				named("late")(w, r)
			case <-r.Context().Done():
			}
		})
		texts[line] = example(t, "keepalive", one(validators[line].Address()), short, edit{"keepalive 1s", line})
	}
	for line, g := range startAll(t, texts) {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			requireFault(t, g, "timeout", "john", gatehouse.Within(withinShort))
			close(open[line])
			assert.Equal(t, "late", requireContinue(t, g, "john").Text("validator"))
			assert.Equal(t, calls[line], validators[line].Calls())
		})
	}
}
