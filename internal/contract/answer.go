package contract

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// Kind is what an answer makes the identity provider do.
type Kind int

// The kinds. Unclear is an answer that breaks the contract so that nobody can
// say what it means. Halt is HTTP 409: in a custom policy block, invalid and
// halt share that one form, and all three are reported as Halt. Refused is an
// answer that turned the call away, which is a violation if the call was
// authenticated.
const (
	Unclear Kind = iota
	Continue
	Block
	Invalid
	Halt
	Refused
)

var kindNames = [...]string{"unclear", "continue", "block", "invalid", "halt", "refused"}

// String is the kind in lower case.
func (k Kind) String() string {
	if k < 0 || int(k) >= len(kindNames) {
		return fmt.Sprintf("kind(%d)", int(k))
	}
	return kindNames[k]
}

// Answer is what was understood, as far as violations allow.
type Answer struct {
	Kind    Kind
	Message string                     // userMessage; empty for Continue
	Claims  map[string]json.RawMessage // of Continue, without version and action in a user flow
	Version string                     // empty where the form has none
}

// Check judges the answer to an authenticated call. The error joins one
// [Violation] for every clause that is broken, see [Violations]; it is nil for
// an answer that keeps them all.
func Check(x Exchange) (Answer, error) {
	var f findings
	f.headers(x)
	f.budget(x)
	f.protocol(x)
	f.status(x)
	doc, ok := f.read(x.Body)
	answer := Answer{}
	switch {
	case x.Status == http.StatusUnauthorized, x.Status == http.StatusForbidden, x.Status == http.StatusMethodNotAllowed:
		answer.Kind = Refused
	case !ok:
	case x.Protocol == UserFlow:
		answer = f.userFlow(x, doc)
	case x.Protocol == CustomPolicy:
		answer = f.customPolicy(x, doc)
	}
	return answer, f.err()
}

// statuses are the HTTP statuses of the answers of a protocol.
func statuses(p Protocol) []int {
	switch p {
	case UserFlow:
		return []int{http.StatusOK, http.StatusBadRequest, http.StatusConflict}
	case CustomPolicy:
		return []int{http.StatusOK, http.StatusConflict}
	}
	return nil
}

// protocol checks that there are rules to judge by.
func (f *findings) protocol(x Exchange) {
	if statuses(x.Protocol) == nil {
		f.note(RuleProtocol, "it is %q, want %q or %q", x.Protocol, UserFlow, CustomPolicy)
	}
}

// status checks the HTTP status for itself: it is wrong under any body.
func (f *findings) status(x Exchange) {
	if legal := statuses(x.Protocol); legal != nil && !slices.Contains(legal, x.Status) {
		f.note(RulePair, "HTTP %d is no answer of %s", x.Status, x.Protocol)
	}
}

// version checks a version that the form requires.
func (f *findings) version(doc document) string {
	version, ok := text(doc.members["version"])
	if !ok || strings.TrimSpace(version) == "" {
		f.note(RuleVersion, "it is %.60q, want a string such as \"1.0.0\"", doc.members["version"])
	}
	return version
}

// bodyStatus checks that the status member has one of the spellings in want.
func (f *findings) bodyStatus(doc document, want ...string) {
	if got := string(doc.members["status"]); !slices.Contains(want, got) {
		f.note(RuleBodyStatus, "status is %.60q, want %s", got, strings.Join(want, " or "))
	}
}

// noOtherMembers checks that a refusal has the members of its form only.
func (f *findings) noOtherMembers(doc document, form ...string) {
	for _, name := range slices.Sorted(maps.Keys(doc.members)) {
		if !slices.Contains(form, name) {
			f.note(RuleMembers, "%.60q is none of %s", name, strings.Join(form, ", "))
		}
	}
}
