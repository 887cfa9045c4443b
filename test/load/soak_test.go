package load

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// TestSoak: everything at once, for a long time: all steps, hits and misses, the
// provider's own retry of a slow call, strangers, a validator that fails, while
// the configuration is loaded again and the validator restarts every few seconds.
// No call is lost, no answer is wrong, nothing grows.
func TestSoak(t *testing.T) {
	const (
		perSecond = 30 // for each client
		latency   = 10 * time.Millisecond
		slowly    = attempt + 300*time.Millisecond
		down      = 200 * time.Millisecond
	)
	v := newValidator(t, latency, slowly, 200)
	// Each client and this socket lose nothing at a reload: TestReload.
	g := gatehouse.Start(t, v.site(0, ""), gatehouse.InheritSocket())
	mix := &mixture{shares: everything}
	client := func(name string, change func(*caller)) *caller {
		c := newCaller(name, g, v)
		c.attempt, c.budget = attempt, budget
		change(c)
		return c
	}
	clients := func() []*caller {
		return []*caller{
			client("kept alive, sent again once", func(*caller) {}),
			client("a connection for each call, sent again once", func(c *caller) { c.transport.DisableKeepAlives = true }),
			client("HTTP/2", func(c *caller) { c.again = stale; c.transport.ForceAttemptHTTP2 = true }),
		}
	}
	r := report{Scenario: "soak"}
	seen := watch{}
	run := func(lasts time.Duration) []tally {
		var attacks []*attack
		for _, c := range clients() {
			attacks = append(attacks, c.begin(t, mix.next, perSecond, 0))
		}
		over := time.NewTimer(lasts)
		defer over.Stop()
		tick := time.NewTicker(500 * time.Millisecond)
		defer tick.Stop()
		for n := 1; ; n++ {
			select {
			case <-over.C:
				for _, a := range attacks {
					a.end()
				}
				return tallies(attacks)
			case <-tick.C:
				seen.look(t, g)
			}
			switch {
			case n%6 == 3: // every 3 s
				r.Reloads++
				reload(t, g, r.Reloads, v.site(r.Reloads, ""))
			case n%14 == 7: // every 7 s
				r.Restarts++
				v.restart(t, down)
			}
		}
	}

	run(5 * time.Second) // what is made at the first use is made
	// One more, and the transport to the validator is new, without connections.
	g.Reload(t, v.site(0, "max_response 32KiB"))
	r.Before = quiet(t, g)
	r.Reloads, r.Restarts = 0, 0
	r.Clients = run(*soakFor)
	g.Reload(t, v.site(0, "max_response 32KiB"))
	r.After = flat(t, g, r.Before)
	r.PeakResident = seen.peak
	now := g.Scrape(t)
	from := func(source string) float64 {
		return now.Sum(t, "gatehouse_requests_total", gatehouse.Labels{"source": source})
	}
	r.Measured = map[string]float64{"answered from the cache": from("cache"), "answered by another call's flight": from("flight")}
	r.publish(t)

	r.assertRight(t)
	hungUp := 0
	for _, c := range r.Clients {
		assert.Zerof(t, c.Lost, "%s: lost", c.Client)
		hungUp += c.HungUp
	}
	assert.NotZero(t, hungUp, "no call was slow enough for a retry")
	assert.NotZero(t, from("cache"), "nothing was asked again")
}

// reload loads a configuration, by command and by signal in turn.
func reload(t *testing.T, g *gatehouse.Process, n int, site string) {
	t.Helper()
	if n%2 == 0 {
		g.Reload(t, site)
	} else {
		g.ReloadBySignal(t, site)
	}
}

func tallies(attacks []*attack) []tally {
	var all []tally
	for _, a := range attacks {
		all = append(all, a.tally())
	}
	return all
}
