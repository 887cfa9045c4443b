package credential

import (
	"net/netip"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"golang.org/x/time/rate"
)

// Bounds of wrong passwords against slow hashes, for each client address.
const (
	failureBurst  = 20
	failureEvery  = time.Second
	maxRemembered = 10_000 // addresses; a full throttle takes 3.2 MiB, measured
)

// throttle remembers which addresses sent wrong passwords, in bounded memory:
// beyond maxRemembered the least recently used address is forgotten, which costs
// an attacker who has so many more than it gains him, since the gate still holds.
type throttle struct {
	mu       sync.Mutex
	failures *simplelru.LRU[netip.Prefix, *rate.Limiter]
}

// processThrottle is one for the process, as the gate is, so that its memory is
// bounded whatever the number of connectors, and a reload forgives nothing.
var processThrottle = sync.OnceValue(func() *throttle { return newThrottle(maxRemembered) })

func newThrottle(addresses int) *throttle {
	failures, err := simplelru.NewLRU[netip.Prefix, *rate.Limiter](addresses, nil)
	if err != nil { // a size below 1
		return nil
	}
	return &throttle{failures: failures}
}

// allows tells whether an address may try a password that nothing remembers. An
// address that is not known, as on a unix socket, is not limited.
func (t *throttle) allows(from netip.Addr) bool {
	if t == nil || !from.IsValid() {
		return true
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	limit, known := t.failures.Get(network(from))
	return !known || limit.Tokens() >= 1
}

// failed counts a wrong password.
func (t *throttle) failed(from netip.Addr) {
	if t == nil || !from.IsValid() {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	key := network(from)
	limit, known := t.failures.Get(key)
	if !known {
		limit = rate.NewLimiter(rate.Every(failureEvery), failureBurst)
		t.failures.Add(key, limit)
	}
	limit.Allow()
}

// network is what one client has: an IPv4 address, also where it is written as
// IPv6, and the /64 of an IPv6 address (RFC 6177: a site has at least that much).
func network(from netip.Addr) netip.Prefix {
	from = from.Unmap().WithZone("")
	bits := from.BitLen()
	if from.Is6() {
		bits = 64
	}
	prefix, _ := from.Prefix(bits) // the length fits the family
	return prefix
}
