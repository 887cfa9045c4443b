package credential

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net/netip"
)

// Result is what [Accounts.Verify] found: Accepted, Rejected or Busy.
type Result interface {
	result() // sealed
}

type (
	// Accepted says that the caller proved Username.
	Accepted struct{ Username string }

	// Rejected says that username and password belong to no account.
	Rejected struct {
		// Err is what a comparer of slow hashes reported, normally nil. It is
		// for the log: the caller must not learn of it.
		Err error
	}

	// Busy says that no slow hash could start within 2 s or before the context
	// ended, that too many attempts wait, or that the address sent too many wrong passwords. It is neither yes
	// nor no.
	Busy struct{}
)

func (Accepted) result() {}
func (Rejected) result() {}
func (Busy) result()     {}

// Verify tells whether password is a live secret of username. An empty password
// never is.
//
// Every refused attempt does the same work, whatever the username: both are
// digested once and compared with every fast account; then the password, and
// not only that of the named account, is compared with every slow hash. So the
// hashes of the others are the decoys, and their kinds, costs and number cannot
// tell one name from another (compare CWE-208). No loop ends early.
//
// A slow hash that passed is remembered, so that the same username and password
// cost none the next time, also after a reload that keeps the account.
//
// Where there are slow hashes, wrong passwords from one address are limited to 20
// at once and then one a second: what is above that is Busy before anything is
// hashed. What needs no hash, a digest or a remembered password, is never held
// up. Digests alone need no limit: refused calls cost so little that 25,000 a
// second left right ones at 0.83 ms, measured.
func (a *Accounts) Verify(ctx context.Context, from netip.Addr, username, password string) Result {
	user, pass := digestOf(username), digestOf(password)
	match := -1
	for i := range a.fast {
		same := subtle.ConstantTimeCompare(user[:], a.fast[i].username[:]) &
			subtle.ConstantTimeCompare(pass[:], a.fast[i].secret[:])
		match = subtle.ConstantTimeSelect(same, i, match)
	}
	switch {
	case match >= 0:
		return a.fast[match].accepted
	case len(a.slow) == 0:
		return Rejected{}
	default:
		return a.verifySlow(ctx, from, user, pass, password)
	}
}

// LimitAddresses reports whether Verify looks at the address: where there are slow
// hashes.
func (a *Accounts) LimitAddresses() bool { return len(a.slow) > 0 }

func (a *Accounts) verifySlow(ctx context.Context, from netip.Addr, user, pass [sha256.Size]byte, password string) Result {
	attempt := a.memory.tagOf(user, pass)
	if known := a.remembered(attempt); known != nil {
		return known
	}
	if !a.failures.allows(from) || !a.gate.enter(ctx) {
		return Busy{}
	}
	defer a.gate.leave()
	// Right calls that queued together, as after a start, hash once.
	if known := a.remembered(attempt); known != nil {
		return known
	}
	// Of those that queued, the first may have used up what the address has. So
	// it never goes further beyond its limit than there are cores.
	if !a.failures.allows(from) {
		return Busy{}
	}
	plaintext := []byte(password)
	defer clear(plaintext)
	match, given := -1, toInt(password != "")
	var errs []error
	for i, s := range a.slow {
		passed, err := s.compare(s.hash, plaintext)
		errs = append(errs, err)
		same := subtle.ConstantTimeCompare(user[:], s.username[:]) & toInt(passed && err == nil) & given
		match = subtle.ConstantTimeSelect(same, i, match)
	}
	if match < 0 {
		a.failures.failed(from)
		return Rejected{Err: errors.Join(errs...)}
	}
	kept := attempt // only here does it move to the heap
	a.slow[match].verified.Store(&kept)
	return a.slow[match].accepted
}

// remembered is the Result of the slow account that attempt passed before, or
// nil.
func (a *Accounts) remembered(attempt tag) (known Result) {
	for _, s := range a.slow {
		if t := s.verified.Load(); t != nil && subtle.ConstantTimeCompare(attempt[:], t[:]) == 1 {
			known = s.accepted
		}
	}
	return known
}

// digestOf is SHA-256 without an allocation for texts of up to 128 bytes; a
// plain conversion to bytes has room for 32 on the stack, and a generated secret
// has 43.
func digestOf(text string) [sha256.Size]byte {
	var room [128]byte
	return sha256.Sum256(append(room[:0], text...))
}

func toInt(b bool) int {
	if b {
		return 1
	}
	return 0
}
