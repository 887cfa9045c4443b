package judge

import "strconv"

// Rule is the rule that decided, by its number in the table of the
// documentation.
type Rule uint8

// The rules.
const (
	RuleConfigured   Rule = iota + 1 // the connector's own `verdicts`
	RuleNoAnswer                     // no complete answer
	RuleRedirect                     // 1xx or 3xx
	RuleUnauthorized                 // 401 or 407
	RuleAction                       // a JSON object with `action`
	RuleSOAPFault                    // a SOAP fault under any status
	RuleServerError                  // 5xx
	RuleOverloaded                   // 408, 425 or 429
	RuleGatewayPage                  // HTML under 4xx
	RuleUserMessage                  // 4xx with a JSON `userMessage`
	RuleClientError                  // 400, 402, 409, 412 or 422
	RuleForbidden                    // 403, 410, 423 or 451
	RuleRejected                     // any other 4xx
	RuleSaysNo                       // a 2xx whose body says no
	RuleClaims                       // a 2xx with a JSON object
	RuleEmpty                        // 204, or a 2xx with nothing in it
	RuleUnreadable                   // a 2xx with anything else
)

// ruleWords are each rule's name and the answers to which it applies.
var ruleWords = [...]struct{ name, applies string }{
	RuleConfigured:   {"configured", "the connector's own `verdicts`"},
	RuleNoAnswer:     {"no_answer", "no complete answer, or one that is too large"},
	RuleRedirect:     {"redirect", "1xx or 3xx; never followed"},
	RuleUnauthorized: {"unauthorized", "401 or 407: the credentials at the upstream are wrong"},
	RuleAction:       {"action", "a JSON object with `action`, under any status"},
	RuleSOAPFault:    {"soap_fault", "a SOAP fault, under any status"},
	RuleServerError:  {"server_error", "5xx"},
	RuleOverloaded:   {"overloaded", "408, 425 or 429"},
	RuleGatewayPage:  {"gateway_page", "HTML under 4xx: a proxy spoke, not the validator"},
	RuleUserMessage:  {"user_message", "4xx with a JSON `userMessage`"},
	RuleClientError:  {"client_error", "400, 402, 409, 412 or 422"},
	RuleForbidden:    {"forbidden", "403, 410, 423 or 451"},
	RuleRejected:     {"rejected", "any other 4xx"},
	RuleSaysNo:       {"says_no", "2xx whose body says no: status, success, errors or error"},
	RuleClaims:       {"claims", "2xx with a JSON object"},
	RuleEmpty:        {"empty", "204, or 2xx with nothing in it"},
	RuleUnreadable:   {"unreadable", "2xx with anything else"},
}

// Name is the rule's word.
func (r Rule) Name() string { return ruleWords[r].name }

// Applies says to which answers the rule applies.
func (r Rule) Applies() string { return ruleWords[r].applies }

// String is the rule's number and name.
func (r Rule) String() string { return strconv.Itoa(int(r)) + " " + r.Name() }

// Format is the family of bodies to which an answer belongs.
type Format uint8

// The formats.
const (
	FormatNone     Format = iota // no body, or none that was looked at
	FormatContract               // a body of the contract: action or userMessage
	FormatClaims                 // an object of claims
	FormatProblem                // RFC 9457
	FormatFields                 // errors by field, or a list of them
	FormatMessage                // one text in a member of an object
	FormatSOAP                   // SOAP 1.1 or 1.2
	FormatText                   // plain text
	FormatHTML                   // a page
	FormatOther                  // anything else
	formatCount
)

var formatNames = [formatCount]string{"none", "contract", "claims", "problem", "fields", "message", "soap", "text", "html", "other"}

// String is the format's word in metrics and logs.
func (f Format) String() string { return formatNames[f] }

// Formats lists all formats.
func Formats() []Format {
	all := make([]Format, formatCount)
	for i := range all {
		all[i] = Format(i)
	}
	return all
}
