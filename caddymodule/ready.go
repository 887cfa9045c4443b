package caddymodule

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddytls"
)

// checked is the outcome of one check. A process is ready where none has failed;
// what is not known does not count against it.
type checked struct {
	Connector string `json:"connector,omitempty"`
	Check     string `json:"check"`
	Status    string `json:"status"` // ok, unknown or failed
	Detail    string `json:"detail,omitempty"`
}

// The statuses of a check.
const (
	checkOK      = "ok"
	checkUnknown = "unknown"
	checkFailed  = "failed"
)

// checks are what readiness consists of, each for one connector.
var checks = map[string]func(*state, *Connector) (status, detail string){
	"configuration": func(*state, *Connector) (string, string) { return checkOK, "" },
	"certificate":   func(_ *state, c *Connector) (string, string) { return certificateCheck(c.site, time.Now()) },
	"upstream":      func(s *state, _ *Connector) (string, string) { return s.health.check() },
}

// checkNames are the checks in the order in which they are shown.
var checkNames = []string{"configuration", "certificate", "upstream"}

func ready(w http.ResponseWriter, r *http.Request) error {
	wanted := r.URL.Query()["check"]
	for _, name := range wanted {
		if checks[name] == nil {
			return caddy.APIError{HTTPStatus: http.StatusBadRequest, Err: fmt.Errorf("check %q is unknown; write %s", name, strings.Join(checkNames, ", "))}
		}
	}
	var report struct {
		Status string    `json:"status"` // ready or not ready
		Checks []checked `json:"checks"`
	}
	all := statesInUse()
	if len(all) == 0 {
		report.Checks = append(report.Checks, checked{Check: "configuration", Status: checkFailed, Detail: "no api_connector is loaded"})
	}
	if caddy.Exiting() { // shutdown_delay is there for a load balancer to see it
		report.Checks = append(report.Checks, checked{Check: "configuration", Status: checkFailed, Detail: "the process is ending"})
	}
	for _, s := range all {
		for _, name := range checkNames {
			if len(wanted) == 0 || slices.Contains(wanted, name) {
				status, detail := checks[name](s.state, s.user)
				report.Checks = append(report.Checks, checked{s.connector, name, status, detail})
			}
		}
	}
	report.Status = "ready"
	status := http.StatusOK
	if slices.ContainsFunc(report.Checks, func(c checked) bool { return c.Status == checkFailed }) {
		report.Status, status = "not ready", http.StatusServiceUnavailable
	}
	return writeJSON(w, status, report)
}

// certificateCheck looks whether each host name of a site has a certificate that is
// valid now. A port that is open says nothing: with none the handshake fails.
func certificateCheck(s site, now time.Time) (status, detail string) {
	switch {
	case !s.tls:
		return checkUnknown, "the listener does not speak TLS; whatever does in front of it is not checked"
	case len(s.hosts) == 0:
		return checkUnknown, "the site names no host, so that its certificate is a matter of the handshake"
	}
	for _, host := range s.hosts {
		certificates := caddytls.AllMatchingCertificates(host)
		if len(certificates) == 0 {
			return checkFailed, fmt.Sprintf("there is no certificate for %s (yet)", host)
		}
		usable := false
		for _, certificate := range certificates {
			usable = usable || certificate.Leaf != nil && !now.Before(certificate.Leaf.NotBefore) && now.Before(certificate.Leaf.NotAfter)
		}
		if !usable {
			return checkFailed, fmt.Sprintf("no certificate for %s is valid now", host)
		}
	}
	return checkOK, ""
}

func (h *health) check() (status, detail string) {
	switch state := h.state(); state.Status {
	case upstreamOK:
		return checkOK, ""
	case upstreamFailing:
		return checkFailed, "the last upstream call failed: " + state.Reason
	default:
		return checkUnknown, "no upstream call has been seen of late"
	}
}
