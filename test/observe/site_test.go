package observe_test

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

const secret = "correct-horse-battery-staple"

// site has a user flow with everything on, a custom policy with a slow hash, and a
// connector open to everybody, of which some paths have no validator.
func site(t *testing.T, upstream string, certificate tls.Certificate) string {
	t.Helper()
	return fmt.Sprintf(`
	handle /signup {
		api_connector {
			name signup
			auth {
				basic b2c plain:%s
				client_certificate {
					thumbprint %s
				}
			}
			timeouts {
				attempt 300ms
				upstream 1s
			}
			cache {
				ttl 2s
				max_entries 60
				stale_if_error 1h
			}
			verdicts {
				status 418 fault
			}
			max_response 8KiB
		}
		reverse_proxy %s
	}
	handle /policy {
		api_connector {
			name policy
			protocol b2c_custom_policy
			auth {
				basic b2c %s
			}
		}
		reverse_proxy %s
	}
	handle /open/* {
		api_connector {
			name open
			auth {
				unsafe_none
			}
		}
		reverse_proxy /open/works %s
		error /open/fails "the disk is on fire" 500
	}
`, secret, gatehouse.SHA256(certificate), upstream, gatehouse.HashPassword(t, "bcrypt", secret), upstream, upstream)
}

// answers are what the validator says to a person whose e-mail starts with the word:
// the status, the type and the body.
var answers = map[string]struct {
	status     int
	kind, body string
}{
	"continue": {200, "application/json", `{"promoCode":"24534"}`},
	"contract": {200, "application/json", `{"version":"1.0.0","action":"Continue","promoCode":"24534"}`},
	"empty":    {204, "", ""},
	"block":    {200, "application/json", `{"version":"1.0.0","action":"ShowBlockPage","userMessage":"You are not on the list."}`},
	"invalid":  {409, "application/json", `{"userMessage":"Loyalty ID '1234' is not associated with your address."}`},
	"fields":   {422, "application/json", `{"errors":{"postalCode":["is too short"]}}`},
	"problem":  {400, "application/problem+json", `{"type":"about:blank","title":"Out of range","status":400,"detail":"The age is out of range."}`},
	"text":     {400, "text/plain", "Please choose another name."},
	"soap":     {500, "text/xml", `<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body><Fault><faultcode>Client</faultcode><faultstring>The code has been used.</faultstring></Fault></Body></Envelope>`},

	"redirect":              {302, "text/html", ""},
	"upstream_unauthorized": {401, "text/plain", "no"},
	"contradiction":         {400, "application/json", `{"version":"1.0.0","action":"Continue"}`},
	"unknown_action":        {200, "application/json", `{"version":"1.0.0","action":"Proceed"}`},
	"upstream_error":        {500, "application/json", `{"message":"NullReferenceException"}`},
	"overloaded":            {429, "text/plain", "slow down"},
	"gateway_page":          {404, "text/html", "<html><body>nginx</body></html>"},
	"upstream_rejected":     {404, "application/json", `{"detail":"Not Found"}`},
	"unreadable":            {200, "text/html", "<html><body>Welcome</body></html>"},
	"configured":            {418, "text/plain", "teapot"},
	"too_large":             {200, "application/json", `{"promoCode":"` + strings.Repeat("7", 16<<10) + `"}`},
}

// validator answers as the e-mail says. While it is broken it says 503 to everybody but
// those who come for another fault.
func validator(t *testing.T, broken *atomic.Bool) *gatehouse.Upstream {
	t.Helper()
	return gatehouse.NewUpstream(t, func(w http.ResponseWriter, r *http.Request) {
		var claims struct {
			Email string `json:"email"`
		}
		_ = json.NewDecoder(r.Body).Decode(&claims)
		word, _, _ := strings.Cut(claims.Email, "-")
		think(r, time.Duration(4+rand.IntN(30))*time.Millisecond)
		switch {
		case broken.Load() && !slices.Contains(rare, word):
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		case word == "slow":
			think(r, 400*time.Millisecond) // longer than an attempt, within the budget
			word = "continue"
		case word == "timeout":
			think(r, time.Minute)
			return
		case word == "unreachable":
			hijack(w, gatehouse.Reset)
			return
		case word == "truncated":
			hijack(w, gatehouse.EndInBody)
			return
		}
		answer, ok := answers[word]
		if !ok {
			answer = answers["continue"]
		}
		if answer.kind != "" {
			w.Header().Set("Content-Type", answer.kind)
		}
		w.WriteHeader(answer.status)
		_, _ = io.WriteString(w, answer.body)
	})
}

// think takes time, as validators do, unless the caller has gone.
func think(r *http.Request, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
	}
}

func hijack(w http.ResponseWriter, act gatehouse.Misbehaviour) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return // the connection is gone, which is what was wanted
	}
	defer func(c net.Conn) { _ = c.Close() }(conn)
	act(conn, nil)
}
