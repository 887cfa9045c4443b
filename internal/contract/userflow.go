package contract

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// contractNames are the members that the contract itself gives a meaning. None
// is an attribute, in any letter case: whether the reader minds the case is
// undocumented, so {"Action":"ShowBlockPage"} beside "action" may not depend on it.
var contractNames = []string{
	"version", "status", "action", "userMessage", "code", "requestId", "developerMessage", "moreInfo",
}

// actions are the words of a user flow and the HTTP status each goes with.
var actions = []struct {
	word   string
	kind   Kind
	status int
}{
	{"Continue", Continue, http.StatusOK},
	{"ShowBlockPage", Block, http.StatusOK},
	{"ValidationError", Invalid, http.StatusBadRequest},
}

func (f *findings) userFlow(x Exchange, doc document) Answer {
	answer := Answer{Kind: f.action(x, doc), Version: f.version(doc)}
	switch answer.Kind {
	case Continue:
		f.userFlowClaims(x, doc)
		answer.Claims = maps.Clone(doc.members)
		delete(answer.Claims, "version")
		delete(answer.Claims, "action")
	case Block:
		answer.Message = f.message(doc)
		f.noOtherMembers(doc, "version", "action", "userMessage")
	case Invalid:
		answer.Message = f.message(doc)
		f.bodyStatus(doc, `400`, `"400"`)
		f.noOtherMembers(doc, "version", "status", "action", "userMessage")
	case Halt:
		answer.Message = f.message(doc)
		f.bodyStatus(doc, `409`)
		f.noOtherMembers(doc, "version", "status", "userMessage")
	case Unclear, Refused:
	}
	f.legalAt(x, answer.Kind)
	return answer
}

// action tells the kind of an answer by its action and checks that the HTTP
// status is the one of that kind. A halt is a 409 without an action.
func (f *findings) action(x Exchange, doc document) Kind {
	raw, present := doc.members["action"]
	if !present {
		if x.Status == http.StatusConflict {
			return Halt
		}
		if x.Status == http.StatusOK || x.Status == http.StatusBadRequest {
			f.note(RuleAction, "there is none under HTTP %d", x.Status)
		}
		return Unclear
	}
	word, _ := text(raw)
	for _, known := range actions {
		if !strings.EqualFold(word, known.word) {
			continue
		}
		if word != known.word {
			f.note(RuleAction, "it is %q, want %q in this letter case", word, known.word)
		}
		// An HTTP status that fits no action has been noted already.
		if x.Status != known.status && slices.Contains(statuses(UserFlow), x.Status) {
			f.note(RulePair, "%s goes with HTTP %d, not %d", known.word, known.status, x.Status)
		}
		return known.kind
	}
	f.note(RuleAction, "it is %.60q, want Continue, ShowBlockPage or ValidationError", raw)
	return Unclear
}

func (f *findings) userFlowClaims(x Exchange, doc document) {
	for _, name := range slices.Sorted(maps.Keys(doc.members)) {
		if name == "version" || name == "action" {
			continue
		}
		raw := doc.members[name]
		ofContract := slices.ContainsFunc(contractNames, func(own string) bool { return strings.EqualFold(own, name) })
		if ofContract {
			f.note(RuleClaimName, "%q is returned as a claim", name)
			continue
		}
		if !scalar(raw) && form(raw) != 'n' { // null has a rule of its own
			f.note(RuleClaimType, "%.60q is %.60q, want a string, boolean or number", name, raw)
		}
		if stageOf(x.Step) == beforeToken && strings.EqualFold(name, "email") {
			f.note(RuleClaimEmail, "%q is returned at %s", name, x.Step)
		}
	}
}

// stage is where in a user flow a call is made.
type stage int

const (
	beforeUser      stage = iota // also for an absent or unknown step
	afterFederation              // before the attribute page is shown
	beforeToken                  // a block page is ignored there
)

// stageOf folds letter case and white space: a step that is meant for the one
// before the token must never get an answer that lets the user in by mistake.
// One page calls that step PreTokenIssuance in its text and
// PreTokenApplicationClaims in its example.
func stageOf(step string) stage {
	step = strings.TrimSpace(step)
	switch {
	case strings.EqualFold(step, "PostFederationSignup"):
		return afterFederation
	case strings.EqualFold(step, "PreTokenIssuance"), strings.EqualFold(step, "PreTokenApplicationClaims"):
		return beforeToken
	}
	return beforeUser
}

func (f *findings) legalAt(x Exchange, kind Kind) {
	at := stageOf(x.Step)
	switch kind {
	case Block:
		if at == beforeToken {
			f.note(RuleStep, "a block page is ignored at %q: the user gets the token", x.Step)
		}
	case Invalid:
		if at != beforeUser {
			f.note(RuleStep, "there is no page to correct at %q", x.Step)
		}
	case Halt:
		if at != beforeToken && !x.HaltConfigured {
			f.note(RuleHalt, "a halt at %q, where none is configured", x.Step)
		}
	case Continue, Unclear, Refused:
	}
}
