package judge

import (
	"regexp"
	"strings"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/message"
)

// textOf is the sentence of a plain text: Go's http.Error, ASP.NET's
// BadRequest("…"), PHP's echo. The line that Kong appends is for its operator
// (kong/error_handlers.lua).
func textOf(text string) string {
	return clean([]string{requestLine.ReplaceAllString(text, "")})
}

var requestLine = regexp.MustCompile(`\s+request_id: *\S+\s*$`)

// readersWords begin texts that no person wrote for another: those of ASP.NET
// Core's JSON reader, and of Kong where it knows no phrase.
var readersWords = []string{"The JSON value could not be converted", "The upstream server responded with "}

// fit is the text as it may be shown, and false where it may not.
func fit(text string) (string, bool) {
	for _, words := range readersWords {
		if strings.HasPrefix(text, words) {
			return "", false
		}
	}
	return message.Clean(text)
}

// withField names the field of a text that is fit to be shown; no other becomes
// so by a name in front ("Email: Bad Request").
func withField(field, text string) string {
	fitting, ok := fit(text)
	if !ok {
		return ""
	}
	return message.WithField(field, fitting)
}

// mostTexts is how many texts of a list or a map are looked at: what does not fit
// into a message anyway need not be cleaned.
const mostTexts = 32

// clean makes one text of many: each one fit to be shown, each once.
func clean(candidates []string) string {
	usable := make([]string, 0, min(len(candidates), mostTexts))
	for _, c := range candidates {
		if text, ok := fit(c); ok {
			usable = append(usable, text)
		}
		if len(usable) == mostTexts {
			break
		}
	}
	switch len(usable) {
	case 0:
		return ""
	case 1:
		return usable[0] // Clean leaves what it gave as it is
	}
	joined, _ := message.Clean(message.Join(usable))
	return joined
}
