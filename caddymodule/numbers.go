package caddymodule

import (
	"fmt"
	"strconv"
	"time"

	"github.com/caddyserver/caddy/v2"
)

// Every number that decides how long a call, a flight or a verdict lives, or how
// many there are, is here with its derivation. docs/reliability.md tells operators
// the same.
const (
	// The claims of a sign-up are some 600 bytes (Microsoft's example); a directory
	// lets an attribute have 256 characters, so 64 KiB is room for all there can be.
	defaultMaxSize     = 64 << 10
	defaultMaxResponse = 64 << 10

	// The provider tries once more after its time-out. How long that is, is a matter
	// of the protocol: [protocol.Dialect.Attempt].
	defaultAttempts = 2

	// An upstream call may last two budgets: what comes in the second answers the
	// person's next try, and nobody presses a button for longer.
	upstreamBudgets = 2

	// Microsoft lets a tenant have 200 sign-ups a second. A validator that needs a
	// whole attempt of 5 s for each has 1,000 of them at once.
	defaultFlights = 1000

	// One person's identical calls are two. 1,000 bound what a client may make us
	// hold that repeats itself.
	defaultWaiters = 1000

	// 100,000 verdicts of 400 bytes are 40 MB. Beyond either bound the least recently
	// used give way.
	defaultMaxEntries = 100_000
	defaultMaxMemory  = 64 << 20

	// As many of the largest answers have to find room in memory: an answer can leave
	// somewhat longer than it came.
	roomFor = 2

	// A handler behind us that keeps to its deadline reports it by itself; a load
	// balancer that looks for a validator does not, and is not waited for.
	lateness = 100 * time.Millisecond

	// An answer waits so long for the rest of a body that it does not need, which
	// lets a connection live on: a round trip across the Atlantic.
	unreadPatience = 100 * time.Millisecond
)

// budget is the time in which a call is answered: a tenth less than the provider
// waits in all, for the way there and back. With 2 attempts of 5 s it is 9 s.
//
// A second attempt is the provider's silent retry. It joins the flight of the first
// and is answered with it, so a validator that needs 7 s is none the worse.
func (c *Connector) budget() time.Duration {
	all := time.Duration(c.Timeouts.Attempts) * time.Duration(c.Timeouts.Attempt)
	return all - all/10
}

func (c *Connector) setDefaults() {
	setDefault(&c.Request.MaxSize, defaultMaxSize)
	setDefault(&c.MaxResponse, defaultMaxResponse)
	setDefault(&c.Timeouts.Attempt, caddy.Duration(c.dialect.Attempt()))
	setDefault(&c.Timeouts.Attempts, defaultAttempts)
	setDefault(&c.Timeouts.Upstream, caddy.Duration(upstreamBudgets*c.budget()))
	setDefault(&c.Flights.Max, defaultFlights)
	setDefault(&c.Flights.MaxWaiters, defaultWaiters)
	setDefault(&c.Cache.MaxEntries, defaultMaxEntries)
	setDefault(&c.Cache.MaxSize, max(defaultMaxMemory, roomFor*c.MaxResponse))
}

func setDefault[N int | int64 | caddy.Duration](field *N, value N) {
	if *field == 0 {
		*field = value
	}
}

// checkNumbers refuses what nobody can mean: a JSON number without a unit, which
// counts nanoseconds, or a size beyond any machine.
func (c *Connector) checkNumbers() (problems []error) {
	const maxBytes, maxTTL = 1 << 30, 366 * 24 * time.Hour
	for _, n := range []struct {
		name            string
		value, low, top int64
		say             func(int64) string
	}{
		{"request max_size", c.Request.MaxSize, 1, maxBytes, bytesText},
		{"max_response", c.MaxResponse, 1, maxBytes, bytesText},
		{"timeouts attempt", int64(c.Timeouts.Attempt), int64(50 * time.Millisecond), int64(10 * time.Minute), durationText},
		{"timeouts attempts", int64(c.Timeouts.Attempts), 1, 10, numberText},
		{"timeouts upstream", int64(c.Timeouts.Upstream), int64(50 * time.Millisecond), int64(24 * time.Hour), durationText},
		{"flights max", int64(c.Flights.Max), 1, 1 << 20, numberText},
		{"flights max_waiters", int64(c.Flights.MaxWaiters), 1, 1 << 20, numberText},
		{"cache stale_if_error", int64(c.Cache.StaleIfError), 0, int64(maxTTL), durationText},
		{"cache max_entries", int64(c.Cache.MaxEntries), 1, 1 << 30, numberText},
		{"cache max_size", c.Cache.MaxSize, 1, 1 << 40, bytesText},
		{"cache ttl continue", int64(c.Cache.TTL.Continue), 0, int64(maxTTL), durationText},
		{"cache ttl block", int64(c.Cache.TTL.Block), 0, int64(maxTTL), durationText},
		{"cache ttl invalid", int64(c.Cache.TTL.Invalid), 0, int64(maxTTL), durationText},
	} {
		if n.value < n.low || n.value > n.top {
			problems = append(problems, fmt.Errorf("%s %s is out of range; write a value from %s to %s", n.name, n.say(n.value), n.say(n.low), n.say(n.top)))
		}
	}
	if !c.Cache.Off && c.Cache.MaxSize < roomFor*c.MaxResponse {
		problems = append(problems, fmt.Errorf("cache max_size %s has no room for %d answers of max_response, %s each, and what is not "+
			"remembered cannot answer the provider's retry; write at least %s, or a smaller max_response",
			bytesText(c.Cache.MaxSize), roomFor, bytesText(c.MaxResponse), bytesText(roomFor*c.MaxResponse)))
	}
	return problems
}

func bytesText(n int64) string    { return strconv.FormatInt(n, 10) + " bytes" }
func numberText(n int64) string   { return strconv.FormatInt(n, 10) }
func durationText(n int64) string { return time.Duration(n).String() }
