package contract

import (
	"errors"
	"fmt"
)

// Rule is one requirement that an answer can break.
type Rule int

// The rules. [Rule.Clause] says where each comes from.
const (
	// RuleProtocol: the protocol is one this package can judge.
	RuleProtocol Rule = iota
	// RuleBudget: the answer came within the budget.
	RuleBudget

	// RuleContentType: one Content-Type, application/json, charset utf-8 at most.
	RuleContentType
	// RuleContentLength: one Content-Length, equal to the length of the body.
	RuleContentLength
	// RuleContentEncoding: no Content-Encoding.
	RuleContentEncoding
	// RuleTransferEncoding: no Transfer-Encoding.
	RuleTransferEncoding
	// RuleTrailer: no trailers.
	RuleTrailer
	// RuleSetCookie: no cookies.
	RuleSetCookie
	// RuleLocation: no redirect.
	RuleLocation
	// RuleValidator: no ETag and no Last-Modified.
	RuleValidator
	// RuleNoStore: Cache-Control says no-store.
	RuleNoStore
	// RuleServer: a Server header says "Caddy" and no more.
	RuleServer
	// RuleForeignHeader: no header that can only come from the upstream.
	RuleForeignHeader

	// RuleBOM: the body starts without a byte order mark.
	RuleBOM
	// RuleUTF8: the body is valid UTF-8.
	RuleUTF8
	// RuleSyntax: the body is JSON.
	RuleSyntax
	// RuleOneValue: nothing follows the JSON value.
	RuleOneValue
	// RuleObject: the JSON value is an object.
	RuleObject
	// RuleSurrogate: no escape of half a surrogate pair.
	RuleSurrogate
	// RuleDuplicate: no name twice in one object, at any depth.
	RuleDuplicate
	// RuleNull: no null, at any depth.
	RuleNull

	// RulePair: HTTP status and body form one of the pairs of the protocol.
	RulePair
	// RuleAction: action is a known word in exact letter case.
	RuleAction
	// RuleBodyStatus: the status member is what this kind of answer needs.
	RuleBodyStatus
	// RuleVersion: version is a string that is not blank, where it is required.
	RuleVersion
	// RuleMembers: a refusal has no members beyond those of its form.
	RuleMembers

	// RuleMessage: userMessage is a string that is not blank.
	RuleMessage
	// RuleMessageMarkup: userMessage holds no markup and no entities.
	RuleMessageMarkup
	// RuleMessageControl: userMessage holds no control, bidi or zero-width characters.
	RuleMessageControl
	// RuleMessageLength: userMessage has at most 300 characters.
	RuleMessageLength

	// RuleClaimType: claims of a user flow are strings, booleans or numbers.
	RuleClaimType
	// RuleClaimName: no claim of a user flow has a name of the contract itself.
	RuleClaimName
	// RuleClaimEmail: no email before the token.
	RuleClaimEmail
	// RuleEmptyArray: no empty array in the claims of a custom policy.
	RuleEmptyArray
	// RuleErrorAsSuccess: no error form under HTTP 200 in a custom policy.
	RuleErrorAsSuccess

	// RuleStep: the kind of answer is legal at the step.
	RuleStep
	// RuleHalt: a halt before the user exists has been configured.
	RuleHalt

	// RuleRefusalStatus: a call without valid credentials gets 401.
	RuleRefusalStatus
	// RuleChallenge: a 401 has a Basic challenge with a realm.
	RuleChallenge
	// RuleRefusalBody: a refusal holds no claims and no action.
	RuleRefusalBody
	// RuleSameBytes: refusals are equal whatever their cause.
	RuleSameBytes
	// RuleMethodStatus: a wrong method gets 405.
	RuleMethodStatus
	// RuleAllow: a 405 says which methods are right.
	RuleAllow

	ruleCount
)

// Rules lists every rule, in the order of their declaration.
func Rules() []Rule {
	all := make([]Rule, ruleCount)
	for i := range all {
		all[i] = Rule(i)
	}
	return all
}

// String is the rule's short name, as in "content-type".
func (r Rule) String() string {
	if r < 0 || r >= ruleCount {
		return fmt.Sprintf("rule(%d)", int(r))
	}
	return clauses[r].name
}

// Clause says where the rule comes from, in the short names of the package
// documentation. It is empty for a Rule that does not exist.
func (r Rule) Clause() string {
	if r < 0 || r >= ruleCount {
		return ""
	}
	return clauses[r].source
}

// Violation is one rule broken by one answer.
type Violation struct {
	Rule   Rule
	Clause string // where the rule comes from
	Detail string // what was found, quoted, and what was expected
}

// Error names the rule, what was found and where the rule comes from.
func (v *Violation) Error() string {
	return fmt.Sprintf("%s: %s [%s]", v.Rule, v.Detail, v.Clause)
}

// Violations takes apart an error of this package, wrapped or not. It is nil for
// a nil error and for an error that holds no Violation.
func Violations(err error) []*Violation {
	switch e := err.(type) { //nolint:errorlint // this is the walk down the tree itself
	case *Violation:
		return []*Violation{e}
	case interface{ Unwrap() error }:
		return Violations(e.Unwrap())
	case interface{ Unwrap() []error }:
		var list []*Violation
		for _, one := range e.Unwrap() {
			list = append(list, Violations(one)...)
		}
		return list
	}
	return nil
}

// findings collects violations, so that one run reports all of them.
type findings struct{ list []error }

func (f *findings) note(r Rule, format string, args ...any) {
	f.list = append(f.list, &Violation{Rule: r, Clause: r.Clause(), Detail: fmt.Sprintf(format, args...)})
}

func (f *findings) err() error { return errors.Join(f.list...) }
