package credential

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"runtime"
	"sync"
	"sync/atomic"
	"weak"
)

// verified is what last passed one slow hash under one username; it is empty at
// first. One tag is enough, as one password passes one hash.
type verified = atomic.Pointer[tag]

// tag is a keyed hash that stands for a username and a password in memory: a
// dump does not show them, nor a digest that could be guessed off line without
// the key next to it.
type tag [sha256.Size]byte

// memory finds what was verified for an account by its very line, username and
// hash, so that it outlives a reload: else the right caller would be held up after
// each one as after a start, while somebody sends wrong passwords from where he
// calls.
//
// It has weak pointers. What an account remembers lives as long as a configuration
// has that account, at a reload the old or the new one, and the collector takes it
// then; so the memory is bounded by the configuration, and nobody has to give
// anything back. A credential that is no longer configured is not looked up, so it
// is out at once.
type memory struct {
	key [sha256.Size]byte // of every name and tag here

	mu sync.Mutex
	of map[[sha256.Size]byte]weak.Pointer[verified]
}

// processMemory is one for the process, since configurations come and go.
var processMemory = sync.OnceValue(newMemory)

func newMemory() *memory {
	m := &memory{of: make(map[[sha256.Size]byte]weak.Pointer[verified])}
	_, _ = rand.Read(m.key[:]) // never fails: see crypto/rand since Go 1.24
	return m
}

// account is what is remembered of an account, shared by all that have its line.
func (m *memory) account(username [sha256.Size]byte, hash []byte) *verified {
	name := m.keyed(username, sha256.Sum256(hash))
	m.mu.Lock()
	defer m.mu.Unlock()
	if known := m.of[name].Value(); known != nil {
		return known
	}
	made := new(verified)
	m.of[name] = weak.Make(made)
	runtime.AddCleanup(made, m.forget, name)
	return made
}

// forget removes a name whose accounts are all gone, unless it was made anew
// meanwhile.
func (m *memory) forget(name [sha256.Size]byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.of[name].Value() == nil {
		delete(m.of, name)
	}
}

func (m *memory) tagOf(user, pass [sha256.Size]byte) tag { return m.keyed(user, pass) }

// keyed is HMAC-SHA-256 over two digests: they have a fixed length, so no two
// pairs run into each other, and a password is not copied to the heap.
func (m *memory) keyed(first, second [sha256.Size]byte) (sum [sha256.Size]byte) {
	mac := hmac.New(sha256.New, m.key[:])
	mac.Write(first[:])
	mac.Write(second[:])
	mac.Sum(sum[:0])
	return sum
}
