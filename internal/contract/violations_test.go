package contract

import "time"

// violations holds at least one case for every rule.
func violations() []violation {
	var all []violation
	add := func(rule Rule, name string, check func(Exchange) error, base, wrong Exchange) {
		all = append(all, violation{rule: rule, name: name, base: base, wrong: wrong, check: check})
	}
	header := func(rule Rule, name string, field string, values ...string) {
		add(rule, name, check, flowContinue, withHeader(flowContinue, field, values...))
		add(rule, name+", refusal", CheckRefusal, refusal, withHeader(refusal, field, values...))
		add(rule, name+", wrong method", CheckWrongMethod, wrongMethod, withHeader(wrongMethod, field, values...))
	}
	body := func(rule Rule, name string, base Exchange, wrong string) {
		add(rule, name, check, base, withBody(base, wrong))
	}
	addFraming(add, header)
	addJSON(body)
	addShapes(add, body)
	addMessages(body)
	addClaims(body)
	addRefusals(add)
	return all
}

type (
	addCase   func(rule Rule, name string, check func(Exchange) error, base, wrong Exchange)
	addHeader func(rule Rule, name string, field string, values ...string)
	addBody   func(rule Rule, name string, base Exchange, wrong string)
)

func addFraming(add addCase, header addHeader) {
	unknown := flowContinue
	unknown.Protocol = "entra_external_id"
	add(RuleProtocol, "unknown", check, flowContinue, unknown)
	unknownRefusal := refusal
	unknownRefusal.Protocol = ""
	add(RuleProtocol, "absent, refusal", CheckRefusal, refusal, unknownRefusal)
	late := flowContinue
	late.Elapsed = late.Budget + time.Nanosecond
	add(RuleBudget, "late", check, flowContinue, late)
	lateRefusal := refusal
	lateRefusal.Elapsed = time.Minute
	add(RuleBudget, "late refusal", CheckRefusal, refusal, lateRefusal)

	header(RuleContentType, "none", "Content-Type")
	header(RuleContentType, "two", "Content-Type", "application/json", "application/json")
	header(RuleContentType, "html", "Content-Type", "text/html; charset=utf-8")
	header(RuleContentType, "problem", "Content-Type", "application/problem+json")
	header(RuleContentType, "latin 1", "Content-Type", "application/json; charset=iso-8859-1")
	header(RuleContentType, "odata", "Content-Type", "application/json; odata.metadata=minimal")
	header(RuleContentType, "two in one line", "Content-Type", "application/json, application/json")
	header(RuleContentLength, "none", "Content-Length")
	header(RuleContentLength, "short", "Content-Length", "12")
	header(RuleContentLength, "twice", "Content-Length", "141", "141")
	header(RuleContentLength, "signed", "Content-Length", "+141")
	header(RuleContentEncoding, "gzip", "Content-Encoding", "gzip")
	header(RuleContentEncoding, "identity", "Content-Encoding", "identity")
	header(RuleTransferEncoding, "chunked", "Transfer-Encoding", "chunked")
	header(RuleTrailer, "announced", "Trailer", "X-Checksum")
	header(RuleTrailer, "late", "Trailer:X-Checksum", "1")
	header(RuleSetCookie, "session", "Set-Cookie", "JSESSIONID=1")
	header(RuleSetCookie, "old form", "Set-Cookie2", "JSESSIONID=1")
	header(RuleLocation, "location", "Location", "https://sign-in.example/")
	header(RuleLocation, "refresh", "Refresh", "0; url=https://sign-in.example/")
	header(RuleValidator, "etag", "Etag", `"1"`)
	header(RuleValidator, "etag as written", "ETag", `"1"`)
	header(RuleValidator, "last-modified", "Last-Modified", "Mon, 02 Jan 2006 15:04:05 GMT")
	header(RuleNoStore, "none", "Cache-Control")
	header(RuleNoStore, "no-cache only", "Cache-Control", "no-cache, max-age=0")
	header(RuleNoStore, "another word", "Cache-Control", "x-no-store")
	header(RuleServer, "iis", "Server", "Microsoft-IIS/10.0")
	header(RuleServer, "both", "Server", "Caddy", "nginx/1.18.0")
	header(RuleForeignHeader, "x-powered-by", "X-Powered-By", "Express")
	header(RuleForeignHeader, "via", "Via", "1.1 Caddy")
	header(RuleForeignHeader, "lower case", "x-aspnet-version", "4.0.30319")
	header(RuleForeignHeader, "allow-origin", "Access-Control-Allow-Origin", "*")
	header(RuleForeignHeader, "retry-after", "Retry-After", "5")
	add(RuleForeignHeader, "challenge of the upstream", check, flowContinue,
		withHeader(flowContinue, "Www-Authenticate", `Basic realm="legacy"`))
	add(RuleForeignHeader, "allow", check, flowContinue, withHeader(flowContinue, "Allow", "POST"))
}

func addJSON(body addBody) {
	for _, base := range []Exchange{flowContinue, policyContinue} {
		p := string(base.Protocol) + ", "
		body(RuleBOM, p+"utf-8", base, "\xef\xbb\xbf"+string(base.Body))
		body(RuleUTF8, p+"latin 1", base, `{"version":"1.0.0","action":"Continue","city":"K`+"\xf6"+`ln"}`)
		body(RuleUTF8, p+"encoded surrogate", base, `{"version":"1.0.0","action":"Continue","city":"`+"\xed\xa0\x80"+`"}`)
		body(RuleSyntax, p+"empty", base, "")
		body(RuleSyntax, p+"truncated", base, `{"version":"1.0.0","action":"Continue"`)
		body(RuleSyntax, p+"html", base, "<html>")
		body(RuleSyntax, p+"comment", base, `{"version":"1.0.0","action":"Continue" // yes`+"\n}")
		body(RuleSyntax, p+"trailing comma", base, `{"version":"1.0.0","action":"Continue",}`)
		body(RuleSyntax, p+"raw newline", base, "{\"version\":\"1.0.0\",\"action\":\"Continue\",\"city\":\"a\nb\"}")
		body(RuleOneValue, p+"two", base, string(base.Body)+string(base.Body))
		body(RuleOneValue, p+"junk", base, string(base.Body)+"\n\x00")
		body(RuleObject, p+"array", base, `["version"]`)
		body(RuleObject, p+"string", base, `"Continue"`)
		body(RuleSurrogate, p+"high", base, `{"version":"1.0.0","action":"Continue","city":"\ud83d"}`)
		body(RuleSurrogate, p+"low", base, `{"version":"1.0.0","action":"Continue","city":"\uDE00!"}`)
		body(RuleSurrogate, p+"in a name", base, `{"version":"1.0.0","action":"Continue","\ud83dx":"a"}`)
		body(RuleSurrogate, p+"two high", base, `{"version":"1.0.0","action":"Continue","city":"\ud83d\ud83d\ude00"}`)
		body(RuleSurrogate, p+"last low", base, `{"version":"1.0.0","action":"Continue","city":"\udfff"}`)
		body(RuleSurrogate, p+"high and a letter", base, `{"version":"1.0.0","action":"Continue","city":"\ud83d\u0041"}`)
		body(RuleSurrogate, p+"high and a later code", base, `{"version":"1.0.0","action":"Continue","city":"\ud83d\uffff"}`)
		body(RuleSurrogate, p+"high and no escape", base, `{"version":"1.0.0","action":"Continue","city":"\ud83dxude00"}`)
		body(RuleDuplicate, p+"claim", base, `{"version":"1.0.0","action":"Continue","city":"a","city":"b"}`)
		body(RuleDuplicate, p+"escaped", base, `{"version":"1.0.0","action":"Continue","city":"a","c\u0069ty":"b"}`)
		body(RuleDuplicate, p+"version", base, `{"version":"1.0.0","version":"1.0.0","action":"Continue"}`)
		body(RuleNull, p+"claim", base, `{"version":"1.0.0","action":"Continue","city":null}`)
	}
	body(RuleDuplicate, "deep", policyContinue, `{"a":[{"b":{"c":1,"c":2}}]}`)
	body(RuleNull, "deep", policyContinue, `{"a":[{"b":[1,null]}]}`)
	body(RuleNull, "optional member", policyError, `{"version":"1.0.0","status":409,"userMessage":"No.","moreInfo":null}`)
	body(RuleObject, "halt", flowHalt, `409`)
}

func addRefusals(add addCase) {
	policy := refusal
	policy.Protocol = CustomPolicy
	status := withBody(refusal, `{"error":"unauthorized"}`)
	forbidden := status
	forbidden.Status = 403
	add(RuleRefusalStatus, "403", CheckRefusal, status, forbidden)
	ok := status
	ok.Status = 200
	add(RuleRefusalStatus, "200", CheckRefusal, status, ok)
	add(RuleChallenge, "none", CheckRefusal, refusal, withHeader(refusal, "Www-Authenticate"))
	add(RuleChallenge, "bearer", CheckRefusal, policy, withHeader(policy, "Www-Authenticate", `Bearer realm="api"`))
	add(RuleChallenge, "no realm", CheckRefusal, refusal, withHeader(refusal, "Www-Authenticate", `Basic`))
	add(RuleChallenge, "empty realm", CheckRefusal, refusal, withHeader(refusal, "Www-Authenticate", `Basic realm=""`))
	add(RuleChallenge, "another scheme's end", CheckRefusal, refusal, withHeader(refusal, "Www-Authenticate", `XBasic realm="api"`))
	add(RuleRefusalBody, "claim", CheckRefusal, refusal, withBody(refusal, `{"status":401,"email":"a@fabrikam.example"}`))
	add(RuleRefusalBody, "action", CheckRefusal, refusal, withBody(refusal, `{"version":"1.0.0","action":"Continue"}`))
	add(RuleRefusalBody, "structure", CheckRefusal, refusal, withBody(refusal, `{"error":{"email":"a@fabrikam.example"}}`))
	add(RuleRefusalBody, "wrong method", CheckWrongMethod, wrongMethod, withBody(wrongMethod, `{"step":"PreTokenIssuance"}`))
	add(RuleSyntax, "empty refusal", CheckRefusal, refusal, withBody(refusal, ""))
	add(RuleSyntax, "text refusal", CheckRefusal, refusal, withBody(refusal, "Unauthorized"))
	add(RuleSyntax, "text wrong method", CheckWrongMethod, wrongMethod, withBody(wrongMethod, "Method not allowed"))
	add(RuleObject, "text as JSON", CheckRefusal, refusal, withBody(refusal, `"Unauthorized"`))
	add(RuleNull, "refusal", CheckRefusal, refusal, withBody(refusal, `{"error":null}`))
	add(RuleDuplicate, "refusal", CheckRefusal, refusal, withBody(refusal, `{"error":"a","error":"b"}`))
	add(RuleBodyStatus, "refusal", CheckRefusal, refusal, withBody(refusal, `{"status":409}`))

	same := func(x Exchange) error { return SameBytes(refusal, x) }
	other := refusal
	other.Status = 403
	add(RuleSameBytes, "status", same, refusal, other)
	add(RuleSameBytes, "body", same, refusal, Exchange{Status: 401, Header: refusal.Header, Body: []byte(`{}`)})
	add(RuleSameBytes, "header value", same, refusal, withHeader(refusal, "Www-Authenticate", `Basic realm="other"`))
	add(RuleSameBytes, "header missing", same, refusal, withHeader(refusal, "Server"))
	add(RuleSameBytes, "header more", same, refusal, withHeader(refusal, "X-Request-Id", "2"))
	add(RuleSameBytes, "header twice", same, refusal, withHeader(refusal, "Server", "Caddy", "Caddy"))

	get := withBody(wrongMethod, "")
	notFound := withBody(wrongMethod, `{"error":"not found"}`)
	notFound.Status = 404
	add(RuleMethodStatus, "404", CheckWrongMethod, wrongMethod, notFound)
	add(RuleAllow, "none", CheckWrongMethod, get, withHeader(get, "Allow"))
	add(RuleAllow, "get as well", CheckWrongMethod, get, withHeader(get, "Allow", "GET, POST"))
	add(RuleAllow, "lower case", CheckWrongMethod, get, withHeader(get, "Allow", "post"))
	policyGet := get
	policyGet.Protocol = CustomPolicy
	add(RuleAllow, "policy without POST", CheckWrongMethod, policyGet, withHeader(policyGet, "Allow", "GET"))
	add(RuleAllow, "policy with PUT", CheckWrongMethod, policyGet, withHeader(policyGet, "Allow", "GET, POST, PUT"))
}
