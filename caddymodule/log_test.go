package caddymodule

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/gatehouse-proxy/gatehouse/internal/alloctest"
)

// observed is a connector whose lines a test can read.
func observed(t *testing.T, options string) (*Connector, *observer.ObservedLogs) {
	t.Helper()
	c := provisioned(t, options)
	core, lines := observer.New(zapcore.DebugLevel)
	c.logger = zap.New(core)
	return c, lines
}

// The line of a panic says where, in the trace of the call, and not what.
func TestPanicLineHoldsNothingOfTheCall(t *testing.T) {
	t.Parallel()
	c, lines := observed(t, "")
	serve(t, c, sampled(newCall(`{"email":"canary@example.com"}`), trace.FlagsSampled), func(_ http.ResponseWriter, r *http.Request) error {
		body, _ := io.ReadAll(r.Body)
		panic(string(body))
	})
	panicked := lines.FilterMessage("the handler behind the connector panicked").All()
	require.Len(t, panicked, 1)
	fields := panicked[0].ContextMap()
	assert.Equal(t, zapcore.ErrorLevel, panicked[0].Level)
	assert.Len(t, fields, 3, "docs/observability.md lists them")
	assert.NotEmpty(t, fields["request_id"])
	assert.Equal(t, "00000000000000000000000000000001", fields["trace_id"])
	assert.Contains(t, fields["stack"], "log_test.go")
	for _, line := range lines.All() {
		for _, value := range line.ContextMap() {
			assert.NotContains(t, fmt.Sprint(value), "canary", line.Message)
		}
	}
}

// withAccessLog is a call as a server with an access log has it.
func withAccessLog(r *http.Request) *http.Request {
	server := &caddyhttp.Server{Logs: &caddyhttp.ServerLogConfig{}}
	return caddyhttp.PrepareRequest(r, caddy.NewReplacer(), nil, server)
}

// Who has no access log does not pay for one, nor who traces nothing for traces.
// The budgets are what was measured, 35, 39 and 57, with a little room.
func TestAccessLogCostsOnlyWhoHasOne(t *testing.T) { //nolint:paralleltest // it counts allocations
	alloctest.SkipUnderRace(t)
	c := provisioned(t, "cache")
	serve(t, c, newCall(exampleCall), answering(http.StatusOK, "application/json", `{"a":"b"}`))
	w := discard{make(http.Header)}
	next := answering(http.StatusInternalServerError, "", "")
	hits := func(hit *http.Request) float64 {
		body := strings.NewReader(exampleCall)
		return testing.AllocsPerRun(200, func() {
			body.Reset(exampleCall)
			hit.Body = io.NopCloser(body)
			require.NoError(t, c.ServeHTTP(w, hit, next))
		})
	}
	without, with, traced := hits(newCall(exampleCall)), hits(withAccessLog(newCall(exampleCall))), hits(sampled(newCall(exampleCall), trace.FlagsSampled))
	t.Logf("a hit allocates %v times, with an access log %v times, in a trace %v times", without, with, traced)
	assert.LessOrEqual(t, without, 36.0)
	assert.LessOrEqual(t, with, 40.0)
	assert.LessOrEqual(t, traced, 60.0)
}
