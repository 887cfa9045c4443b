package memo

import (
	"encoding/binary"
	"sync"
)

// names lead from other names of calls to their keys. They have locks of their own,
// as a name tells nothing of the shard in which its key is. Where a shard's lock is
// held too, it is taken first.
type names struct {
	shards [maxShards]nameShard
}

type nameShard struct {
	mu   sync.Mutex
	keys map[Key]named
}

type named struct {
	key  Key
	note uint8
}

func (n *names) shardOf(name Key) *nameShard {
	return &n.shards[binary.LittleEndian.Uint16(name[len(name)-2:])%maxShards]
}

func (n *names) find(name Key) (known named, found bool) {
	s := n.shardOf(name)
	s.mu.Lock()
	defer s.mu.Unlock()
	known, found = s.keys[name]
	return known, found
}

func (n *names) keep(name Key, is named) {
	s := n.shardOf(name)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.keys == nil {
		s.keys = make(map[Key]named)
	}
	s.keys[name] = is
}

// drop forgets a name, if it still is one of key.
func (n *names) drop(name, key Key) {
	s := n.shardOf(name)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.keys[name].key != key {
		return
	}
	if delete(s.keys, name); len(s.keys) == 0 {
		s.keys = nil // a map keeps the room that it once needed
	}
}
