package upstream_test

import (
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// often is a ping that a test can wait for.
var often = edit{"health_interval 4m", "health_interval 20ms"}

// TestPingKeepsTheValidatorAwake: without a call, from the start on.
func TestPingKeepsTheValidatorAwake(t *testing.T) {
	t.Parallel()
	texts, validators := make(map[string]string), make(map[string]*gatehouse.Upstream)
	pings := map[string]int{"health_interval 4m": 1, "health_interval 20ms": 5}
	for interval := range pings {
		validators[interval] = gatehouse.NewUpstream(t, named("well"))
		texts[interval] = example(t, "warm", edit{"health_interval 4m", interval}, one(validators[interval].Address()))
	}
	startAll(t, texts)
	for interval, validator := range validators {
		assert.True(t, gatehouse.Await(func() bool { return validator.Calls() >= pings[interval] }), interval)
		assert.Equal(t, "/healthz", validator.Last(t).URI)
		assert.Equal(t, http.MethodGet, validator.Last(t).Method)
	}
}

// TestPingThatFailsTakesNothingAway: the only validator stays in.
func TestPingThatFailsTakesNothingAway(t *testing.T) {
	t.Parallel()
	texts, validators := make(map[string]string), make(map[string]*gatehouse.Upstream)
	reasons := map[string]string{"health_fails 1000000000": "", "health_fails 1": "unreachable"}
	for fails := range reasons {
		validators[fails] = gatehouse.NewUpstream(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/healthz" {
				http.NotFound(w, r)
				return
			}
			named("well")(w, r)
		})
		texts[fails] = example(t, "warm", one(validators[fails].Address()), often, edit{"health_fails 1000000000", fails})
	}
	for fails, g := range startAll(t, texts) {
		assert.True(t, gatehouse.Await(func() bool { return validators[fails].Calls() >= 3 }))
		if reasons[fails] != "" {
			requireFault(t, g, reasons[fails], "john")
			continue
		}
		requireContinue(t, g, "john")
	}
}

// TestWhatTheHealthCheckSends: what the page says of validators without a health
// page, and of credentials.
func TestWhatTheHealthCheckSends(t *testing.T) {
	t.Parallel()
	const withKey = "header_up X-Api-Key k-123\n"
	cases := map[string]struct {
		check   string
		healthy bool
	}{
		"the page of the calls":    {"health_uri /signup\nhealth_status 405", true},
		"405 that nobody expects":  {"health_uri /signup", false},
		"without a credential":     {"health_uri /healthz", false},
		"with a credential for it": {"health_uri /healthz\nhealth_headers {\n X-Api-Key k-123\n}", true},
	}
	texts, validators := make(map[string]string), make(map[string]*gatehouse.Upstream)
	for name, c := range cases {
		validators[name] = gatehouse.NewUpstream(t, func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.URL.Path == "/signup" && r.Method == http.MethodGet:
				http.Error(w, "", http.StatusMethodNotAllowed)
			case r.Header.Get("X-Api-Key") != "k-123":
				http.Error(w, "", http.StatusUnauthorized)
			default:
				named("well")(w, r)
			}
		})
		texts[name] = example(t, "warm", one(validators[name].Address()), often,
			edit{"health_uri /healthz", withKey + c.check}, edit{"health_fails 1000000000", ""})
	}
	for name, g := range startAll(t, texts) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.True(t, gatehouse.Await(func() bool { return validators[name].Calls() >= 3 }))
			if cases[name].healthy {
				requireContinue(t, g, "john")
				return
			}
			requireFault(t, g, "unreachable", "john")
		})
	}
}

// TestHealthFailsNeedNotBeInARow: a pass sets no count of failures back
// (healthchecks.go, markHealthy), although the field's comment says consecutive.
func TestHealthFailsNeedNotBeInARow(t *testing.T) {
	t.Parallel()
	var pings atomic.Int64
	validator := gatehouse.NewUpstream(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/healthz" {
			if n := pings.Add(1); n == 2 || n == 8 {
				http.Error(w, "", http.StatusInternalServerError)
			}
			return
		}
		named("well")(w, r)
	})
	g := start(t, example(t, "warm", one(validator.Address()), often, edit{"health_fails 1000000000", "health_fails 2\nhealth_passes 1000000"}))
	assert.True(t, gatehouse.Await(func() bool { return pings.Load() >= 9 }))
	requireFault(t, g, "unreachable", "john")
	assert.Zero(t, calls(validator))
}
