package mainjob_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/gatehouse-proxy/gatehouse/internal/contract"
	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// withinShort is the budget of `short` and what a busy machine adds to it. The
// upstream calls of those tests would last 20 s, so it still tells.
const withinShort = 540*time.Millisecond + 5*time.Second

// counted is an upstream of either kind.
type counted interface {
	Address() string
	Calls() int
}

func TestWhateverTheUpstreamDoesTheAnswerIsValid(t *testing.T) {
	t.Parallel()
	dead := gatehouse.DeadAddress(t)
	answering := func(status int, contentType, body string, header ...string) counted {
		return gatehouse.NewUpstream(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			w.Header().Set("Set-Cookie", "session=1")
			w.Header().Set("X-Powered-By", "ASP.NET")
			w.Header().Set("Etag", `"1"`)
			for i := 0; i+1 < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		})
	}
	misbehaving := func(act gatehouse.Misbehaviour) counted { return gatehouse.NewMisbehaving(t, act) }
	const asJSON, asText = "application/json", "text/plain"
	cases := []struct {
		name     string
		upstream counted
		handler  string // instead of a reverse proxy to upstream
		reason   string
	}{
		{"dead", nil, "reverse_proxy " + dead, "unreachable"},
		{"dead-and-tried-again", nil, "reverse_proxy " + dead + " {\n lb_try_duration 10s\n }", "timeout"},
		{"silent", misbehaving(gatehouse.Silent), "", "timeout"},
		{"dripping", misbehaving(gatehouse.Drip), "", "timeout"},
		{"resets", misbehaving(gatehouse.Reset), "", "unreachable"},
		{"garbage", misbehaving(gatehouse.Garbage), "", "unreachable"},
		{"resets-in-body", misbehaving(gatehouse.ResetInBody), "", "truncated"},
		{"ends-in-body", misbehaving(gatehouse.EndInBody), "", "truncated"},
		{"huge", misbehaving(gatehouse.Huge), "", "too_large"},
		{"huge-refusal", answering(http.StatusBadRequest, asText, strings.Repeat("no ", 1<<19)), "", "too_large"},
		{"no-handler", nil, " ", "no_handler"},
		{"handler-fails", nil, `error "the disk is on fire" 500`, "internal"},
		{"redirects", answering(http.StatusFound, "text/html", "", "Location", "https://login.example.com/"), "", "redirect"},
		{"not-modified", answering(http.StatusNotModified, "", ""), "", "redirect"},
		{"unauthorized", answering(http.StatusUnauthorized, asJSON, `{"userMessage":"Bad API key k-123"}`, "Www-Authenticate", "Basic"), "", "upstream_unauthorized"},
		{"forbidden", answering(http.StatusForbidden, asText, "Forbidden"), "", "upstream_unauthorized"},
		{"contradiction", answering(http.StatusBadRequest, asJSON, `{"version":"1.0.0","action":"Continue"}`), "", "contradiction"},
		{"unknown-action", answering(http.StatusOK, asJSON, `{"version":"1.0.0","action":"Proceed"}`), "", "unknown_action"},
		{"broken", answering(http.StatusInternalServerError, asJSON, `{"userMessage":"NullReferenceException at A.B()"}`), "", "upstream_error"},
		{"maintenance", answering(http.StatusServiceUnavailable, "text/html", "<h1>Back soon</h1>", "Retry-After", "60"), "", "upstream_error"},
		{"throttled", answering(http.StatusTooManyRequests, asText, "slow down"), "", "overloaded"},
		{"gateway-page", answering(http.StatusNotFound, "text/html", "<html><body>nginx</body></html>"), "", "gateway_page"},
		{"not-found", answering(http.StatusNotFound, asJSON, `{"detail":"Not Found"}`), "", "upstream_rejected"},
		{"page", answering(http.StatusOK, "text/html", "<html><body>Welcome</body></html>"), "", "unreadable"},
		{"list", answering(http.StatusOK, asJSON, `[1,2]`), "", "unreadable"},
		{"half-a-document", answering(http.StatusOK, asJSON, `{"promoCode":"24`), "", "unreadable"},
	}
	var site strings.Builder
	for _, c := range cases {
		handler := c.handler
		if handler == "" {
			handler = "reverse_proxy " + c.upstream.Address()
		}
		for _, dialect := range []string{"b2c_user_flow", "b2c_custom_policy"} {
			name := c.name + "/" + dialect
			fmt.Fprintf(&site, "handle /%s {\n%s\n}\n", name, connectorBefore(handler, "name "+name, "protocol "+dialect, short))
		}
	}
	g := gatehouse.Start(t, site.String())

	t.Run("answers", func(t *testing.T) {
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				path := "/" + c.name + "/b2c_user_flow"
				for step, kind := range map[string]contract.Kind{
					federation: contract.Block, attributes: contract.Invalid, token: contract.Halt, "": contract.Invalid,
				} {
					answer := g.Post(t, path, callAt(step, "john"), basic, gatehouse.Within(withinShort))
					assert.Equal(t, kind, answer.Kind, step)
					assert.Equal(t, defaultFault, answer.Message, step)
					assert.NotEmpty(t, answer.Exchange.Header.Get("X-Request-Id"), "by which its log line is found")
				}
				policy := g.Post(t, "/"+c.name+"/b2c_custom_policy", `{"loyaltyId":"1234"}`, basic,
					gatehouse.Protocol(contract.CustomPolicy), gatehouse.Within(withinShort))
				assert.Equal(t, contract.Halt, policy.Kind)
				assert.Equal(t, defaultFault, policy.Message)
				if c.upstream != nil {
					assert.Equal(t, steps+1, c.upstream.Calls(), "a call is sent once, whatever comes of it")
				}
			})
		}
	})

	g.RequireMetric(t, float64(len(cases)*(steps+1)), "gatehouse_faults_total", nil)
	counts := g.Scrape(t)
	for _, c := range cases {
		user, policy := c.name+"/b2c_user_flow", c.name+"/b2c_custom_policy"
		assert.InDelta(t, steps, counts.Sum(t, "gatehouse_faults_total", gatehouse.Labels{"connector": user, "reason": c.reason}), 0, user)
		assert.InDelta(t, steps, counts.Sum(t, "gatehouse_requests_total", gatehouse.Labels{"connector": user, "source": "fault"}), 0, user)
		assert.InDelta(t, 1, counts.Sum(t, "gatehouse_faults_total", gatehouse.Labels{"connector": policy, "reason": c.reason}), 0, policy)
	}
}

// defaultFault is what a person reads where the upstream failed.
const defaultFault = "We could not check your details just now. Please try again in a moment."

func TestConfiguredFaults(t *testing.T) {
	t.Parallel()
	upstream := gatehouse.Answering(t, http.StatusInternalServerError, "")
	type kinds map[string]contract.Kind
	for name, c := range map[string]struct {
		directives string
		want       kinds
	}{
		"continue, but never before the token": {
			"on_fault continue",
			kinds{federation: contract.Continue, attributes: contract.Continue, "": contract.Continue, token: contract.Halt},
		},
		"continue before the token, spelled out": {
			"on_fault PreTokenIssuance continue",
			kinds{federation: contract.Block, attributes: contract.Invalid, "": contract.Invalid, token: contract.Continue},
		},
		"block": {
			"on_fault block",
			kinds{federation: contract.Block, attributes: contract.Block, "": contract.Block, token: contract.Halt},
		},
		"invalid": {
			"on_fault invalid",
			kinds{federation: contract.Block, attributes: contract.Invalid, "": contract.Invalid, token: contract.Halt},
		},
		"halt": {
			"on_fault halt",
			kinds{federation: contract.Halt, attributes: contract.Halt, "": contract.Halt, token: contract.Halt},
		},
		"by step": {
			"on_fault block\n on_fault PostAttributeCollection continue",
			kinds{federation: contract.Block, attributes: contract.Continue, "": contract.Block, token: contract.Halt},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := gatehouse.Start(t, connector(upstream.Address(), c.directives, "messages {\n fault \"Our office is closed.\"\n }"))
			for step, kind := range c.want {
				answer := g.Post(t, "/", callAt(step, "john"), basic, gatehouse.HaltConfigured())
				assert.Equal(t, kind, answer.Kind, step)
				if kind != contract.Continue {
					assert.Equal(t, "Our office is closed.", answer.Message)
				}
			}
		})
	}
}
