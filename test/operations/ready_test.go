package operations_test

import (
	"fmt"
	"net/http"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

type readiness struct {
	Status string
	Checks []struct{ Connector, Check, Status, Detail string }
}

// is tells the status of one check of a connector.
func (r readiness) is(connector, check string) string {
	for _, c := range r.Checks {
		if c.Connector == connector && c.Check == check {
			return c.Status
		}
	}
	return "missing"
}

func TestReady(t *testing.T) {
	t.Parallel()
	var broken atomic.Bool
	upstream := gatehouse.NewUpstream(t, func(w http.ResponseWriter, _ *http.Request) {
		if broken.Load() {
			w.WriteHeader(http.StatusInternalServerError)
		}
	})
	g := gatehouse.Start(t, connector("signup", upstream.Address(), ""))
	ask := func(query string) (int, readiness) {
		status, body := g.Admin(t, http.MethodGet, "/gatehouse/ready"+query)
		return status, decode[readiness](t, body)
	}
	status, report := ask("")
	assert.Equal(t, http.StatusOK, status)
	assert.Equal(t, "ready", report.Status)
	assert.Equal(t, "ok", report.is("signup", "configuration"))
	assert.Equal(t, "ok", report.is("signup", "certificate"))
	assert.Equal(t, "unknown", report.is("signup", "upstream"), "who gets no calls until it is ready would never get one")

	broken.Store(true)
	g.Post(t, "/", call("a@example.com"), basic)
	status, report = ask("")
	assert.Equal(t, http.StatusServiceUnavailable, status)
	assert.Equal(t, "not ready", report.Status)
	assert.Equal(t, "failed", report.is("signup", "upstream"))
	status, report = ask("?check=certificate&check=configuration")
	assert.Equal(t, http.StatusOK, status, "who would rather give fault answers than none asks for less")
	assert.Len(t, report.Checks, 2)
	liveStatus, _ := g.Admin(t, http.MethodGet, "/gatehouse/live")
	assert.Equal(t, http.StatusOK, liveStatus, "a restart would mend nothing")

	broken.Store(false)
	g.Post(t, "/", call("a@example.com"), basic)
	status, report = ask("")
	assert.Equal(t, http.StatusOK, status)
	assert.Equal(t, "ok", report.is("signup", "upstream"))

	badStatus, body := g.Admin(t, http.MethodGet, "/gatehouse/ready?check=weather")
	assert.Equal(t, http.StatusBadRequest, badStatus)
	assert.Contains(t, body, "configuration, certificate, upstream")
}

func TestNotReadyWithoutAConnector(t *testing.T) {
	t.Parallel()
	g := gatehouse.Start(t, "respond 200")
	status, body := g.Admin(t, http.MethodGet, "/gatehouse/ready")
	assert.Equal(t, http.StatusServiceUnavailable, status)
	assert.Contains(t, body, "no api_connector is loaded")
}

// A port that is open says nothing of the certificate behind it.
func TestReadyLooksAtTheCertificate(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	address := gatehouse.FreeAddresses(t, 1)[0]
	site := func(host, tls string) string { // a second site beside the harness' own
		return "respond 404\n}\nhttps://" + host + ":" + address[len("127.0.0.1:"):] + " {\n bind 127.0.0.1\n" + tls + connector("signup", "127.0.0.1:9", "")
	}
	cert, key := filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	for name, c := range map[string]struct {
		valid  time.Duration
		status string
	}{
		"expired.example.com": {-time.Hour, "failed"},
		"valid.example.com":   {time.Hour, "ok"},
	} {
		gatehouse.WriteKeyPair(t, gatehouse.ServerCertificate(t, name, c.valid), cert, key)
		g := gatehouse.Start(t, site(name, fmt.Sprintf("tls %s %s\n", cert, key)))
		status, body := g.Admin(t, http.MethodGet, "/gatehouse/ready")
		report := decode[readiness](t, body)
		assert.Equal(t, c.status, report.is("signup", "certificate"), body)
		assert.Equal(t, c.status == "failed", status == http.StatusServiceUnavailable, body)
		<-g.Terminate()
	}
	// A name for which none is loaded: `tls` has files of another.
	g := gatehouse.Start(t, site("other.example.com", fmt.Sprintf("tls %s %s\n", cert, key)))
	status, body := g.Admin(t, http.MethodGet, "/gatehouse/ready")
	assert.Equal(t, http.StatusServiceUnavailable, status)
	assert.Contains(t, body, "no certificate for other.example.com")
	require.Contains(t, body, "not ready")
}
