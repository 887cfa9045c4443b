package caddymodule

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"go.opentelemetry.io/otel/trace"
)

// Whatever the configuration forwards, the upstream gets one traceparent, and of it
// only what W3C Trace Context defines for version 00: two lines are none (section
// 3.2), and of the flags the sampled one alone is ours to say.
func TestTraceparentStandsAlone(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		flags trace.TraceFlags
		want  []string
	}{
		"sampled":     {trace.FlagsSampled, []string{"00-00000000000000000000000000000001-0000000000000001-01"}},
		"not sampled": {0, []string{"00-00000000000000000000000000000001-0000000000000001-00"}},
		"other flags": {0xff, []string{"00-00000000000000000000000000000001-0000000000000001-01"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := provisioned(t, "")
			r := sampled(newCall(`{}`), tc.flags)
			r.Header.Set("Traceparent", "00-canary")
			r.Header.Set("Tracestate", "canary=1")
			var got http.Header
			serve(t, c, r, func(w http.ResponseWriter, r *http.Request) error {
				got = r.Header.Clone()
				w.WriteHeader(http.StatusNoContent)
				return nil
			})
			assert.Equal(t, tc.want, got["Traceparent"])
			assert.NotContains(t, got, "Tracestate")
		})
	}
}
