package caddymodule

import (
	"encoding/json"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/memo"
)

// state is what of a connector outlives a configuration load.
type state struct {
	poolKey   string
	connector string
	memo      *memo.Memo[landed]
	health    health

	mu     sync.Mutex
	load   *prometheus.Registry // of the configuration load that took it last
	users  map[*Connector]bool  // two, while one configuration replaces another
	newest *Connector           // of the users; nil when there is none
}

// states are shared between configuration loads: a connector of which nothing but
// credentials, time-outs and the bounds of flights has changed keeps its verdicts
// through a reload. The new configuration is set up before the old one is cleaned
// up, so a state in use is never lost between them.
var states = caddy.NewUsagePool()

// acquireState finds or makes the state of c. Two connectors of one load never
// share one, even if they look the same: the second of its kind gets the second
// state, as it does after a reload.
func acquireState(c *Connector, site site, load *prometheus.Registry) (*state, error) {
	meaning, err := json.Marshal(&Connector{
		Protocol: c.Protocol, Request: c.Request, Verdicts: c.Verdicts, Messages: c.Messages, OnFault: c.OnFault, MaxResponse: c.MaxResponse,
		Cache: c.Cache,
	})
	if err != nil {
		return nil, fmt.Errorf("writing the configuration of connector %q: %w", c.Name, err)
	}
	capacity := memo.Capacity{Entries: c.Cache.MaxEntries, Bytes: c.Cache.MaxSize, Largest: c.MaxResponse}
	fingerprint := digest([]byte(c.Name), meaning, site.route, c.Messages.content)
	for ordinal := 0; ; ordinal++ {
		poolKey := fingerprint + "/" + strconv.Itoa(ordinal)
		value, _, err := states.LoadOrNew(poolKey, func() (caddy.Destructor, error) {
			return &state{
				poolKey:   poolKey,
				connector: c.Name,
				memo:      memo.New(c.flightLimits(), memo.NewMemory(capacity, evictionCounter(c.Name)), records),
				users:     make(map[*Connector]bool),
			}, nil
		})
		if err != nil {
			return nil, fmt.Errorf("sharing the memo of connector %q: %w", c.Name, err)
		}
		s := value.(*state) //nolint:forcetypeassert // the constructor above makes nothing else
		if s.claim(c, load) {
			return s, nil
		}
		if err := s.release(c); err != nil {
			return nil, err
		}
	}
}

// claim takes the state for a connector of this load, unless another has it.
func (s *state) claim(c *Connector, load *prometheus.Registry) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.load == load {
		return false
	}
	s.load = load
	s.users[c] = true
	s.newest = c
	s.memo.SetLimits(c.flightLimits())
	return true
}

// latest is the connector that uses it now; of two, the one of the configuration
// that replaces the other.
func (s *state) latest() *Connector {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.newest
}

func (c *Connector) flightLimits() memo.Limits {
	return memo.Limits{Flights: c.Flights.Max, Waiters: c.Flights.MaxWaiters}
}

// options are of the connectors that use it now: whether anybody may call one, and
// the longest budget.
func (s *state) options() (unsafe bool, budget time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.users {
		unsafe = unsafe || c.Auth.UnsafeNone
		budget = max(budget, c.budget())
	}
	return unsafe, budget
}

func (s *state) release(c *Connector) error {
	s.mu.Lock()
	delete(s.users, c)
	if s.newest == c {
		s.newest = nil
	}
	for remaining := range s.users { // it may be the new configuration that goes, refused
		s.newest = remaining
		s.memo.SetLimits(remaining.flightLimits())
	}
	s.mu.Unlock()
	_, err := states.Delete(s.poolKey)
	return err
}

// Destruct forgets everything. Calls of the old configuration that are still
// under way find a memo that works and remembers nothing.
func (s *state) Destruct() error {
	s.memo.Close()
	return nil
}
