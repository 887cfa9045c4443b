package judge

import (
	"net/http"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/claims"
	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/rulebook"
	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/verdict"
)

// Answer is what an upstream sent: a complete body, as it came.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
	// Languages are the caller's, as BCP 47 tags, best first. They choose among
	// texts that the upstream gives in several. Tags that are none are passed
	// over. Default: the first text that is fit to be shown.
	Languages []string
	// Step and Claims are of the call, for the connector's own rules.
	Step   string
	Claims claims.Object
}

// Finding is a verdict and how it was come by. Its texts may be parts of the whole
// body: who keeps one for longer than the call keeps a copy.
type Finding struct {
	Verdict verdict.Verdict
	Rule    Rule
	Format  Format
	Index   int // of the connector's own rule, from 0, where Rule is RuleConfigured
}

// Judge holds the bounds of judging.
type Judge struct {
	// MaxBody bounds a body after its Content-Encoding is undone, in bytes.
	MaxBody int64
	// Rules are the connector's own. They go before all others; nil has none.
	Rules *rulebook.Book
}

// Failed is the finding where there is no complete answer to read (rule 2).
func Failed(reason verdict.Reason) Finding {
	return fault(reason, RuleNoAnswer, FormatNone)
}

// Answer applies the rules in their order; the first that applies decides.
func (j Judge) Answer(a Answer) Finding {
	early, decided := byStatus(a.Status)
	if decided && j.Rules == nil {
		return early
	}
	b, err := j.read(a)
	if err != nil {
		return Failed(verdict.TooLarge)
	}
	if found, applies := j.byConfiguration(a, b); applies {
		return found
	}
	if decided {
		return early
	}
	if action := b.json.member("action"); action.isSaid() {
		return byAction(a.Status, b, action)
	}
	if b.format == FormatSOAP {
		if found, isFault := bySOAP(b); isFault {
			return found
		}
	}
	switch {
	case a.Status >= 500:
		return fault(verdict.UpstreamError, RuleServerError, b.format)
	case a.Status >= 400:
		return byClientError(a.Status, b)
	default:
		return bySuccess(a.Status, b)
	}
}

func fault(reason verdict.Reason, rule Rule, format Format) Finding {
	return finding(verdict.Fault{Reason: reason}, rule, format)
}

func finding(v verdict.Verdict, rule Rule, format Format) Finding {
	return Finding{Verdict: v, Rule: rule, Format: format}
}

// byStatus is rules 3 and 4, which need no body.
func byStatus(status int) (Finding, bool) {
	switch {
	case status < 200 || status >= 300 && status < 400:
		return fault(verdict.Redirect, RuleRedirect, FormatNone), true
	case status == http.StatusUnauthorized || status == http.StatusProxyAuthRequired:
		return fault(verdict.UpstreamUnauthorized, RuleUnauthorized, FormatNone), true
	}
	return Finding{}, false
}

// byClientError is rules 8 to 13.
func byClientError(status int, b body) Finding {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return fault(verdict.Overloaded, RuleOverloaded, b.format)
	}
	if b.format == FormatHTML {
		return fault(verdict.GatewayPage, RuleGatewayPage, b.format)
	}
	if !b.json.member("userMessage").isEmpty() {
		return finding(invalid(b, clean(texts(b.refusal().member("userMessage")))), RuleUserMessage, FormatContract)
	}
	text, format := extract(b)
	switch status {
	case http.StatusBadRequest, http.StatusPaymentRequired, http.StatusConflict,
		http.StatusPreconditionFailed, http.StatusUnprocessableEntity:
		return finding(invalid(b, text), RuleClientError, format)
	case http.StatusForbidden, http.StatusGone, http.StatusLocked, http.StatusUnavailableForLegalReasons:
		if status == http.StatusForbidden && text == "" {
			return fault(verdict.UpstreamUnauthorized, RuleForbidden, format)
		}
		return finding(verdict.Block{Version: b.version(), Message: text}, RuleForbidden, format)
	default:
		return fault(verdict.UpstreamRejected, RuleRejected, format)
	}
}

// bySuccess is rules 14 to 17.
func bySuccess(status int, b body) Finding {
	switch {
	case status == http.StatusNoContent || b.blank || b.json.kind == 'n' || b.json.kind == '"' && b.json.text == "":
		return finding(verdict.Continue{}, RuleEmpty, FormatNone)
	case b.json.kind != '{':
		return fault(verdict.Unreadable, RuleUnreadable, b.format)
	case saysNo(b.json):
		text, format := extract(b)
		return finding(invalid(b, text), RuleSaysNo, format)
	default:
		return finding(continues(b), RuleClaims, FormatClaims)
	}
}

// byAction is rule 5. The documented spelling is exact; validators are not, and
// the first preview of API connectors had Allow for Continue.
func byAction(status int, b body, action node) Finding {
	rule, format := RuleAction, FormatContract
	switch {
	case action.is("ShowBlockPage"):
		return finding(verdict.Block{Version: b.version(), Message: contractText(b)}, rule, format)
	case action.is("ValidationError"):
		return finding(invalid(b, contractText(b)), rule, format)
	case !action.is("Continue") && !action.is("Allow"):
		return fault(verdict.UnknownAction, rule, format)
	case status >= 400 || b.json.member("status").httpStatus() >= 400:
		return fault(verdict.Contradiction, rule, format)
	default:
		return finding(continues(b), rule, format)
	}
}

// contractText is the userMessage of a contract body, or what else it says.
func contractText(b body) string {
	text, _ := extract(b) // which begins with the userMessage
	return text
}

// saysNo reports whether an object under a 2xx is a refusal (rule 14). What
// design calls `false` and `non-empty` is read as the languages of validators
// write it: 0 and "false" too, a status in a string, which Microsoft's own contract
// allows, an error that is true or a number. JSend's `fail` with its data and
// `error` with its message are recognised as a whole, since `status` alone may be
// a claim.
func saysNo(object node) bool {
	status := object.member("status")
	switch {
	case status.httpStatus() >= 400, object.member("statusCode").httpStatus() >= 400, object.member("success").isFalse():
		return true
	case status.is("fail") && object.member("data").isSaid(), status.is("error") && object.member("message").isSaid():
		return true
	}
	for _, name := range []string{"errors", "error"} {
		switch n := object.member(name); n.kind {
		case '"', '{', '[':
			if !n.isEmpty() {
				return true
			}
		case '0', 't':
			if !n.isFalse() {
				return true
			}
		}
	}
	return false
}

func invalid(b body, text string) verdict.Invalid {
	return verdict.Invalid{Version: b.version(), Message: text}
}

// continues takes every member as a claim; what cannot leave, and so null, is the
// protocol's to drop. The elements of a list have no name and are none.
func continues(b body) verdict.Continue {
	members := make([]claims.Member, len(b.json.names))
	all := make([]byte, 0, len(b.text)) // for nearly all values enough, so that they are parts of one
	for i := range members {
		start := len(all)
		all = b.json.elems[i].appendJSON(all)
		members[i] = claims.Member{Name: b.json.names[i], Value: all[start:len(all):len(all)]}
	}
	return verdict.Continue{Version: b.version(), Claims: claims.New(members...)}
}
