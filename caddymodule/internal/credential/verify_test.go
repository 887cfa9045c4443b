package credential

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// fakeHashes makes texts in the shape of slow hashes, knows their passwords and
// counts comparisons: the test of constant time is a count, which cannot flake.
type fakeHashes struct {
	mu        sync.Mutex
	passwords map[string]string
	compared  []string
	block     chan struct{} // where not nil, each comparison waits here
	running   int
}

// hashed makes every hash of the package's tests another: what was verified is
// remembered by username and hash for the whole process.
var hashed atomic.Int64

func newFakeHashes() *fakeHashes { return &fakeHashes{passwords: map[string]string{}} }

func (f *fakeHashes) bcrypt(password string) string {
	return f.hash("$2b$10$%022d%030d.", password)
}

func (f *fakeHashes) argon2id(password string) string {
	return f.hash("$argon2id$v=19$m=47104,t=1,p=1$%020dAA$%041dAA", password)
}

func (f *fakeHashes) hash(format, password string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := hashed.Add(1)
	text := fmt.Sprintf(format, n, n)
	f.passwords[text] = password
	return text
}

func (f *fakeHashes) compare() SlowCompare {
	check := func(hash, plaintext []byte) (bool, error) {
		f.mu.Lock()
		f.compared = append(f.compared, string(hash))
		f.running++
		f.mu.Unlock()
		if f.block != nil {
			<-f.block
		}
		f.mu.Lock()
		defer f.mu.Unlock()
		f.running--
		return f.passwords[string(hash)] == string(plaintext), nil
	}
	return SlowCompare{Bcrypt: check, Argon2id: check}
}

// take returns what was compared since the last time, sorted.
func (f *fakeHashes) take() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	taken := slices.Sorted(slices.Values(f.compared))
	f.compared = nil
	return taken
}

func (f *fakeHashes) inProgress() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.running
}

// CWE-208: a known name that answers faster or slower than an unknown one.
func TestTheSlowHashesAreTheSameOnEveryRefusedPath(t *testing.T) {
	t.Parallel()

	type proof struct{ username, password string }
	rapid.Check(t, func(t *rapid.T) {
		slow := newFakeHashes()
		names := rapid.SampledFrom([]string{"a", "b", "c", "aa"})
		words := rapid.SampledFrom([]string{"", "first secret, long enough", "second secret, long enough", "third secret, long enough"})
		kinds := rapid.SampledFrom([]string{"plain", "bcrypt", "argon2id"})

		var accounts []Account
		right := map[proof]string{} // to its kind, the cheapest one
		for range rapid.IntRange(1, 8).Draw(t, "accounts") {
			name, word, kind := names.Draw(t, "name"), words.Draw(t, "word"), kinds.Draw(t, "kind")
			if word == "" {
				continue
			}
			text := "plain:" + word
			switch kind {
			case "bcrypt":
				text = slow.bcrypt(word)
			case "argon2id":
				text = slow.argon2id(word)
			}
			c, err := Parse(text)
			require.NoError(t, err)
			accounts = append(accounts, Account{name, c})
			if right[proof{name, word}] != "plain" {
				right[proof{name, word}] = kind
			}
		}
		if len(accounts) == 0 {
			t.Skip("no accounts")
		}
		verifier, err := NewAccounts(accounts, slow.compare())
		require.NoError(t, err)

		var every []string
		for text := range slow.passwords {
			every = append(every, text)
		}
		slices.Sort(every)

		seen := map[proof]bool{}
		for range rapid.IntRange(1, 12).Draw(t, "attempts") {
			attempt := proof{
				rapid.OneOf(names, rapid.SampledFrom([]string{"", "nobody"})).Draw(t, "as"),
				rapid.OneOf(words, rapid.Just("wrong")).Draw(t, "with"),
			}
			result := verifier.Verify(t.Context(), nobodyKnows, attempt.username, attempt.password)
			compared := slow.take()
			kind, isRight := right[attempt]
			switch {
			case !isRight:
				require.Equal(t, Rejected{}, result)
				require.Equal(t, every, compared, "the same work on every refusal")
			case kind == "plain" || seen[attempt]:
				require.Equal(t, Accepted{attempt.username}, result)
				require.Empty(t, compared, "fast or remembered")
			default:
				require.Equal(t, Accepted{attempt.username}, result)
				require.Equal(t, every, compared)
			}
			seen[attempt] = isRight
		}
	})
}

// Bcrypt reads 72 bytes: what is longer passes in many forms, and none of them
// may grow the memory.
func TestMemoryHoldsOnePasswordAHash(t *testing.T) {
	t.Parallel()

	compared := 0
	first72 := func(_, plaintext []byte) (bool, error) {
		compared++
		return len(plaintext) >= 72, nil
	}
	accounts, err := NewAccounts([]Account{{"b2c", mustParse(t, newFakeHashes().bcrypt(""))}}, SlowCompare{Bcrypt: first72})
	require.NoError(t, err)
	for i := range 3 {
		password := fmt.Sprintf("%072d%d", 0, i)
		for range 2 {
			require.Equal(t, Accepted{"b2c"}, accounts.Verify(t.Context(), nobodyKnows, "b2c", password))
		}
	}
	assert.Equal(t, 3, compared)
}

func TestTheComparerGetsACopyThatIsCleared(t *testing.T) {
	t.Parallel()

	var kept []byte
	keep := func(_, plaintext []byte) (bool, error) {
		kept = plaintext
		return string(plaintext) == "password", nil
	}
	accounts, err := NewAccounts([]Account{{"b2c", mustParse(t, newFakeHashes().bcrypt(""))}}, SlowCompare{Bcrypt: keep})
	require.NoError(t, err)
	require.Equal(t, Accepted{"b2c"}, accounts.Verify(t.Context(), nobodyKnows, "b2c", "password"))
	assert.Equal(t, make([]byte, len("password")), kept)
}
