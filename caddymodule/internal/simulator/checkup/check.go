package checkup

// Name is a check's name, in reports and on the page docs/check.md.
type Name string

// The checks.
const (
	TLS12             Name = "tls-1.2"
	TLSSuites         Name = "tls-suites"
	TLSOld            Name = "tls-old"
	CertificateName   Name = "certificate-name"
	CertificateExpiry Name = "certificate-expiry"
	CertificateChain  Name = "certificate-chain"

	AuthNone  Name = "auth-none"
	AuthWrong Name = "auth-wrong"
	AuthRight Name = "auth-right"

	Answered    Name = "answered"
	Time        Name = "time"
	Redirect    Name = "redirect"
	Status      Name = "status"
	Encoding    Name = "encoding"
	JSON        Name = "json"
	ContentType Name = "content-type"
	Null        Name = "null"
	Version     Name = "version"
	Action      Name = "action"
	Message     Name = "message"
	Claims      Name = "claims"
	Step        Name = "step"
	Expected    Name = "expected"
	Plain       Name = "plain"

	ClaimsAbsent   Name = "claims-absent"
	ClaimsNull     Name = "claims-null"
	ClaimsEmpty    Name = "claims-empty"
	ClaimsLong     Name = "claims-long"
	ClaimsNonLatin Name = "claims-non-latin"

	Retry       Name = "retry"
	RetryAtOnce Name = "retry-at-once"

	WrongMethod Name = "wrong-method"
	WrongType   Name = "wrong-type"
	WrongBody   Name = "wrong-body"
)

// Check is one question to an endpoint.
type Check struct {
	Name   Name
	Asks   string // what is asked
	Source string // why, in the short names of package contract
	Means  string // what a failure means for a user of the flow
	Remedy string
}

const (
	cipherPage  = "AD/https-cipher-tls-requirements"
	connector   = "AD/add-api-connector"
	profile     = "AD/restful-technical-profile"
	overview    = "AD/api-connectors-overview"
	securing    = "AD/secure-rest-api"
	nobodyGets  = "The endpoint cannot be reached over TLS: each sign-up ends with an error page."
	generic     = "The sign-up ends with the provider's own error instead of the answer that was meant."
	undefined   = "What the provider makes of it is documented nowhere: the sign-up may end with an error page, or go on."
	certificate = "AD/secure-rest-api; that the provider verifies the chain is inferred, since no page says that it takes a self-signed certificate"
)

// Checks lists every check in the order of a report.
func Checks() []Check {
	return []Check{
		{TLS12, "Is TLS 1.2 offered?", cipherPage, nobodyGets, "Offer TLS 1.2 as well as TLS 1.3."},
		{TLSSuites, "Is one of the eight suites offered that the provider has?", cipherPage, nobodyGets, "Offer an ECDHE suite with AES-GCM that fits the key of the certificate, ECDSA or RSA."},
		{TLSOld, "Are TLS 1.0 and 1.1 refused?", "RFC 8996; " + cipherPage, "Nothing that they see: claims and credentials can be read by who can talk a connection down.", "Switch off everything below TLS 1.2."},
		{CertificateName, "Is the certificate for this host?", certificate + "; RFC 9525", nobodyGets, "Take a certificate that has the host among its subject alternative names."},
		{CertificateExpiry, "Is the certificate valid now?", certificate + "; RFC 5280 section 4.1.2.5", nobodyGets, "Renew the certificate, and let it renew itself (ACME)."},
		{CertificateChain, "Does a known authority vouch for the certificate?", certificate + "; RFC 5280 section 6", nobodyGets, "Take a certificate of a public authority and send its intermediates along. On a machine of your own: --cacert."},

		{AuthNone, "Is a call without credentials refused?", securing, "Anybody on the internet can ask the endpoint about anybody, and use up what it gives away.", "Refuse with 401 what has neither the right Basic credentials nor the right client certificate."},
		{AuthWrong, "Is a call with wrong credentials refused?", securing, "Anybody on the internet can ask the endpoint about anybody, and use up what it gives away.", "Compare the credentials, name and password or the certificate's thumbprint, and refuse with 401."},
		{AuthRight, "Is a call with the right credentials let in?", securing + "; " + connector + ", monitoring: 401 and 403 point to credentials", "Each sign-up ends with an error page.", "Compare both sides' credentials; a password may hold colons (RFC 7617) and characters beyond ASCII, and certificates may have been renewed."},

		{Answered, "Does an answer come?", overview, generic, "Look at the endpoint's log, and at what stands in between: an answer has to come back whole, under 1 MiB."},
		{Time, "Does the answer come in the time that the provider waits?", overview + ": 5 s in user flows, 10 s in custom policies, two tries", "They wait for two time-outs, then the sign-up ends with an error page.", "Answer sooner: keep the service warm, do slow work afterwards. Gatehouse in front absorbs up to twice the time-out."},
		{Redirect, "Is it answered here and not elsewhere?", connector + "; what the provider makes of a redirect is documented nowhere", undefined, "Configure the final address, without a redirect to https, to another host or to a login page."},
		{Status, "Do HTTP status and body belong together?", connector + ", example responses; " + profile + ", returning validation error; azure-docs#6915: an error under HTTP 200 is success", "They read the provider's own error instead of your message, or a refusal counts as a success.", "User flow: 200 for Continue and ShowBlockPage, 400 with \"status\":400 for ValidationError. Custom policy: 200 with claims, 409 with \"status\":409."},
		{Encoding, "Is the answer sent without compression?", "RFC 9110 section 12.5.3; that the provider unpacks an answer is documented nowhere", undefined, "Do not compress answers to calls that did not ask for it."},
		{JSON, "Is the body one JSON object, without duplicate names?", "RFC 8259; RFC 7493 section 2; " + connector + ", example responses", generic, "Answer with JSON in each case, errors and error pages too."},
		{ContentType, "Is it declared as application/json?", connector + ", example responses", undefined, "Send Content-Type: application/json."},
		{Null, "Is no member null?", overview + ": no JSON keys with a null value", undefined, "Leave out what has no value, or send \"\" or 0."},
		{Version, "Is there a version?", connector + "; " + profile + ": version, String, required", generic, "Send \"version\":\"1.0.0\", a string; look whether your serialiser leaves it out."},
		{Action, "Is the action one of the three, in exact letter case?", connector, generic, "Send Continue, ShowBlockPage or ValidationError."},
		{Message, "Does a refusal have a userMessage?", connector + "; " + profile + ": userMessage, String, required", "They are refused and not told why.", "Send a userMessage that a person can act upon."},
		{Claims, "Have the claims types that can be stored?", "AD/user-flow-custom-attributes: String, Boolean, Int; " + connector + ": not email before the token; azure-docs#55126: no empty list", "The claim is lost, or no token can be issued.", "Join lists to a string, leave out empty lists and objects, and email at PreTokenIssuance."},
		{Step, "Is the answer one that the step allows?", connector + ", expected response types at each step", "A block page before the token is ignored, so they get in; any other such answer ends in an error page.", "PostFederationSignup: Continue, ShowBlockPage. PostAttributeCollection: also ValidationError. PreTokenIssuance: Continue; HTTP 409 is an error that stops it."},
		{Expected, "Is it what --expect says?", "the command line", "They get another answer than you meant.", "Look at the claims that were sent (--claims) and at the rules of the endpoint."},
		{Plain, "Is it without anything of which no page tells what the provider does?", "package contract: rules that only Gatehouse promises", "Nothing that is known; it never fails.", "Send a Content-Length, Cache-Control: no-store, short plain text, and no cookies, validators or headers that name software."},

		{ClaimsAbsent, "Is a call answered that has the fewest claims?", connector + ": a claim without a value is not sent", generic, "Treat every claim as optional, and what is missing as empty."},
		{ClaimsNull, "Is a call answered whose claims are null?", profile + ": a policy can make its own body (ClaimUsedForRequestPayload), with null in it; Gatehouse: the same as absent", generic, "Treat null as absent."},
		{ClaimsEmpty, "Is a call answered whose claims are empty?", connector + ": a person can leave a field empty; Gatehouse: the same as absent", generic, "Treat \"\" as absent."},
		{ClaimsLong, "Is a call answered whose claims are as long as attributes can be?", "AD/user-profile-attributes: the greatest lengths; AD/user-flow-custom-attributes: 250", generic, "Allow for the greatest lengths, or answer with a ValidationError."},
		{ClaimsNonLatin, "Is a call answered whose claims are in other scripts?", "RFC 8259 section 8.1: UTF-8", generic, "Read and answer in UTF-8 throughout."},

		{Retry, "Does the same call get the same answer again?", overview + ": two tries, and nothing tells the second from the first", "Where the first answer is late they get that of the second try, such as \"already registered\" for what the first try did.", "Recognise a call by its content and give it the same answer for a while. Gatehouse in front does so."},
		{RetryAtOnce, "Do two equal calls at once get the same answer?", overview + ": the second try can arrive while the first is at work", "As of retry.", "As of retry, also for a call that is still at work. Gatehouse in front asks once for both."},

		{WrongMethod, "Is a GET refused (user flow)?", connector + ": a call is a POST; RFC 9110 section 15.5.6", "Nothing that they see: claims in addresses end up in logs and caches.", "Answer 405 to all but POST."},
		{WrongType, "Is a call of a wrong Content-Type answered?", "RFC 9110 section 15.5.16", "Nothing that they see: what fails on this may fail on what is sent tomorrow.", "Answer with 415 or as to a right one, without failing."},
		{WrongBody, "Is a broken body refused?", "RFC 8259; " + connector, "A sign-up can go on that nobody has checked.", "Answer what cannot be read with an error, HTTP 400, and never with a Continue."},
	}
}
