package contract

import (
	"bytes"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// challenge is a Basic challenge with a realm that is not empty. RFC 7617 knows
// one more parameter, charset, which may stand on either side.
var challenge = regexp.MustCompile(`(?i)(?:^|,)\s*Basic\s+(?:charset="?UTF-8"?\s*,\s*)?realm="[^"]+"`)

// refusalNames are what a refusal may say. None of them can carry a claim.
var refusalNames = []string{
	"version", "status", "userMessage", "code", "requestId", "developerMessage", "moreInfo",
	"error", "error_description", "message", "title", "detail",
}

// CheckRefusal judges the answer to a call without valid credentials. Its error
// is made as that of [Check].
func CheckRefusal(x Exchange) error {
	var f findings
	f.headers(x, "Www-Authenticate")
	f.budget(x)
	f.protocol(x)
	if x.Status != http.StatusUnauthorized {
		f.note(RuleRefusalStatus, "HTTP %d, want 401", x.Status)
	}
	challenges := canonical(x.Header)["Www-Authenticate"]
	if !slices.ContainsFunc(challenges, challenge.MatchString) {
		f.note(RuleChallenge, "WWW-Authenticate is %q, want Basic realm=\"…\"", challenges)
	}
	f.refusalBody(x)
	return f.err()
}

// CheckWrongMethod judges the answer to a call with a method that the protocol
// does not use. A user flow allows POST alone, a custom policy POST and perhaps
// GET. The body may be empty, and is for HEAD; otherwise it is that of a refusal.
func CheckWrongMethod(x Exchange) error {
	var f findings
	f.headers(x, "Allow")
	f.budget(x)
	f.protocol(x)
	if x.Status != http.StatusMethodNotAllowed {
		f.note(RuleMethodStatus, "HTTP %d, want 405", x.Status)
	}
	allow := canonical(x.Header)["Allow"]
	methods := []string{}
	for _, value := range allow {
		for method := range strings.SplitSeq(value, ",") {
			methods = append(methods, strings.TrimSpace(method)) // case-sensitive, RFC 9110 section 9.1
		}
	}
	foreign := func(method string) bool {
		return method != http.MethodPost && (x.Protocol == UserFlow || method != http.MethodGet)
	}
	if !slices.Contains(methods, http.MethodPost) || slices.ContainsFunc(methods, foreign) {
		f.note(RuleAllow, "Allow is %q, want POST for %s", allow, x.Protocol)
	}
	if len(x.Body) > 0 {
		f.refusalBody(x)
	}
	return f.err()
}

func (f *findings) refusalBody(x Exchange) {
	doc, ok := f.read(x.Body)
	if !ok {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(doc.members)) {
		raw := doc.members[name]
		if !slices.Contains(refusalNames, name) {
			f.note(RuleRefusalBody, "%.60q is no word of a refusal", name)
		} else if !scalar(raw) && form(raw) != 'n' { // null has a rule of its own
			f.note(RuleRefusalBody, "%s is %.60q, want no structure", name, raw)
		}
	}
	if _, present := doc.members["status"]; present {
		f.bodyStatus(doc, strconv.Itoa(x.Status))
	}
}

// SameBytes shows that two refusals cannot be told apart: status, body and every
// header but Date are equal, values in the same order. Elapsed is not compared.
func SameBytes(a, b Exchange) error {
	var f findings
	if a.Status != b.Status {
		f.note(RuleSameBytes, "HTTP %d and %d", a.Status, b.Status)
	}
	if !bytes.Equal(a.Body, b.Body) {
		f.note(RuleSameBytes, "bodies %.200q and %.200q", a.Body, b.Body)
	}
	one, other := canonical(a.Header), canonical(b.Header)
	names := map[string]bool{}
	for name := range one {
		names[name] = true
	}
	for name := range other {
		names[name] = true
	}
	delete(names, "Date")
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if !slices.Equal(one[name], other[name]) {
			f.note(RuleSameBytes, "%s %q and %q", name, one[name], other[name])
		}
	}
	return f.err()
}
