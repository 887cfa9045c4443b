package contract

import (
	"encoding/json"
	"maps"
	"net/http"
	"strconv"
	"strings"
)

// customPolicy judges by the HTTP status alone, as the policy engine does: it
// reads any body under 200 as claims and any under 409 as an error.
func (f *findings) customPolicy(x Exchange, doc document) Answer {
	switch x.Status {
	case http.StatusOK:
		for _, at := range doc.empty {
			f.note(RuleEmptyArray, "%s is an empty array", at)
		}
		f.noErrorAsSuccess(doc)
		version, _ := text(doc.members["version"]) // a claim like any other here
		return Answer{Kind: Continue, Claims: maps.Clone(doc.members), Version: version}
	case http.StatusConflict:
		answer := Answer{Kind: Halt, Version: f.version(doc), Message: f.message(doc)}
		f.bodyStatus(doc, `409`)
		f.noOtherMembers(doc, "version", "status", "userMessage", "code", "requestId", "developerMessage", "moreInfo")
		for _, name := range []string{"code", "requestId", "developerMessage", "moreInfo"} {
			raw, present := doc.members[name]
			if present && form(raw) != '"' && form(raw) != 'n' { // null has a rule of its own
				f.note(RuleMembers, "%s is %.60q, want a string", name, raw)
			}
		}
		return answer
	}
	return Answer{}
}

// noErrorAsSuccess finds a no that the engine would read as a yes: the form of
// an error, or a refusing action of a user flow, under HTTP 200.
func (f *findings) noErrorAsSuccess(doc document) {
	if _, ok := text(doc.members["userMessage"]); ok && atLeast400(doc.members["status"]) {
		f.note(RuleErrorAsSuccess, "status %s and userMessage under HTTP 200", doc.members["status"])
	}
	action, _ := text(doc.members["action"])
	if strings.EqualFold(action, "ShowBlockPage") || strings.EqualFold(action, "ValidationError") {
		f.note(RuleErrorAsSuccess, "action %q under HTTP 200", action)
	}
}

// atLeast400 reads a status that may be a number or a string of one.
func atLeast400(raw json.RawMessage) bool {
	number := string(raw)
	if s, ok := text(raw); ok {
		number = s
	}
	status, err := strconv.ParseFloat(number, 64)
	return err == nil && status >= 400
}
