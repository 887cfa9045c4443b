package credential

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestParseAccepts(t *testing.T) {
	t.Parallel()

	sum := sha256.Sum256([]byte(canarySecret))
	argon := func(params string) string { return strings.Replace(argon2idText, "m=47104,t=1,p=1", params, 1) }
	for name, tc := range map[string]struct {
		text string
		want Credential
	}{
		"bcrypt 2b":            {bcryptText60, bcryptHash{bcryptText60}},
		"bcrypt 2a":            {"$2a" + bcryptText60[3:], bcryptHash{"$2a" + Secret(bcryptText60[3:])}},
		"bcrypt 2y":            {"$2y" + bcryptText60[3:], bcryptHash{"$2y" + Secret(bcryptText60[3:])}},
		"bcrypt cost 4":        {"$2b$04" + bcryptText60[6:], bcryptHash{"$2b$04" + Secret(bcryptText60[6:])}},
		"bcrypt cost 14":       {"$2b$14" + bcryptText60[6:], bcryptHash{"$2b$14" + Secret(bcryptText60[6:])}},
		"argon2id":             {argon2idText, argon2idHash{argon2idText}},
		"argon2id, largest":    {argon("m=1048576,t=64,p=16"), argon2idHash{Secret(argon("m=1048576,t=64,p=16"))}},
		"argon2id, least":      {argon("m=8,t=1,p=1"), argon2idHash{Secret(argon("m=8,t=1,p=1"))}},
		"digest":               {"sha256:" + hex.EncodeToString(sum[:]), digest{Secret(sum[:])}},
		"digest in upper case": {"sha256:" + strings.ToUpper(hex.EncodeToString(sum[:])), digest{Secret(sum[:])}},
		"plain":                {"plain:" + canarySecret, digest{Secret(sum[:])}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := Parse(tc.text)
			require.NoError(t, err)
			assert.True(t, tc.want == got, "another credential")
		})
	}

	_, err := Parse("plain:ééééééééééééé16b")
	assert.NoError(t, err, "characters count, not bytes")
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()

	argon := func(params string) string { return strings.Replace(argon2idText, "m=47104,t=1,p=1", params, 1) }
	argonTail := func(tail string) string { return "$argon2id$v=19$m=47104,t=1,p=1$" + tail }
	const salt, key = "c2FsdHNhbHRzYWx0c2FsdA", "a2V5a2V5a2V5a2V5a2V5a2V5a2V5a2V5a2V5a2V5a2U"
	for name, tc := range map[string]struct{ text, says string }{
		"empty":                   {"", "empty"},
		"bare password":           {canarySecret, "bare password"},
		"hash without its $":      {bcryptText60[1:], "bare password"},
		"leading space":           {" " + bcryptText60, "none of the known forms"},
		"line end of a file":      {bcryptText60 + "\n", "line end"},
		"NUL":                     {"plain:" + canarySecret + "\x00", "control character"},
		"invalid UTF-8":           {"plain:" + canarySecret + "\xff", "invalid UTF-8"},
		"placeholder":             {"{env.CANARY_SECRET}", "placeholder"},
		"plain placeholder":       {"plain:{env.CANARY_SECRET}", "placeholder"},
		"plain, 15 characters":    {"plain:123456789012345", "too short"},
		"plain, empty":            {"plain:", "too short"},
		"plain, beyond a header":  {"plain:" + strings.Repeat("x", 4097), "longer than 4096 bytes"},
		"plain, 16 bytes":         {"plain:éééééééé", "too short"},
		"upper-case prefix":       {"SHA256:" + emptySHA256Hex, "none of the known forms"},
		"digest of nothing":       {"sha256:" + emptySHA256Hex, "empty secret"},
		"digest, short":           {"sha256:" + emptySHA256Hex[2:], "64 hex digits"},
		"digest, long":            {"sha256:00" + emptySHA256Hex, "64 hex digits"},
		"digest, not hex":         {"sha256:" + strings.Repeat("g", 64), "64 hex digits"},
		"digest, colons":          {"sha256:" + strings.Repeat("ab:", 32), "64 hex digits"},
		"sha512-crypt":            {"$6$saltsalt$canary", "unsupported"},
		"argon2i":                 {strings.Replace(argon2idText, "argon2id", "argon2i", 1), "unsupported"},
		"bcrypt 2x":               {"$2x" + bcryptText60[3:], "malformed"},
		"bcrypt without minor":    {"$2$" + bcryptText60[4:] + "a", "malformed"},
		"bcrypt, short":           {bcryptText60[:59], "malformed"},
		"bcrypt, long":            {bcryptText60 + "a", "malformed"},
		"bcrypt, only a prefix":   {"$2", "malformed"},
		"bcrypt cost 3":           {"$2b$03" + bcryptText60[6:], "cost"},
		"bcrypt cost 15":          {"$2b$15" + bcryptText60[6:], "cost is outside 04 to 14"},
		"bcrypt cost 31":          {"$2b$31" + bcryptText60[6:], "cost"},
		"bcrypt cost with sign":   {"$2b$+4" + bcryptText60[6:], "cost"},
		"bcrypt, wrong letter":    {bcryptText60[:30] + "+" + bcryptText60[31:], "wrong"},
		"bcrypt, wrong salt":      {bcryptText60[:10] + "=" + bcryptText60[11:], "wrong"},
		"bcrypt, can never match": {bcryptText60[:59] + "/", "wrong"},
		"argon2id, version 16":    {strings.Replace(argon2idText, "v=19", "v=16", 1), "malformed"},
		"argon2id, no version":    {strings.Replace(argon2idText, "$v=19", "", 1), "malformed"},
		"argon2id, extra part":    {argon2idText + "$x", "malformed"},
		"argon2id, m and t 0":     {argon("m=0,t=0,p=1"), "out of range"},
		"argon2id, m over 1 GiB":  {argon("m=1048577,t=1,p=1"), "out of range"},
		"argon2id, m huge":        {argon("m=99999999999999999999,t=1,p=1"), "out of range"},
		"argon2id, t 0":           {argon("m=47104,t=0,p=1"), "out of range"},
		"argon2id, t 65":          {argon("m=47104,t=65,p=1"), "out of range"},
		"argon2id, p 0":           {argon("m=47104,t=1,p=0"), "out of range"},
		"argon2id, p 17":          {argon("m=47104,t=1,p=17"), "out of range"},
		"argon2id, 7 KiB a lane":  {argon("m=15,t=1,p=2"), "out of range"},
		"argon2id, negative":      {argon("m=47104,t=-1,p=1"), "out of range"},
		"argon2id, order":         {argon("t=1,m=47104,p=1"), "out of range"},
		"argon2id, two params":    {argon("m=47104,t=1"), "parameters are not"},
		"argon2id, keyid":         {argon("m=47104,t=1,p=1,keyid=a"), "parameters are not"},
		"argon2id, empty key":     {argonTail(salt + "$"), "salt or key"},
		"argon2id, empty salt":    {argonTail("$" + key), "salt or key"},
		"argon2id, short key":     {argonTail(salt + "$c2hvcnQ"), "salt or key"},
		"argon2id, long salt":     {argonTail(strings.Repeat("c2Fs", 22) + "$" + key), "salt or key"},
		"argon2id, padding":       {argonTail(salt + "==$" + key), "salt or key"},
		"argon2id, spare bits":    {argonTail(salt[:21] + "B$" + key), "salt or key"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := Parse(tc.text)
			require.Error(t, err)
			assert.Nil(t, got)
			assert.Contains(t, err.Error(), tc.says)
			assert.Contains(t, err.Error(), "gatehouse connector secret", "names the remedy")
			assert.Contains(t, err.Error(), "argon2id", "says the expected forms")
			assert.NotContains(t, err.Error(), "anary", "never the credential")
		})
	}
}

// An error may depend on the kind of a mistake, not on the text: so two texts
// with the same mistake have the same error.
func TestErrorsOfParseNeverContainTheCredential(t *testing.T) {
	t.Parallel()

	prefixes := []string{"", "$", "$2b$10$", "$2", "$argon2id$", "$argon2id$v=19$", "$argon2id$v=19$m=1,t=1,p=1$", "$argon2id$v=19$m=", "sha256:", "plain:{", "\x01", "{"}
	rapid.Check(t, func(t *rapid.T) {
		prefix := rapid.SampledFrom(prefixes).Draw(t, "prefix")
		canary := "Zq7" + rapid.StringMatching(`[a-zA-Z0-9+/,=.]{5,40}`).Draw(t, "canary") + rapid.SampledFrom([]string{"", "}", "$"}).Draw(t, "end")
		if _, err := Parse(prefix + canary); err != nil {
			assert.NotContains(t, err.Error(), "Zq7")
			assert.NotContains(t, err.Error(), canary)
		}
	})
}

// The oracle is a grammar written as expressions, not the parser.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"", bcryptText60, argon2idText, "sha256:" + emptySHA256Hex, "plain:" + canarySecret, "$2", "$argon2id$"} {
		f.Add(seed)
	}
	grammar := map[string]*regexp.Regexp{
		"bcrypt":   regexp.MustCompile(`\A\$2[aby]\$(0[4-9]|[12][0-9]|3[01])\$[./A-Za-z0-9]{53}\z`),
		"argon2id": regexp.MustCompile(`\A\$argon2id\$v=19\$m=[0-9]+,t=[0-9]+,p=[0-9]+\$[A-Za-z0-9+/]{11,86}\$[A-Za-z0-9+/]{22,86}\z`),
		"digest":   regexp.MustCompile(`\Asha256:[0-9a-fA-F]{64}\z|\Aplain:\PC{16,}\z`),
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := Parse(text)
		if err != nil {
			require.Nil(t, c)
			return
		}
		switch c := c.(type) {
		case bcryptHash:
			require.Regexp(t, grammar["bcrypt"], text)
			require.Equal(t, text, string(c.Secret))
		case argon2idHash:
			require.Regexp(t, grammar["argon2id"], text)
			require.Equal(t, text, string(c.Secret))
		case digest:
			require.Len(t, string(c.Secret), sha256.Size)
		default:
			require.Fail(t, "an unknown kind")
		}
	})
}
