//go:build linux

package bench

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// The servers that are compared, by their names in tables.
const (
	floor         = "net/http"
	respond       = "Caddy respond"
	proxy         = "Caddy proxy"
	hit           = "hit"
	miss          = "miss"
	refusal       = "refusal"
	nginxHit      = "nginx hit"
	respondLogged = "Caddy respond, log"
	hitLogged     = "hit, log"
	refusalLogged = "refusal, log"
)

// quiet keeps the lines of calls out of the log, as stock Caddy does unless `log` is
// set: what is compared does the same work on both sides.
const quiet = "log {\n level ERROR\n }"

// logging writes a line for each call to a file of the server's own, on both sides. It
// grows: to compress one that is full would be booked to who is measured just then.
func logging(t testing.TB) gatehouse.Option {
	t.Helper()
	return gatehouse.Global(fmt.Sprintf("log {\n output file %s/calls.log {\n roll_disabled\n }\n }", t.TempDir()))
}

// validator is the upstream of all servers. Unlike that of package gatehouse it
// keeps nothing of what it is sent, since millions of calls come.
type validator struct {
	address string
	calls   atomic.Int64
}

func newValidator(t testing.TB, takes time.Duration) *validator {
	t.Helper()
	v := new(validator)
	listening := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v.calls.Add(1)
		_, _ = io.Copy(io.Discard, r.Body)
		if takes > 0 {
			<-time.After(takes)
		}
		w.Header()["Content-Type"] = []string{contentType}
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(listening.Close)
	v.address = strings.TrimPrefix(listening.URL, "http://")
	return v
}

// credential is what an operator gives: a digest of a generated secret.
func credential() string {
	sum := sha256.Sum256([]byte(secret))
	return "sha256:" + hex.EncodeToString(sum[:])
}

// connectorSite is a connector that remembers for an hour, in front of a directive.
func connectorSite(behind string, entries int) string {
	return fmt.Sprintf(`
	api_connector {
		auth {
			basic %s %s
		}
		cache {
			ttl 1h
			max_entries %d
			max_size 2GiB
		}
	}
	%s
`, username, credential(), entries, behind)
}

// caddySite is what one would write without us. Caddy remembers which passwords
// matched, so that only the first call costs a hash.
func caddySite(t testing.TB, behind string) string {
	t.Helper()
	return fmt.Sprintf("basic_auth {\n%s %s\n}\n%s\n", username, gatehouse.HashPassword(t, "bcrypt", secret), behind)
}

// answering is a directive that answers without an upstream. The braces are escaped,
// so that Caddy looks for no placeholders between them.
func answering() string {
	return "respond `" + strings.NewReplacer("{", `\{`, "}", `\}`).Replace(answer) + "`"
}

const defaultEntries = 100_000 // of cache max_entries

// start starts our binary on the server's core with a site of its own.
func start(t testing.TB, name, site string, next numbers, options ...gatehouse.Option) *server {
	t.Helper()
	var p *gatehouse.Process
	onServerCore(t, func() { p = gatehouse.Start(t, site, options...) })
	return serverOf(name, p, next)
}

func serverOf(name string, p *gatehouse.Process, next numbers) *server {
	return &server{
		name: name, address: p.Address(), tls: p.TLS(), pids: []int{p.PID()},
		password: secret, want: want{http.StatusOK, answer}, next: next,
	}
}

// stranger is the same server, called with a wrong password.
func (s *server) stranger(name string) *server {
	wrong := *s
	wrong.name, wrong.password, wrong.want = name, wrongSecret, want{status: http.StatusUnauthorized}
	return &wrong
}

// startAll starts what is compared: Gatehouse as it ships, and Caddy as its project
// builds it. The second list is compared at one way only.
func startAll(t testing.TB, v *validator, stock gatehouse.Option) (everywhere, once []*server) {
	t.Helper()
	toValidator := "reverse_proxy " + v.address
	noLines := gatehouse.Global(quiet)
	hits := start(t, hit, connectorSite(toValidator, defaultEntries), same, noLines)
	loggedHits := start(t, hitLogged, connectorSite(toValidator, defaultEntries), same, logging(t))
	everywhere = []*server{
		startFloor(t),
		start(t, respond, caddySite(t, answering()), same, noLines, stock),
		hits,
		start(t, proxy, caddySite(t, toValidator), distinct, noLines, stock),
		start(t, miss, connectorSite(toValidator, defaultEntries), distinct, noLines),
	}
	if s := startNginx(t, v); s != nil {
		everywhere = append(everywhere, s)
	}
	return everywhere, []*server{
		hits.stranger(refusal),
		start(t, respondLogged, "log\n"+caddySite(t, answering()), same, logging(t), stock),
		loggedHits,
		loggedHits.stranger(refusalLogged),
	}
}
