package contract

// clauses names every rule and its source. "Gatehouse" marks a promise of the
// product where Microsoft's pages are silent or more lenient.
var clauses = [ruleCount]struct{ name, source string }{
	RuleProtocol: {"protocol", "Gatehouse: an answer is legal in a named protocol or not at all"},
	RuleBudget:   {"budget", "AD/api-connectors-overview: 5 s in user flows, 10 s in custom policies, two tries"},

	RuleContentType:      {"content-type", "AD/add-api-connector, example responses: Content-type: application/json"},
	RuleContentLength:    {"content-length", "RFC 9112 section 6.3; Gatehouse: chunked answers are undocumented, so a length is sent"},
	RuleContentEncoding:  {"content-encoding", "Gatehouse: compressed answers are undocumented, so none is sent"},
	RuleTransferEncoding: {"transfer-encoding", "Gatehouse: chunked answers are undocumented, so none is sent"},
	RuleTrailer:          {"trailer", "RFC 9110 section 6.5.1: a recipient may drop trailers; Gatehouse sends none"},
	RuleSetCookie:        {"set-cookie", "Gatehouse: an answer keeps no state in the identity provider"},
	RuleLocation:         {"location", "Gatehouse: redirects are undocumented, so none is sent"},
	RuleValidator:        {"validator", "Gatehouse: no validator on an answer that nobody may store, RFC 9111 section 5.2.2.5"},
	RuleNoStore:          {"no-store", "RFC 9111 section 5.2.2.5; Gatehouse: answers hold personal data"},
	RuleServer:           {"server", "RFC 9110 section 10.2.4; Gatehouse: the upstream's software stays unknown"},
	RuleForeignHeader:    {"foreign-header", "Gatehouse: no header of the upstream leaves"},

	RuleBOM:       {"bom", "RFC 8259 section 8.1: no byte order mark"},
	RuleUTF8:      {"utf-8", "RFC 8259 section 8.1: UTF-8"},
	RuleSyntax:    {"syntax", "RFC 8259 section 2; AADB2C90261 for an error that could not be parsed"},
	RuleOneValue:  {"one-value", "RFC 8259 section 2: one value"},
	RuleObject:    {"object", "AD/add-api-connector, example responses: a JSON object"},
	RuleSurrogate: {"surrogate", "RFC 7493 section 2.1: no unpaired surrogates"},
	RuleDuplicate: {"duplicate", "RFC 7493 section 2.3: no duplicate names"},
	RuleNull:      {"null", "AD/api-connectors-overview: no JSON keys with a null value"},

	RulePair:       {"pair", "AD/add-api-connector, example responses; AD/restful-technical-profile, returning validation error"},
	RuleAction:     {"action", "AD/add-api-connector: value must be Continue, ShowBlockPage or ValidationError"},
	RuleBodyStatus: {"body-status", "AD/add-api-connector: 400 or \"400\"; AD/restful-technical-profile: 409"},
	RuleVersion:    {"version", "AD/add-api-connector: version, String, required; AD/restful-technical-profile likewise"},
	RuleMembers:    {"members", "Gatehouse: a refusal holds what the page documents for it and nothing else"},

	RuleMessage:        {"message", "AD/add-api-connector: userMessage, String, required"},
	RuleMessageMarkup:  {"message-markup", "Gatehouse: plain text; HTML in userMessage is undocumented; CWE-79"},
	RuleMessageControl: {"message-control", "Gatehouse: plain text; Unicode UTR 36, bidirectional and invisible characters"},
	RuleMessageLength:  {"message-length", "Gatehouse: at most 300 characters; Microsoft names no limit"},

	RuleClaimType:      {"claim-type", "AD/user-flow-custom-attributes: String, Boolean, Int"},
	RuleClaimName:      {"claim-name", "Gatehouse: the contract's own names are no attributes, AD/add-api-connector"},
	RuleClaimEmail:     {"claim-email", "AD/add-api-connector, before sending the token: with the exception of email"},
	RuleEmptyArray:     {"empty-array", "azure-docs#55126, azure-docs#117328: an empty stringCollection breaks the token"},
	RuleErrorAsSuccess: {"error-as-success", "azure-docs#6915: an error body under HTTP 200 is success"},

	RuleStep: {"step", "AD/add-api-connector, expected response types at each step; AD/add-api-connector-token-enrichment"},
	RuleHalt: {"halt", "Gatehouse: 409 is no documented answer, so sign-up steps halt only by configuration"},

	RuleRefusalStatus: {"refusal-status", "RFC 9110 section 15.5.2; AD/add-api-connector: 401 or 403 points to credentials"},
	RuleChallenge:     {"challenge", "RFC 9110 section 11.6.1 and RFC 7617 section 2: Basic with a realm; AD/secure-rest-api: Basic"},
	RuleRefusalBody:   {"refusal-body", "Gatehouse: nothing about a user leaves without credentials"},
	RuleSameBytes:     {"same-bytes", "Gatehouse: refusals do not tell their cause; CWE-204"},
	RuleMethodStatus:  {"method-status", "RFC 9110 section 15.5.6"},
	RuleAllow:         {"allow", "RFC 9110 section 10.2.1; AD/add-api-connector: a call is a POST"},
}
