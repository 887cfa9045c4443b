package memo

import (
	"encoding/binary"
	"sync"
)

// Aliases lead from a digest of a call as it was sent to its key. Equal bytes have
// one key, so what is found is right whenever it was kept; there is room for the
// latest of them and no more. They hold digests alone.
type Aliases struct {
	shards [aliasShards]aliasShard
}

type aliasShard struct {
	mu     sync.Mutex
	places []alias // made with the first; a digest has one place, which the latest takes
}

type alias struct {
	sent, key Key
	note      uint8
}

// 8,192 places of 65 bytes: four times what 200 calls a second send in a budget of
// 9 s, the time in which a provider repeats itself.
const (
	aliasShards = 16
	aliasPlaces = 512 // of a shard
)

func (a *Aliases) place(sent Key) (s *aliasShard, at int) {
	n := int(binary.LittleEndian.Uint16(sent[:2]))
	return &a.shards[n%aliasShards], n / aliasShards % aliasPlaces
}

// Find returns the key of what was sent and the note that was kept with it.
func (a *Aliases) Find(sent Key) (key Key, note uint8, found bool) {
	s, at := a.place(sent)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.places == nil || s.places[at].sent != sent {
		return Key{}, 0, false
	}
	return s.places[at].key, s.places[at].note, true
}

// Keep remembers the key of what was sent, and a note.
func (a *Aliases) Keep(sent, key Key, note uint8) {
	s, at := a.place(sent)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.places == nil {
		s.places = make([]alias, aliasPlaces)
	}
	s.places[at] = alias{sent, key, note}
}
