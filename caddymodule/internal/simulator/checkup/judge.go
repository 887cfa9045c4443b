package checkup

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"slices"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/simulator"
	"github.com/gatehouse-proxy/gatehouse/internal/contract"
)

// The codes that a user of the flow sees, as far as they are known.
const (
	codeBasic       = "AADB2C90027" // any 401, azure-ad-b2c/samples#273
	codeCertificate = "AADB2C90028" // azure-docs#48001
	codeHTTPError   = "AADB2C90075" // azure-docs#68233
	codeUnparsed    = "AADB2C90261" // an error that could not be parsed
)

// answer is a call's answer that could be read, and what was found in it.
type answer struct {
	asked
	kind     contract.Kind
	problems map[Name][]string
	remarks  []string
	unread   bool
}

// aspectOf is the check that a rule of the contract belongs to; a rule that only
// Gatehouse promises belongs to Plain.
func aspectOf(rule contract.Rule) Name {
	switch rule {
	case contract.RuleContentEncoding:
		return Encoding
	case contract.RuleContentType:
		return ContentType
	case contract.RuleBOM, contract.RuleUTF8, contract.RuleSyntax, contract.RuleOneValue, contract.RuleObject,
		contract.RuleSurrogate, contract.RuleDuplicate:
		return JSON
	case contract.RuleNull:
		return Null
	case contract.RulePair, contract.RuleBodyStatus, contract.RuleErrorAsSuccess:
		return Status
	case contract.RuleAction:
		return Action
	case contract.RuleVersion:
		return Version
	case contract.RuleMessage:
		return Message
	case contract.RuleClaimType, contract.RuleClaimEmail, contract.RuleEmptyArray:
		return Claims
	case contract.RuleStep, contract.RuleHalt:
		return Step
	case contract.RuleProtocol, contract.RuleBudget, contract.RuleContentLength, contract.RuleTransferEncoding,
		contract.RuleTrailer, contract.RuleSetCookie, contract.RuleLocation, contract.RuleValidator,
		contract.RuleNoStore, contract.RuleServer, contract.RuleForeignHeader, contract.RuleMembers,
		contract.RuleMessageMarkup, contract.RuleMessageControl, contract.RuleMessageLength, contract.RuleClaimName,
		contract.RuleRefusalStatus, contract.RuleChallenge, contract.RuleRefusalBody, contract.RuleSameBytes,
		contract.RuleMethodStatus, contract.RuleAllow:
	}
	return Plain
}

// judge reads an answer. What keeps it from being read is its only problem.
func (r *run) judge(x asked) answer {
	a := answer{asked: x, problems: make(map[Name][]string), unread: true}
	only := func(name Name, format string, args ...any) answer {
		a.problems[name] = append(a.problems[name], fmt.Sprintf(format, args...))
		return a
	}
	legal := contract.Exchange{Protocol: r.plan.Protocol, Step: x.step, Status: x.Status}
	legal.Header, legal.Body = r.hide.answer(x.Header, x.Body)
	switch {
	case errors.Is(x.Err, simulator.ErrTimeout):
		return only(Time, "no answer within %s, in %s", inShort(r.plan.Timeout), countOf(len(x.Attempts), "attempt"))
	case x.Err != nil:
		return only(Answered, "%v", x.Err)
	case x.Status/100 == 3:
		return only(Redirect, "HTTP %d to %q", x.Status, x.Header.Get("Location"))
	case x.Status/100 != 2 && x.Status/100 != 4, r.plan.Protocol == contract.UserFlow && !slices.Contains([]int{http.StatusOK, http.StatusBadRequest, http.StatusConflict}, x.Status):
		return only(Status, "HTTP %d is no answer of %s", x.Status, r.plan.Protocol)
	case x.Status == http.StatusUnauthorized:
		return only(Status, "HTTP 401 with the right credentials")
	case len(x.Header.Values("Content-Encoding")) > 0:
		return only(Encoding, "Content-Encoding is %q", x.Header.Values("Content-Encoding"))
	case r.plan.Protocol == contract.CustomPolicy && x.Status/100 == 2 && len(x.Body) == 0:
		// Accepted where no output claim is required; azure-ad-b2c/samples.
		a.kind, a.unread = contract.Continue, false
		return a
	case r.plan.Protocol == contract.CustomPolicy && x.Status/100 == 4 && x.Status != http.StatusConflict:
		// "HTTP 4xx error message, for example 400 or 409", the page since azure-docs PR 92386.
		a.remarks = append(a.remarks, fmt.Sprintf("HTTP %d where 409 is the page's example", x.Status))
		legal.Status = http.StatusConflict
	case r.plan.Protocol == contract.CustomPolicy && x.Status/100 == 2:
		legal.Status = http.StatusOK
	}
	understood, err := contract.Check(legal)
	a.kind = understood.Kind
	for _, broken := range contract.Violations(err) {
		name := aspectOf(broken.Rule)
		if name == ContentType && declared(x.Header) {
			name = Plain // a parameter that the page does not have
		}
		if name == Plain {
			a.remarks = append(a.remarks, broken.Rule.String()+": "+broken.Detail)
			continue
		}
		a.problems[name] = append(a.problems[name], broken.Detail)
	}
	if unreadable := a.problems[JSON]; a.kind == contract.Unclear && len(unreadable) > 0 {
		a.problems = map[Name][]string{JSON: unreadable}
		return a
	}
	a.unread = false
	return a
}

// declared says whether the Content-Type names JSON, with whatever parameters.
func declared(header http.Header) bool {
	values := header.Values("Content-Type")
	if len(values) != 1 {
		return false
	}
	media, _, err := mime.ParseMediaType(values[0])
	return err == nil && media == "application/json"
}

// code is what a user sees of a problem, where that is documented.
func (a answer) code(name Name) string {
	switch name { //nolint:exhaustive // only these are documented
	case Answered, Time:
		return codeUnreachable
	case Status:
		if a.Status != http.StatusOK {
			return codeHTTPError
		}
	case JSON:
		if a.Status != http.StatusOK {
			return codeUnparsed
		}
	}
	return ""
}
