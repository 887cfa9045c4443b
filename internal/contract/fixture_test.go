package contract

import (
	"net/http"
	"strconv"
	"time"
)

// exchange is a legal frame around a body.
func exchange(p Protocol, step string, status int, body string) Exchange {
	return Exchange{
		Protocol: p, Step: step, Status: status, Body: []byte(body),
		Header: http.Header{
			"Content-Type":   {"application/json"},
			"Content-Length": {strconv.Itoa(len(body))},
			"Cache-Control":  {"no-store"},
			"Date":           {"Mon, 02 Jan 2006 15:04:05 GMT"},
			"Server":         {"Caddy"},
			"X-Request-Id":   {"0190a2f4"},
		},
		Elapsed: 4 * time.Second, Budget: 9 * time.Second,
	}
}

func withHeader(x Exchange, name string, values ...string) Exchange {
	x.Header = x.Header.Clone()
	x.Header.Del(name)
	if len(values) > 0 {
		x.Header[name] = values
	}
	return x
}

func withBody(x Exchange, body string) Exchange {
	x.Body = []byte(body)
	return withHeader(x, "Content-Length", strconv.Itoa(len(body)))
}

// The forms that design and contract allow, one of each.
var (
	flowContinue = exchange(UserFlow, "PostAttributeCollection", 200,
		`{"version":"1.0.0","action":"Continue","postalCode":"12349","extension_0123456789abcdef0123456789abcdef_Points":12,"extension_Member":true}`)
	flowPrefill = exchange(UserFlow, "PostFederationSignup", 200, `{"version":"1.0.0","action":"Continue","city":"Seattle","email":"a@fabrikam.example"}`)
	flowToken   = exchange(UserFlow, "PreTokenIssuance", 200, `{"version":"1.0.0","action":"Continue","extension_Level":"gold"}`)
	flowBlock   = exchange(UserFlow, "PostFederationSignup", 200,
		`{"version":"1.0.0","action":"ShowBlockPage","userMessage":"You are not able to sign up at this time."}`)
	flowInvalid = exchange(UserFlow, "PostAttributeCollection", 400,
		`{"version":"1.0.0","status":400,"action":"ValidationError","userMessage":"Please enter a valid Postal Code."}`)
	flowHalt = exchange(UserFlow, "PreTokenApplicationClaims", 409,
		`{"version":"1.0.0","status":409,"userMessage":"Please try again later."}`)
	policyContinue = exchange(CustomPolicy, "", 200, `{"promoCode":"24534","roles":["a","b"],"contacts":[{"person":{"emails":["x"]}}]}`)
	policyError    = exchange(CustomPolicy, "", 409,
		`{"version":"1.0.1","status":409,"code":"API12345","requestId":"50f0bd91","userMessage":"Loyalty ID '1234' is unknown.","developerMessage":"no row","moreInfo":"https://restapi.example/API12345"}`)
	refusal     = refused()
	wrongMethod = methodRefused()
)

func refused() Exchange {
	x := exchange(UserFlow, "", 401, `{"version":"1.0.0","status":401,"userMessage":"Unauthorized."}`)
	x = withHeader(x, "X-Request-Id") // it would tell two refusals apart
	return withHeader(x, "Www-Authenticate", `Basic realm="api connector", charset="UTF-8"`)
}

func methodRefused() Exchange {
	x := exchange(UserFlow, "", 405, `{"version":"1.0.0","status":405,"userMessage":"Method not allowed."}`)
	x.Method = http.MethodGet
	return withHeader(x, "Allow", "POST")
}

func check(x Exchange) error { _, err := Check(x); return err }

func rulesOf(err error) []Rule {
	var list []Rule
	for _, v := range Violations(err) {
		list = append(list, v.Rule)
	}
	return list
}
