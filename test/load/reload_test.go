package load

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// TestReload reloads again and again under load. README.md says what is lost, and
// why. Nothing may be lost by HTTP/2 or by a client that sends a call again when its
// connection has ended, where connections that wait in the queue of the listening
// socket are kept: on an inherited socket, or if Linux hands the queue on.
func TestReload(t *testing.T) {
	migrates := migratesRequests()
	own := "a socket of its own"
	if migrates {
		own += ", tcp_migrate_req = 1"
	}
	t.Run("own", func(t *testing.T) { reloadUnderLoad(t, own, migrates) })
	t.Run("inherited", func(t *testing.T) {
		reloadUnderLoad(t, "an inherited socket", true, gatehouse.InheritSocket())
	})
}

func reloadUnderLoad(t *testing.T, socket string, keepsQueue bool, options ...gatehouse.Option) {
	const (
		perSecond = 30 // for each client
		latency   = 5 * time.Millisecond
		between   = 100 * time.Millisecond // two reloads
	)
	v := newValidator(t, latency, latency, 200)
	g := gatehouse.Start(t, v.site(0, ""), options...)
	kinds := []struct {
		name   string
		safe   bool // loses nothing where the queue is kept
		change func(*caller)
	}{
		{"kept alive, sent once", false, func(c *caller) { c.again = nothing }},
		{"kept alive, sent again if the connection was stale", false, func(c *caller) { c.again = stale }},
		{"a connection for each call, sent once", false, func(c *caller) { c.again = nothing; c.transport.DisableKeepAlives = true }},
		{"kept alive, sent again once", true, func(*caller) {}},
		{"a connection for each call, sent again once", true, func(c *caller) { c.transport.DisableKeepAlives = true }},
		{"HTTP/2", true, func(c *caller) { c.again = stale; c.transport.ForceAttemptHTTP2 = true }},
	}
	mix := &mixture{}
	seen := watch{}
	r := report{Scenario: "reload, " + socket}
	run := func(times int) []tally {
		var attacks []*attack
		for _, k := range kinds {
			c := newCaller(k.name, g, v)
			k.change(c)
			attacks = append(attacks, c.begin(t, mix.next, perSecond, 0))
		}
		tick := time.NewTicker(between)
		defer tick.Stop()
		for range times {
			<-tick.C
			r.Reloads++
			reload(t, g, r.Reloads, v.site(r.Reloads, r.meaning()))
			seen.look(t, g)
		}
		<-tick.C
		for _, a := range attacks {
			a.end()
		}
		return tallies(attacks)
	}

	run(4) // what is made at the first use is made
	// One more, and the transport to the validator is new, without connections.
	g.Reload(t, v.site(0, "max_response 32KiB"))
	r.Before = quiet(t, g)
	counted := g.Metric(t, "gatehouse_requests_total", nil)
	r.Reloads = 0
	r.Clients = run(*reloads)
	g.Reload(t, v.site(0, "max_response 32KiB"))
	r.After = flat(t, g, r.Before)
	r.PeakResident = seen.peak
	counted = g.Metric(t, "gatehouse_requests_total", nil) - counted
	r.Measured = map[string]float64{"counted by gatehouse_requests_total": counted}
	r.publish(t)

	r.assertRight(t)
	answered := 0
	for i, c := range r.Clients {
		answered += c.Answered
		if kinds[i].safe && keepsQueue {
			assert.Zerof(t, c.Lost, "%s: lost", c.Client)
		}
	}
	assert.InDelta(t, answered, counted, 0, "what is lost never reached the connector, and counters go on through reloads")
}

// meaning changes what a verdict means at every tenth load, so that the old
// verdicts have to go.
func (r *report) meaning() string {
	return "messages {\n fault \"Please try again in a moment" + strings.Repeat("!", r.Reloads/10%2) + "\"\n }"
}

// migratesRequests tells whether Linux hands the queue of a socket that closes to
// the other sockets of its address.
func migratesRequests() bool {
	setting, err := os.ReadFile("/proc/sys/net/ipv4/tcp_migrate_req")
	return err == nil && strings.TrimSpace(string(setting)) == "1"
}
