package message

import (
	"strings"

	"golang.org/x/text/unicode/norm"
)

// leastQuote is how many bytes of a secret tell that a text quotes it: fewer are in
// any text.
const leastQuote = 4

// Quotes reports whether a text that Clean has returned shows a secret, as it was
// sent or as Clean shows it, without markup and what cannot be seen; or, where the
// text was cut, how the secret begins.
func Quotes(text, secret string) bool {
	asSent := collapse(norm.NFC.String(secret))
	if quotes(text, asSent) {
		return true
	}
	shown, settled := settle(secret)
	return settled && shown != asSent && quotes(text, shown)
}

func quotes(text, secret string) bool {
	if len(secret) < leastQuote {
		return false
	}
	if strings.Contains(text, secret) {
		return true
	}
	before, wasCut := strings.CutSuffix(text, ellipsis)
	if !wasCut {
		return false
	}
	for n := leastQuote; n < len(secret) && n <= len(before); n++ {
		if strings.HasSuffix(before, secret[:n]) {
			return true
		}
	}
	return false
}
