package credential

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Account is one way in: a username and a credential of it. A username may have
// several accounts, which is how secrets rotate without a gap.
type Account struct {
	Username   string
	Credential Credential
}

// SlowCompare holds the comparers of slow hashes. Each tells whether hash, in
// the text form that [Parse] accepts, is one of plaintext; a wrong password is
// (false, nil). A comparer must not keep plaintext. It may be nil where no
// account needs it.
type SlowCompare struct {
	Bcrypt, Argon2id func(hash, plaintext []byte) (bool, error)
}

// Accounts verifies usernames and passwords. It is safe for concurrent use. It
// comes from [NewAccounts]; the zero value rejects everything.
type Accounts struct {
	fast []fastAccount
	slow []*slowAccount
	gate *gate
	// failures limits wrong passwords, only where there are slow hashes.
	failures *throttle
	memory   *memory
}

// fastAccount is checked by comparing digests: the secret has so many random
// bits, or is at least so long, that its digest need not be slow.
type fastAccount struct {
	username, secret [sha256.Size]byte
	accepted         Result // made once: boxing one on each call would allocate
}

type slowAccount struct {
	username [sha256.Size]byte
	hash     []byte
	compare  func(hash, plaintext []byte) (bool, error)
	accepted Result
	verified *verified // shared with the same account of other configurations
}

// NewAccounts builds Accounts from at least one account. It refuses usernames
// that basic authentication cannot carry, missing credentials, and slow hashes
// without a comparer; it reports all problems at once.
func NewAccounts(accounts []Account, compare SlowCompare) (*Accounts, error) {
	if len(accounts) == 0 {
		return nil, errors.New("no accounts: list at least one username with its credential")
	}
	a := &Accounts{gate: processGate(), failures: processThrottle(), memory: processMemory()}
	var problems []error
	for i, account := range accounts {
		for _, err := range []error{checkUsername(account.Username), a.add(account, compare)} {
			if err != nil {
				problems = append(problems, fmt.Errorf("account %d, username %q: %w", i+1, account.Username, err))
			}
		}
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	return a, nil
}

func (a *Accounts) add(account Account, compare SlowCompare) error {
	username, accepted := digestOf(account.Username), Accepted{account.Username}
	slow := &slowAccount{username: username, accepted: accepted}
	switch c := account.Credential.(type) {
	case digest:
		a.fast = append(a.fast, fastAccount{username, [sha256.Size]byte([]byte(c.Secret)), accepted})
		return nil
	case bcryptHash:
		slow.hash, slow.compare = []byte(c.Secret), compare.Bcrypt
	case argon2idHash:
		slow.hash, slow.compare = []byte(c.Secret), compare.Argon2id
	default:
		return errors.New("no credential; `gatehouse connector secret` makes one")
	}
	if slow.compare == nil {
		return errors.New("no comparer for this kind of hash; use a sha256: credential")
	}
	slow.verified = a.memory.account(username, slow.hash)
	a.slow = append(a.slow, slow)
	return nil
}

// checkUsername refuses what RFC 7617 section 2 cannot carry, and the empty
// name, which would make half of an empty header right.
func checkUsername(username string) error {
	switch {
	case username == "":
		return errors.New("username is empty: give it a name")
	case strings.Contains(username, ":"):
		return errors.New("username contains a colon, which ends a username in basic authentication: choose another")
	case !isText(username):
		return errors.New("username contains a control character or invalid UTF-8, which basic authentication cannot carry: choose another")
	default:
		return nil
	}
}

// isText tells whether RFC 7617 section 2 allows s under charset UTF-8: no
// control characters. Those of the C1 block are refused too; they are no part
// of any name or password that a person or a generator makes.
func isText(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

// Format writes REDACTED for every verb: package fmt would print the digests.
func (a *Accounts) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, redacted) }
