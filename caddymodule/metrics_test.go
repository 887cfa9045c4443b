package caddymodule

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	dto "github.com/prometheus/client_model/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/zap"
)

// registered is a connector and the registry of its configuration load.
func registered(t *testing.T, options string) (*Connector, *prometheus.Registry) {
	t.Helper()
	ctx, cancel := caddy.NewContext(caddy.Context{Context: context.Background()})
	t.Cleanup(cancel)
	c := parsed(t, options)
	require.NoError(t, c.Provision(ctx))
	c.logger = zap.NewNop()
	t.Cleanup(func() { assert.NoError(t, c.Cleanup()) })
	return c, ctx.GetMetricsRegistry()
}

// ofConnector are the series of one connector.
func ofConnector(t *testing.T, registry *prometheus.Registry, name string) (series []*dto.Metric) {
	t.Helper()
	families, err := registry.Gather()
	require.NoError(t, err)
	for _, family := range families {
		for _, m := range family.GetMetric() {
			for _, label := range m.GetLabel() {
				if label.GetName() == "connector" && label.GetValue() == name {
					series = append(series, m)
				}
			}
		}
	}
	return series
}

// The linter of Prometheus knows the conventions of names, units and help.
func TestMetricsKeepTheConventions(t *testing.T) {
	t.Parallel()
	_, registry := registered(t, "name conventions")
	families, err := registry.Gather()
	require.NoError(t, err)
	var names []string
	for _, family := range families {
		if strings.HasPrefix(family.GetName(), "gatehouse_") {
			names = append(names, family.GetName())
		}
	}
	require.GreaterOrEqual(t, len(names), 16)
	problems, err := testutil.GatherAndLint(registry, names...)
	require.NoError(t, err)
	assert.Empty(t, problems)
}

// Whatever comes and whatever becomes of it, no call makes a series: what a caller
// could add without end would fill the memory of everybody who scrapes.
func TestNoCallMakesASeries(t *testing.T) {
	t.Parallel()
	for _, protocolName := range []string{"b2c_user_flow", "b2c_custom_policy"} {
		t.Run(protocolName, func(t *testing.T) {
			t.Parallel()
			name := "series-" + protocolName
			c, registry := registered(t, "name "+name+"\nprotocol "+protocolName+"\ncache {\n ttl 1ms\n stale_if_error 1s\n max_entries 20\n}\nmax_response 1KiB")
			before := len(ofConnector(t, registry, name))
			require.Greater(t, before, 100)
			seed := rand.Uint64()
			t.Logf("seed %d", seed)
			random := rand.New(rand.NewPCG(seed, 0))
			w := discard{make(http.Header)}
			for range 5_000 {
				r, next := randomCall(random), randomHandler(random)
				require.NoError(t, c.ServeHTTP(w, r, next))
			}
			after := ofConnector(t, registry, name)
			assert.Len(t, after, before)
			var moved int
			for _, m := range after {
				if m.GetCounter().GetValue() > 0 {
					moved++
				}
			}
			assert.Greater(t, moved, 30, "the calls are too much alike for the test to mean anything")
		})
	}
}

func oneOf[T any](random *rand.Rand, choices ...T) T { return choices[random.IntN(len(choices))] }

func randomCall(random *rand.Rand) *http.Request {
	step := oneOf(random, "", "PostFederationSignup", "PostAttributeCollection", "PreTokenIssuance", "later", fmt.Sprint(random.Uint64()))
	body := oneOf(random, `{"email":"a%d@example.com","step":%q}`, `{"email":"a%d@example.com","x":%q}`, `{"email":"a%d@example.com","step":%q`, `%d%q`)
	method := oneOf(random, http.MethodPost, http.MethodPost, http.MethodPost, http.MethodPost, http.MethodGet, http.MethodPut, "X"+fmt.Sprint(random.IntN(1000)))
	r := httptest.NewRequest(method, fmt.Sprintf("https://h%d.example.com/p%d?q=%d", random.IntN(9), random.IntN(9), random.IntN(9)),
		strings.NewReader(fmt.Sprintf(body, random.IntN(5), step)))
	r.Header.Set("Content-Type", oneOf(random, "application/json", "application/json", "application/json", "application/x-www-form-urlencoded", "text/"+step))
	switch random.IntN(8) {
	case 0:
	case 1:
		r.SetBasicAuth("u"+step, "a wrong secret")
	default:
		r.SetBasicAuth("b2c", testSecret)
	}
	return prepare(r)
}

func randomHandler(random *rand.Rand) caddyhttp.HandlerFunc {
	status := oneOf(random, 100, 101, 200, 204, 302, 401, 403, 404, 409, 429, 499, 500, 503, 100+random.IntN(899))
	body := oneOf(random, "", "{}", `{"a":1}`, `{"action":"ShowBlockPage","userMessage":"No."}`, `{"action":"`+fmt.Sprint(random.Uint64())+`"}`,
		`{"error":"No."}`, "<html>", "{", strings.Repeat("x", 2000), `<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><soap:Fault><faultcode>soap:Client</faultcode><faultstring>No.</faultstring></soap:Fault></soap:Body></soap:Envelope>`)
	trouble := random.IntN(12)
	return func(w http.ResponseWriter, r *http.Request) error {
		switch trouble {
		case 0:
			return caddyhttp.Error(status, fmt.Errorf("trouble %d", status))
		case 1:
			panic(http.ErrAbortHandler)
		case 2:
			panic(status)
		case 3:
			caddyhttp.SetVar(r.Context(), "unhandled", true)
			return nil
		}
		w.WriteHeader(status)
		_, err := w.Write([]byte(body))
		return err
	}
}

// sampled is a call within a trace that is kept, or not.
func sampled(r *http.Request, flags trace.TraceFlags) *http.Request {
	return r.WithContext(trace.ContextWithSpanContext(r.Context(), trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: trace.TraceID{15: 1}, SpanID: trace.SpanID{7: 1}, TraceFlags: flags,
	})))
}

// An exemplar leads to a trace that somebody keeps, and to no other.
func TestExemplarsAreOfSampledTraces(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		call func() *http.Request
		want map[string]bool
	}{
		"sampled": {
			func() *http.Request { return sampled(newCall(`{}`), trace.FlagsSampled) },
			map[string]bool{"00000000000000000000000000000001": true},
		},
		"not sampled": {func() *http.Request { return sampled(newCall(`{}`), 0) }, map[string]bool{}},
		"no trace":    {func() *http.Request { return newCall(`{}`) }, map[string]bool{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			connector := "exemplars " + name
			c, registry := registered(t, fmt.Sprintf("name %q", connector))
			serve(t, c, tc.call(), answering(http.StatusOK, "application/json", `{}`))
			found, native, classic := make(map[string]bool), 0, 0
			for _, m := range ofConnector(t, registry, connector) {
				if m.GetHistogram().GetSampleCount() == 0 {
					continue
				}
				exemplars := 0
				for _, bucket := range m.GetHistogram().GetBucket() {
					for _, label := range bucket.GetExemplar().GetLabel() {
						assert.Equal(t, "trace_id", label.GetName())
						found[label.GetValue()] = true
						exemplars++
					}
				}
				assert.Equal(t, len(tc.want), exemplars)
				classic += len(m.GetHistogram().GetBucket())
				native += len(m.GetHistogram().GetPositiveSpan())
			}
			assert.Equal(t, tc.want, found)
			assert.Positive(t, classic)
			assert.GreaterOrEqual(t, native, 3, "the call's, the upstream call's and ours alone are native too")
		})
	}
}
