package memo

import (
	"crypto/rand"
	"encoding/hex"
	"time"
)

// Episode names what the upstream may take for one request: all flights for a key
// that begin within one budget of the first. It is random, so it tells nothing of
// the call, and one that comes later is another.
type Episode [16]byte

// String is the episode in hexadecimal.
func (e Episode) String() string { return hex.EncodeToString(e[:]) }

// episodes remembers those that are not over. It matters where a verdict is not
// remembered (the cache is off, the call carries a secret, a fault): a second
// flight within the budget can be the provider's retry.
type episodes struct {
	byKey map[Key]episode
	order []expiring // as they began; the head ends first
}

type expiring struct {
	key  Key
	when time.Time
}

type episode struct {
	id   Episode
	ends time.Time
}

// maxEpisodes bounds them: ten times what 200 sign-ups a second, Microsoft's bound
// for a tenant, begin in a budget of 9 s. The oldest give way.
const maxEpisodes = 18_000

// of returns the episode of a flight that begins now.
func (e *episodes) of(key Key, now time.Time, budget time.Duration) Episode {
	for len(e.order) > 0 && (!now.Before(e.order[0].when) || len(e.order) >= maxEpisodes) {
		if first := e.order[0]; e.byKey[first.key].ends.Equal(first.when) {
			delete(e.byKey, first.key)
		}
		e.order = e.order[1:]
	}
	if known, found := e.byKey[key]; found && now.Before(known.ends) {
		return known.id
	}
	fresh := episode{ends: now.Add(budget)}
	_, _ = rand.Read(fresh.id[:]) // never fails (crypto/rand, Go 1.24)
	if e.byKey == nil {
		e.byKey = make(map[Key]episode)
	}
	e.byKey[key] = fresh
	e.order = append(e.order, expiring{key, fresh.ends})
	return fresh.id
}
