package memo

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"sync"
)

// Key names one call. Equal calls have equal keys, within one process. It is the first
// half of an HMAC-SHA-256, as RFC 2104, section 5, allows: the chance that any
// two of 10^12 calls have one key is below 10^-14.
type Key [sha256.Size / 2]byte

// String is the key in hexadecimal.
func (k Key) String() string { return hex.EncodeToString(k[:]) }

// Prefix is what of a key may be logged: enough to find two lines that belong
// together, too little to test guesses against even with the process's secret.
func (k Key) Prefix() string { return hex.EncodeToString(k[:4]) }

// begins reports whether the key's text begins with prefix, without making it: a
// purge looks at every key.
func (k Key) begins(prefix string) bool {
	var text [2 * len(k)]byte
	if len(prefix) > len(text) {
		return false
	}
	hex.Encode(text[:], k[:(len(prefix)+1)/2])
	return string(text[:len(prefix)]) == prefix
}

// Keyer makes keys under a secret of this process.
type Keyer struct {
	hashers sync.Pool
}

// NewKeyer returns a Keyer with a new secret.
func NewKeyer() *Keyer {
	secret := make([]byte, sha256.Size)
	_, _ = rand.Read(secret) // never fails (crypto/rand, Go 1.24)
	return &Keyer{hashers: sync.Pool{New: func() any {
		mac := hmac.New(sha256.New, secret)
		mac.Reset() // the first leaves the end of what was hashed in memory, later ones do not
		return &Hasher{mac: mac}
	}}}
}

// Start begins a key. Sum ends it.
func (k *Keyer) Start() *Hasher {
	h := k.hashers.Get().(*Hasher) //nolint:forcetypeassert // the pool's New makes nothing else
	h.home = k
	return h
}

// Hasher collects the fields of one key.
type Hasher struct {
	mac  hash.Hash
	home *Keyer
	text []byte // the fields so far, each behind its length
	sum  [sha256.Size]byte
}

// keptText bounds what a Hasher keeps of its memory from one key to the next.
const keptText = 16 << 10

// Bytes adds a field. Its length stands before it, so that ("ab","c") and
// ("a","bc") differ.
func (h *Hasher) Bytes(field []byte) *Hasher { return add(h, field) }

// String adds a field.
func (h *Hasher) String(field string) *Hasher { return add(h, field) }

func add[Field []byte | string](h *Hasher, field Field) *Hasher {
	h.text = append(binary.LittleEndian.AppendUint64(h.text, uint64(len(field))), field...)
	return h
}

// Sum returns the key and gives the Hasher back; it must not be used again.
func (h *Hasher) Sum() Key {
	h.mac.Write(h.text)
	h.mac.Sum(h.sum[:0]) // into a variable it would be one on the heap
	h.mac.Reset()
	key := Key(h.sum[:len(Key{})])
	clear(h.text) // pieces of the call
	if h.text = h.text[:0]; cap(h.text) > keptText {
		h.text = nil
	}
	h.home.hashers.Put(h)
	return key
}
