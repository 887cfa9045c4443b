package upstream_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// TestTimeOutOfTheProxyThrowsAVerdictAway: why response_header_timeout is not in
// the example. The validator needs longer than the budget; the person tries again.
func TestTimeOutOfTheProxyThrowsAVerdictAway(t *testing.T) {
	t.Parallel()
	// 1.8 s, so that a busy machine has time between the one time-out and the other.
	budget := edit{"api_connector {", "api_connector {\n timeouts {\n attempt 1s\n upstream 20s\n }"}
	texts, calls := make(map[string]string), map[string]int{"dial_timeout 1s": 1, "response_header_timeout 1s": 2}
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
		texts[line] = example(t, "keepalive", one(validators[line].Address()), budget, edit{"keepalive 1s", line})
	}
	for line, g := range startAll(t, texts) {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			requireFault(t, g, "timeout", "john", gatehouse.Within(7*time.Second))
			close(open[line])
			assert.Equal(t, "late", requireContinue(t, g, "john").Text("validator"))
			assert.Equal(t, calls[line], validators[line].Calls())
		})
	}
}
