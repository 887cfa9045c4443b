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
// why. With the listener wrapper handover nothing may be lost by a client that
// behaves by RFC 9112, section 9.3.1: one that sends a call on a new connection once,
// and on a kept one again if that had ended. Without it nothing may be lost by HTTP/2
// or by a client that sends a call again whenever its connection has ended, where
// connections that wait in the queue of the listening socket are kept: on an
// inherited socket, or if Linux hands the queue on.
func TestReload(t *testing.T) {
	own := "a socket of its own"
	without := nothingKept
	if migratesRequests() {
		own += ", tcp_migrate_req = 1"
		without = queueKept
	}
	inherited := "an inherited socket"
	handover := gatehouse.Servers("listener_wrappers {\n handover\n tls\n }")
	t.Run("own", func(t *testing.T) { reloadUnderLoad(t, own, without) })
	t.Run("inherited", func(t *testing.T) {
		reloadUnderLoad(t, inherited, queueKept, gatehouse.InheritSocket())
	})
	t.Run("own, handover", func(t *testing.T) { reloadUnderLoad(t, own+", handover", handedOver, handover) })
	t.Run("inherited, handover", func(t *testing.T) {
		reloadUnderLoad(t, inherited+", handover", handedOver, gatehouse.InheritSocket(), handover)
	})
}

// kept is what a reload leaves alone.
type kept int

const (
	nothingKept kept = iota
	queueKept        // connections that nobody has accepted yet
	handedOver       // all connections that have not had a call
	allKept          // what no server can: idle connections, whatever crosses their end
)

func reloadUnderLoad(t *testing.T, socket string, keeps kept, options ...gatehouse.Option) {
	const (
		perSecond = 30 // for each client
		latency   = 5 * time.Millisecond
		between   = 100 * time.Millisecond // two reloads
	)
	v := newValidator(t, latency, latency, 200)
	g := gatehouse.Start(t, v.site(0, ""), options...)
	kinds := []struct {
		name   string
		needs  kept // to lose nothing
		change func(*caller)
	}{
		{"kept alive, sent once", allKept, func(c *caller) { c.again = nothing }},
		{"kept alive, sent again if the connection was stale", handedOver, func(c *caller) { c.again = stale }},
		{"a connection for each call, sent once", handedOver, func(c *caller) { c.again = nothing; c.transport.DisableKeepAlives = true }},
		{"kept alive, sent again once", queueKept, func(*caller) {}},
		{"a connection for each call, sent again once", queueKept, func(c *caller) { c.transport.DisableKeepAlives = true }},
		{"HTTP/2", queueKept, func(c *caller) { c.again = stale; c.transport.ForceAttemptHTTP2 = true }},
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
		if keeps >= kinds[i].needs {
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
