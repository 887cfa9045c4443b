package memo

import "time"

// Record is a value and how long it is good for. The bytes of a value belong to who
// has found it.
type Record struct {
	Value []byte
	Name  Key       // another name of the call; the zero Key is none. Not found, but by Named
	Note  uint8     // that comes with the name
	Fresh time.Time // until then it answers calls
	Until time.Time // until then it may stand in for a fault; not before Fresh
}

// Store remembers records. It is safe for concurrent use. Package storetest says
// as tests what is demanded of one.
type Store interface {
	// Find returns the record of key, unless its Until has come.
	Find(key Key) (r Record, found bool)

	// Keep remembers the record in place of what it had for key. Where there is no
	// room it forgets others first, or the record itself.
	Keep(key Key, r Record)

	// Name gives the record of key, if there is one, another name, in place of the one
	// it had; the zero Key changes nothing. The name is forgotten with the record, and
	// when that is replaced.
	Name(key, name Key, note uint8)

	// Named returns the key whose record has the name, and the note that came with it.
	Named(name Key) (key Key, note uint8, found bool)

	// Drop forgets key, because what it had is no longer true.
	Drop(key Key)

	// Forget forgets all keys whose text ([Key.String]) begins with prefix, and
	// returns how many there were.
	Forget(prefix string) int

	// Size is how many records there are and what they take in bytes.
	Size() (entries int, bytes int64)

	// Close forgets everything. Thereafter nothing is remembered, and everything
	// still works.
	Close()
}

// Cause is why a record was forgotten.
type Cause string

// The causes.
const (
	CauseExpired  Cause = "expired"
	CauseCapacity Cause = "capacity"
	CausePurged   Cause = "purged" // by hand
)

// Causes are all of them.
func Causes() []Cause { return []Cause{CauseExpired, CauseCapacity, CausePurged} }
