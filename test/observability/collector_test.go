package observability_test

import (
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// collector takes spans by OTLP over HTTP, as an operator's collector does.
type collector struct {
	server *httptest.Server

	mu  sync.Mutex
	got []span
}

// span is one as it was exported.
type span struct {
	name, trace, id, parent string
	state                   string
	attributes              map[string]string
	failed                  bool
	links                   []string // span ids
	text                    string   // everything
}

func newCollector(t *testing.T) *collector {
	t.Helper()
	c := new(collector)
	c.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var export tracepb.TracesData // an ExportTraceServiceRequest has the same bytes
		if err == nil {
			err = proto.Unmarshal(body, &export)
		}
		if !assert.NoError(t, err) || !assert.Equal(t, "/v1/traces", r.URL.Path) {
			return
		}
		c.take(&export)
		w.Header().Set("Content-Type", "application/x-protobuf")
	}))
	t.Cleanup(c.server.Close)
	return c
}

func (c *collector) take(export *tracepb.TracesData) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, resource := range export.GetResourceSpans() {
		for _, scope := range resource.GetScopeSpans() {
			for _, s := range scope.GetSpans() {
				taken := span{
					name: s.GetName(), trace: hex.EncodeToString(s.GetTraceId()), id: hex.EncodeToString(s.GetSpanId()),
					parent: hex.EncodeToString(s.GetParentSpanId()), state: s.GetTraceState(), attributes: make(map[string]string),
					failed: s.GetStatus().GetCode() == tracepb.Status_STATUS_CODE_ERROR,
					text:   s.String(),
				}
				for _, a := range s.GetAttributes() {
					taken.attributes[a.GetKey()] = a.GetValue().GetStringValue()
					if number := a.GetValue().GetIntValue(); number != 0 {
						taken.attributes[a.GetKey()] = fmt.Sprint(number)
					}
				}
				for _, link := range s.GetLinks() {
					taken.links = append(taken.links, hex.EncodeToString(link.GetTraceId())+"-"+hex.EncodeToString(link.GetSpanId()))
				}
				c.got = append(c.got, taken)
			}
		}
	}
}

// options make a process export what it traces, soon.
func (c *collector) options() []gatehouse.Option {
	return []gatehouse.Option{
		gatehouse.Env("OTEL_EXPORTER_OTLP_ENDPOINT", c.server.URL),
		gatehouse.Env("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
		gatehouse.Env("OTEL_BSP_SCHEDULE_DELAY", "20"),
	}
}

// spans waits for a number of spans, and returns those of calls and those of
// upstream calls.
func (c *collector) spans(t *testing.T, n int) (calls, flights []span) {
	t.Helper()
	all := func() []span {
		c.mu.Lock()
		defer c.mu.Unlock()
		return append([]span(nil), c.got...)
	}
	require.True(t, gatehouse.Await(func() bool { return len(all()) >= n }), "%d spans of %d: %v", len(all()), n, all())
	for _, s := range all() {
		if s.name == "gatehouse.upstream" {
			flights = append(flights, s)
		} else {
			calls = append(calls, s)
		}
	}
	require.Len(t, append(calls, flights...), n)
	return calls, flights
}
