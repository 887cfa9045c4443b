package credential

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	digestPrefix   = "sha256:"
	plainPrefix    = "plain:"
	argon2idPrefix = "$argon2id$"

	minPlain = 16 // characters of a plain secret

	// Cost 14 is 0.96 s of one core for each wrong password, measured; Caddy's own
	// default. Cost 31 would be a day and a half.
	maxBcryptCost = 14
	bcryptLength  = 60 // "$2b$", two digits of cost, "$", 22 characters of salt, 31 of hash

	// Bounds of argon2id. The largest costs about a minute of one core and
	// 1 GiB for each wrong password; more is a mistake or an attack. The least
	// memory is 8 KiB a lane (RFC 9106 section 3.1).
	maxArgonMemory = 1 << 20 // KiB
	maxArgonTime   = 64
	maxArgonLanes  = 16
	// An empty key would match every password in a verifier that derives as
	// many bytes as the hash has.
	minArgonSalt, maxArgonSalt = 8, 64 // bytes
	minArgonKey, maxArgonKey   = 16, 64
)

// bcryptText is the alphabet of bcrypt's own base64.
var bcryptText = base64.NewEncoding("./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789").
	WithPadding(base64.NoPadding)

// Credential is what proves a username: a digest of a secret, or a slow hash of
// a password. It comes from [Parse] alone and prints as REDACTED.
type Credential interface {
	credential() // sealed: digest, bcryptHash, argon2idHash
}

// The kinds of Credential. Embedding Secret redacts them; a digest holds its
// 32 bytes, a hash its text.
type (
	digest       struct{ Secret }
	bcryptHash   struct{ Secret }
	argon2idHash struct{ Secret }
)

func (digest) credential()       {}
func (bcryptHash) credential()   {}
func (argon2idHash) credential() {}

// Parse reads a credential as the configuration writes it, placeholders already
// replaced. The forms are
//
//	$2a$… $2b$… $2y$…         bcrypt, cost 4 to 14
//	$argon2id$v=19$m=…,t=…,p=…$salt$key
//	                          m up to 1 GiB in KiB, t up to 64, p up to 16
//	sha256:<64 hex digits>    digest of a generated secret; see [NewSecret]
//	plain:<secret>            at least 16 characters; only its digest is kept
//
// Anything else is refused. Errors are fixed sentences: they never contain the
// credential or a part of it.
func Parse(text string) (Credential, error) {
	switch {
	case text == "":
		return nil, refuse("credential is empty: a variable or file it comes from may be missing")
	case !isText(text):
		return nil, refuse("credential contains a control character or invalid UTF-8, which basic authentication cannot carry: it may be the line end of a file")
	case strings.HasPrefix(text, digestPrefix):
		return parseDigest(strings.TrimPrefix(text, digestPrefix))
	case strings.HasPrefix(text, plainPrefix):
		return parsePlain(strings.TrimPrefix(text, plainPrefix))
	case strings.HasPrefix(text, argon2idPrefix):
		return parseArgon2id(text)
	case strings.HasPrefix(text, "$2"):
		return parseBcrypt(text)
	case strings.HasPrefix(text, "$"):
		return nil, refuse("credential is a hash of an unsupported kind")
	case isPlaceholder(text):
		return nil, refuse("credential is a placeholder that nothing replaced: its variable or file may be missing")
	default:
		return nil, refuse("credential has none of the known forms: a bare password is refused, and a hash may have lost its $ signs to a shell or to Docker Compose")
	}
}

// refuse adds the forms and the remedy to a fixed sentence. It takes no
// arguments to format, so that no credential can slip into an error.
func refuse(sentence string) error {
	return errors.New(sentence + "; expected a bcrypt hash ($2b$...), an argon2id hash ($argon2id$v=19$...), " +
		"sha256:<64 hex digits> or plain:<secret of at least 16 characters>; " +
		"`gatehouse connector secret` makes a new secret and its credential")
}

func parseDigest(text string) (Credential, error) {
	sum, err := hex.DecodeString(text)
	if err != nil || len(sum) != sha256.Size {
		return nil, refuse("sha256: is not followed by exactly 64 hex digits")
	}
	if [sha256.Size]byte(sum) == sha256.Sum256(nil) {
		return nil, refuse("sha256: is the digest of an empty secret")
	}
	return digest{Secret(sum)}, nil
}

// maxPlain keeps a secret, with its name and in base64, within what is read of an
// Authorization header.
const maxPlain = 4096

func parsePlain(secret string) (Credential, error) {
	if isPlaceholder(secret) {
		return nil, refuse("plain: is followed by a placeholder that nothing replaced: its variable or file may be missing")
	}
	if utf8.RuneCountInString(secret) < minPlain {
		return nil, refuse("plain secret is too short to resist guessing")
	}
	if len(secret) > maxPlain {
		return nil, refuse("plain secret is longer than 4096 bytes, more than a caller can send")
	}
	sum := sha256.Sum256([]byte(secret))
	return digest{Secret(sum[:])}, nil
}

// parseBcrypt checks the shape by the letter: a comparer would report a broken
// hash only when somebody calls. The spare bits of the salt may be set, since
// some generators do that and comparers ignore them; those of the hash may not,
// since such a hash matches no password.
func parseBcrypt(text string) (Credential, error) {
	if len(text) != bcryptLength || !strings.Contains("aby", text[2:3]) || text[3] != '$' || text[6] != '$' {
		return nil, refuse("bcrypt hash is malformed: it is $2a$, $2b$ or $2y$, two digits of cost, $ and 53 characters")
	}
	cost, err := strconv.ParseUint(text[4:6], 10, 8)
	if err != nil || cost < 4 || cost > maxBcryptCost {
		return nil, refuse("bcrypt cost is outside 04 to 14: each step doubles what a wrong password costs, which is a second at 14")
	}
	_, saltErr := bcryptText.DecodeString(text[7:29])
	_, hashErr := bcryptText.Strict().DecodeString(text[29:])
	if saltErr != nil || hashErr != nil {
		return nil, refuse("bcrypt hash is malformed: a character of its salt or hash is wrong")
	}
	return bcryptHash{Secret(text)}, nil
}

func parseArgon2id(text string) (Credential, error) {
	parts := strings.Split(text, "$") // "", "argon2id", version, parameters, salt, key
	if len(parts) != 6 || parts[2] != "v=19" {
		return nil, refuse("argon2id hash is malformed: it is $argon2id$v=19$m=<KiB>,t=<passes>,p=<lanes>$<salt>$<key>")
	}
	params := strings.Split(parts[3], ",")
	if len(params) != 3 {
		return nil, refuse("argon2id parameters are not m=<KiB>,t=<passes>,p=<lanes>")
	}
	lanes, lanesOK := parameter(params[2], "p=", 1, maxArgonLanes)
	_, passesOK := parameter(params[1], "t=", 1, maxArgonTime)
	_, memoryOK := parameter(params[0], "m=", 8*lanes, maxArgonMemory)
	if !lanesOK || !passesOK || !memoryOK {
		return nil, refuse("argon2id parameters are out of range: m from 8 times p to 1048576 (1 GiB in KiB), t from 1 to 64, p from 1 to 16, in this order")
	}
	salt, saltErr := base64.RawStdEncoding.Strict().DecodeString(parts[4])
	key, keyErr := base64.RawStdEncoding.Strict().DecodeString(parts[5])
	if saltErr != nil || keyErr != nil ||
		len(salt) < minArgonSalt || len(salt) > maxArgonSalt ||
		len(key) < minArgonKey || len(key) > maxArgonKey {
		return nil, refuse("argon2id salt or key is malformed: base64 without padding, a salt of 8 to 64 bytes, a key of 16 to 64")
	}
	return argon2idHash{Secret(text)}, nil
}

// parameter reads "<name><number>" with a number from low to high.
func parameter(text, name string, low, high uint64) (uint64, bool) {
	number, ok := strings.CutPrefix(text, name)
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseUint(number, 10, 32)
	return n, err == nil && n >= low && n <= high
}

// isPlaceholder tells {env.SECRET} and {$SECRET} as they look when nothing
// replaced them: taken as a secret, such text would be known to every reader of
// the configuration.
func isPlaceholder(text string) bool {
	return strings.HasPrefix(text, "{") && strings.HasSuffix(text, "}")
}
