package load

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"time"
)

// The connector of a scenario: how long the provider waits, and the budget that
// follows from it, two attempts less a tenth.
const (
	attempt = 2 * time.Second
	budget  = 2 * attempt * 9 / 10
)

// site is a connector whose verdicts live long enough to be used again and short
// enough that a scenario need not wait until all are gone. Equal generations are
// equal configurations; another one changes a time-out, which leaves verdicts and
// flights as they are.
//
// The transport is spelled out since Caddy 2.11 closes the idle connections of an
// old configuration only then: one made by default is no module, so its Cleanup is
// never called. And a call that was still being read when the old configuration was
// cleaned up opens one anew, which lives as long as idle connections may: two
// minutes, if nothing is said. Here it is gone before the last verdict is.
func (v *validator) site(generation int, directives string) string {
	return fmt.Sprintf(`
	api_connector {
		name load
		auth {
			basic %s plain:%s
		}
		timeouts {
			attempt %s
			upstream %ds
		}
		cache {
			ttl 3s
		}
		%s
	}
	reverse_proxy %s {
		transport http {
			dial_timeout 1s
			keepalive 2s
		}
	}
`, username, secret, attempt, 20+generation%2, directives, v.address)
}

// distinct makes calls of which no two are the same.
func distinct() call { return newCall(collected, accepted) }

// mixture makes calls of all kinds and steps, some of them again.
type mixture struct {
	mu     sync.Mutex
	shares []share
	recent []call
}

// share is how many of a hundred new calls are of a kind.
type share struct {
	kind    kind
	percent int
}

// everything is what happens in a long day. The rest, up to a hundred, is accepted.
var everything = []share{{rejected, 15}, {blocked, 5}, {slow, 2}, {failing, 3}, {cut, 3}, {stranger, 5}}

// repeated is how many of a hundred calls are ones that were made before.
const repeated = 40

func (m *mixture) next() call {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.recent) > 0 && rand.IntN(100) < repeated {
		return m.recent[rand.IntN(len(m.recent))]
	}
	step := []string{federated, collected, issuing}[rand.IntN(3)]
	c := newCall(step, m.pick())
	// A slow call is asked for again by the provider alone: that is what is counted.
	if c.Kind != slow && c.Kind != stranger {
		if m.recent = append(m.recent, c); len(m.recent) > 50 {
			m.recent = m.recent[1:]
		}
	}
	return c
}

func (m *mixture) pick() kind {
	at := rand.IntN(100)
	for _, s := range m.shares {
		if at -= s.percent; at < 0 {
			return s.kind
		}
	}
	return accepted
}
