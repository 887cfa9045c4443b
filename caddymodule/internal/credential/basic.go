package credential

import (
	"encoding/base64"
	"net/http"
	"strings"
)

// maxBasic bounds the base64 text of a header, in bytes. Usernames and secrets
// are a tenth of it; the rest of a long header would be digested for nothing.
const maxBasic = 8 << 10

// strictBase64 requires padding and zero spare bits, so that a username and
// password have one encoding only (RFC 4648 section 3.5).
var strictBase64 = base64.StdEncoding.Strict()

// ParseBasic reads the username and password of a request by the letter of
// RFC 7617: exactly one Authorization line, the scheme in any letter case, one
// or more spaces, at most 8 KiB of padded standard base64 and nothing behind
// it; inside, valid UTF-8 without control characters, split at the first colon.
// Either part may be empty. Anything else, and two lines above all, is not ok:
// parties that pick different readings of one request are how authentication
// is bypassed.
//
// There is no Unicode normalisation: RFC 7617 leaves that to the sender.
func ParseBasic(header http.Header) (username, password string, ok bool) {
	lines := header["Authorization"]
	if len(lines) != 1 {
		return "", "", false
	}
	// EqualFold knows "ſ" as a letter s, but that takes two bytes: five bytes
	// that fold to "basic" are ASCII.
	const scheme = "basic"
	line := lines[0]
	if len(line) <= len(scheme) || !strings.EqualFold(line[:len(scheme)], scheme) || line[len(scheme)] != ' ' {
		return "", "", false
	}
	token := strings.TrimLeft(line[len(scheme):], " ")
	// The decoder skips line ends wherever they are; RFC 7617 has none.
	if len(token) > maxBasic || strings.ContainsAny(token, "\r\n") {
		return "", "", false
	}
	pair, ok := decode(token)
	if !ok {
		return "", "", false
	}
	username, password, ok = strings.Cut(pair, ":")
	if !ok || !isText(pair) {
		return "", "", false
	}
	return username, password, true
}

// decode undoes base64. What is short enough for the stack leaves nothing behind but
// the text.
func decode(token string) (text string, ok bool) {
	var in, out [512]byte
	if len(token) > len(in) {
		decoded, err := strictBase64.DecodeString(token)
		text = string(decoded)
		clear(decoded)
		return text, err == nil
	}
	n, err := strictBase64.Decode(out[:], in[:copy(in[:], token)])
	text = string(out[:n])
	clear(in[:])
	clear(out[:])
	return text, err == nil
}
