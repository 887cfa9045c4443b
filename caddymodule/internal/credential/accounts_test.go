package credential

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestNewAccountsReportsAllProblemsAtOnce(t *testing.T) {
	t.Parallel()

	good := mustParse(t, "plain:"+canarySecret)
	accounts, err := NewAccounts([]Account{
		{"", good},
		{"fine", good},
		{"b2c:old", nil},
		{"b2c\x00", good},
		{"b2c\x7f", good},
		{"b2c\xff", good},
		{"slow", mustParse(t, bcryptText60)},
		{"slower", mustParse(t, argon2idText)},
	}, SlowCompare{})
	require.Error(t, err)
	assert.Nil(t, accounts)
	for _, part := range []string{
		`account 1, username "": username is empty`,
		`account 3, username "b2c:old": username contains a colon`,
		`account 3, username "b2c:old": no credential`,
		`account 4, username "b2c\x00": username contains a control character`,
		`account 5, username "b2c\x7f": username contains a control character`,
		`account 6, username "b2c\xff": username contains a control character or invalid UTF-8`,
		`account 7, username "slow": no comparer`,
		`account 8, username "slower": no comparer`,
	} {
		assert.Contains(t, err.Error(), part)
	}
	assert.NotContains(t, err.Error(), "fine")
	assert.NotContains(t, err.Error(), "canary")
	assert.NotContains(t, err.Error(), "$2b$")

	var joined interface{ Unwrap() []error }
	require.ErrorAs(t, err, &joined)
	assert.Len(t, joined.Unwrap(), 8)
}

func TestNoAccountsAreRefused(t *testing.T) {
	t.Parallel()

	_, err := NewAccounts(nil, SlowCompare{})
	require.ErrorContains(t, err, "no accounts")
	assert.Equal(t, Rejected{}, new(Accounts).Verify(t.Context(), nobodyKnows, "", ""))
}

func TestSeveralSecretsOfOneNameAreLiveTogether(t *testing.T) {
	t.Parallel()

	slow := newFakeHashes()
	oldSecret, oldText := NewSecret()
	newSecret, newText := NewSecret()
	accounts, err := NewAccounts([]Account{
		{"b2c", mustParse(t, oldText)},
		{"b2c", mustParse(t, newText)},
		{"b2c", mustParse(t, slow.bcrypt("a former password"))},
		{"tester", mustParse(t, slow.argon2id("the tester's password"))},
	}, slow.compare())
	require.NoError(t, err)

	for name, tc := range map[string]struct {
		username, password string
		want               Result
	}{
		"old secret":              {"b2c", oldSecret, Accepted{"b2c"}},
		"new secret":              {"b2c", newSecret, Accepted{"b2c"}},
		"bcrypt":                  {"b2c", "a former password", Accepted{"b2c"}},
		"argon2id":                {"tester", "the tester's password", Accepted{"tester"}},
		"secret of another":       {"tester", newSecret, Rejected{}},
		"password of another":     {"b2c", "the tester's password", Rejected{}},
		"near miss":               {"b2c", newSecret[:42], Rejected{}},
		"unknown name":            {"b2C", newSecret, Rejected{}},
		"no name":                 {"", newSecret, Rejected{}},
		"no password":             {"b2c", "", Rejected{}},
		"digest as the password":  {"b2c", newText, Rejected{}},
		"no name and no password": {"", "", Rejected{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tc.want, accounts.Verify(t.Context(), nobodyKnows, tc.username, tc.password))
		})
	}
}

// RFC 7617 leaves normalisation to the sender: the two spellings of é are two names.
func TestUsernamesAreComparedByTheirBytes(t *testing.T) {
	t.Parallel()

	accounts, err := NewAccounts([]Account{{"Andr\u00e9", mustParse(t, "plain:"+canarySecret)}}, SlowCompare{})
	require.NoError(t, err)
	assert.Equal(t, Accepted{"Andr\u00e9"}, accounts.Verify(t.Context(), nobodyKnows, "Andr\u00e9", canarySecret))
	assert.Equal(t, Rejected{}, accounts.Verify(t.Context(), nobodyKnows, "Andre\u0301", canarySecret))
}

// A hash of the empty password is a mistake that would open the door.
func TestAnEmptyPasswordIsNeverAccepted(t *testing.T) {
	t.Parallel()

	slow := newFakeHashes()
	accounts, err := NewAccounts([]Account{{"b2c", mustParse(t, slow.bcrypt(""))}}, slow.compare())
	require.NoError(t, err)
	assert.Equal(t, Rejected{}, accounts.Verify(t.Context(), nobodyKnows, "b2c", ""))
	assert.Len(t, slow.take(), 1, "the same work as any other refusal")
}

func TestAFailingComparerRejectsAndIsReported(t *testing.T) {
	t.Parallel()

	broken := errors.New("broken hash")
	slow := newFakeHashes()
	compare := slow.compare()
	compare.Argon2id = func(_, _ []byte) (bool, error) { return true, broken }
	accounts, err := NewAccounts([]Account{
		{"first", mustParse(t, slow.argon2id("password"))},
		{"second", mustParse(t, slow.bcrypt("password"))},
	}, compare)
	require.NoError(t, err)

	rejected, ok := accounts.Verify(t.Context(), nobodyKnows, "first", "password").(Rejected)
	require.True(t, ok, "an error is a no, even beside a yes")
	require.ErrorIs(t, rejected.Err, broken)
	assert.Equal(t, Accepted{"second"}, accounts.Verify(t.Context(), nobodyKnows, "second", "password"), "the others still work")
}
