package judge

import (
	"regexp"
	"strings"
)

// behindWarnings is the JSON object behind what PHP prints where display_errors
// is on (main/main.c, php_error_cb): with tags or without, each warning ends in
// the number of a line. The object must be all of the rest, and strict, so that
// no value quoted in a warning can pass for it.
func behindWarnings(text string) (node, bool) {
	const most = 4 // each try reads the rest
	if !strings.HasSuffix(text, "}") || !warningStart.MatchString(text) {
		return node{}, false
	}
	tries := 0
	for _, at := range warningEnd.FindAllStringIndex(text, -1) {
		rest := text[at[1]:]
		if rest == "" || rest[0] != '{' {
			continue
		}
		if value, ok := parseStrict(rest); ok {
			return value, true
		}
		if tries++; tries == most {
			break
		}
	}
	return node{}, false
}

var (
	warningStart = regexp.MustCompile(`^(?:<br ?/?>\s*)?(?:<b>)?(?:PHP )?(?:Warning|Notice|Deprecated|Strict Standards|User Warning|User Notice|User Deprecated|Recoverable fatal error)(?:</b>)?:`)
	warningEnd   = regexp.MustCompile(`on line (?:<b>)?\d+(?:</b>)?(?:<br ?/?>)?\s*`)
)
