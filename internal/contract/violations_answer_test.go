package contract

import "strings"

func addShapes(add addCase, body addBody) {
	status := func(x Exchange, status int) Exchange { x.Status = status; return x }
	at := func(x Exchange, step string) Exchange { x.Step = step; return x }

	add(RulePair, "500 Continue", check, flowContinue, status(flowContinue, 500))
	add(RulePair, "201 Continue", check, flowContinue, status(flowContinue, 201))
	add(RulePair, "204 Continue", check, flowContinue, status(flowContinue, 204))
	add(RulePair, "302 Continue", check, flowContinue, status(flowContinue, 302))
	add(RulePair, "400 Continue", check, flowContinue, status(flowContinue, 400))
	add(RulePair, "401 Continue", check, flowContinue, status(flowContinue, 401))
	add(RulePair, "403 halt", check, flowHalt, status(flowHalt, 403))
	add(RulePair, "409 Continue", check, flowContinue, status(flowContinue, 409))
	add(RulePair, "400 ShowBlockPage", check, flowBlock, status(flowBlock, 400))
	add(RulePair, "409 ShowBlockPage", check, flowBlock, status(flowBlock, 409))
	add(RulePair, "200 ValidationError", check, flowInvalid, status(flowInvalid, 200))
	add(RulePair, "409 ValidationError", check, flowInvalid, status(flowInvalid, 409))
	add(RulePair, "policy 400", check, policyError, status(policyError, 400))
	add(RulePair, "policy 204", check, policyContinue, status(policyContinue, 204))
	add(RulePair, "policy 500", check, policyError, status(policyError, 500))

	body(RuleAction, "none", flowContinue, `{"version":"1.0.0"}`)
	body(RuleAction, "lower case", flowContinue, `{"version":"1.0.0","action":"continue"}`)
	body(RuleAction, "camel case", flowBlock, `{"version":"1.0.0","action":"showBlockPage","userMessage":"No."}`)
	body(RuleAction, "upper case", flowInvalid, `{"version":"1.0.0","status":400,"action":"VALIDATIONERROR","userMessage":"No."}`)
	body(RuleAction, "first preview", flowContinue, `{"version":"1.0.0","action":"Allow"}`)
	body(RuleAction, "number", flowContinue, `{"version":"1.0.0","action":1}`)
	body(RuleAction, "empty", flowContinue, `{"version":"1.0.0","action":""}`)
	body(RuleAction, "none under 400", flowInvalid, `{"version":"1.0.0","status":400,"userMessage":"No."}`)
	body(RuleAction, "halt form under 200", flowContinue, `{"version":"1.0.0","status":409,"userMessage":"No."}`)

	body(RuleBodyStatus, "none", flowInvalid, `{"version":"1.0.0","action":"ValidationError","userMessage":"No."}`)
	body(RuleBodyStatus, "409 under 400", flowInvalid, `{"version":"1.0.0","status":409,"action":"ValidationError","userMessage":"No."}`)
	body(RuleBodyStatus, "fraction", flowInvalid, `{"version":"1.0.0","status":400.0,"action":"ValidationError","userMessage":"No."}`)
	body(RuleBodyStatus, "boolean", flowInvalid, `{"version":"1.0.0","status":true,"action":"ValidationError","userMessage":"No."}`)
	body(RuleBodyStatus, "halt without", flowHalt, `{"version":"1.0.0","userMessage":"No."}`)
	body(RuleBodyStatus, "halt as string", flowHalt, `{"version":"1.0.0","status":"409","userMessage":"No."}`)
	body(RuleBodyStatus, "policy 400", policyError, `{"version":"1.0.0","status":400,"userMessage":"No."}`)
	body(RuleBodyStatus, "policy without", policyError, `{"version":"1.0.0","userMessage":"No."}`)

	body(RuleVersion, "none", flowContinue, `{"action":"Continue"}`)
	body(RuleVersion, "empty", flowContinue, `{"version":"","action":"Continue"}`)
	body(RuleVersion, "blank", flowBlock, `{"version":" ","action":"ShowBlockPage","userMessage":"No."}`)
	body(RuleVersion, "number", flowInvalid, `{"version":1,"status":400,"action":"ValidationError","userMessage":"No."}`)
	body(RuleVersion, "another letter case", flowHalt, `{"status":409,"userMessage":"No."}`)
	body(RuleVersion, "policy error", policyError, `{"status":409,"userMessage":"No."}`)

	body(RuleMembers, "block with status", flowBlock, `{"version":"1.0.0","action":"ShowBlockPage","userMessage":"No.","status":200}`)
	body(RuleMembers, "block with claim", flowBlock, `{"version":"1.0.0","action":"ShowBlockPage","userMessage":"No.","city":"a"}`)
	body(RuleMembers, "invalid with developerMessage", flowInvalid, `{"version":"1.0.0","status":400,"action":"ValidationError","userMessage":"No.","developerMessage":"row 3"}`)
	body(RuleMembers, "halt with code", flowHalt, `{"version":"1.0.0","status":409,"userMessage":"No.","code":"x"}`)
	body(RuleMembers, "policy with stack", policyError, `{"version":"1.0.0","status":409,"userMessage":"No.","stack":"x"}`)
	body(RuleMembers, "policy with another letter case", policyError, `{"version":"1.0.0","status":409,"userMessage":"No.","UserMessage":"Yes."}`)
	body(RuleMembers, "policy with a number for code", policyError, `{"version":"1.0.0","status":409,"userMessage":"No.","code":7}`)

	add(RuleStep, "block before the token", check, flowBlock, at(flowBlock, "PreTokenIssuance"))
	add(RuleStep, "block before the token, other name", check, flowBlock, at(flowBlock, "PreTokenApplicationClaims"))
	add(RuleStep, "block before the token, lower case", check, flowBlock, at(flowBlock, "pretokenissuance"))
	add(RuleStep, "block before the token, white space", check, flowBlock, at(flowBlock, " PRETOKENAPPLICATIONCLAIMS\t"))
	add(RuleStep, "invalid before the token", check, flowInvalid, at(flowInvalid, "PreTokenIssuance"))
	add(RuleStep, "invalid after federation", check, flowInvalid, at(flowInvalid, "PostFederationSignup"))
	add(RuleStep, "invalid after federation, other case", check, flowInvalid, at(flowInvalid, "postFederationSignUp"))
	add(RuleHalt, "after federation", check, flowHalt, at(flowHalt, "PostFederationSignup"))
	add(RuleHalt, "before the user", check, flowHalt, at(flowHalt, "PostAttributeCollection"))
	add(RuleHalt, "step absent", check, flowHalt, at(flowHalt, ""))
}

func addMessages(body addBody) {
	wrap := func(x Exchange, message string) string {
		switch x.Status {
		case 200:
			return `{"version":"1.0.0","action":"ShowBlockPage","userMessage":` + message + `}`
		case 400:
			return `{"version":"1.0.0","status":400,"action":"ValidationError","userMessage":` + message + `}`
		}
		return `{"version":"1.0.0","status":409,"userMessage":` + message + `}`
	}
	for name, base := range map[string]Exchange{"block": flowBlock, "invalid": flowInvalid, "halt": flowHalt, "policy": policyError} {
		message := func(rule Rule, is, text string) { body(rule, name+", "+is, base, wrap(base, text)) }
		message(RuleMessage, "empty", `""`)
		message(RuleMessage, "blank", `" \u00a0"`)
		message(RuleMessage, "number", `409`)
		message(RuleMessage, "object", `{"en":"No."}`)
		message(RuleMessage, "list", `["No."]`)
		message(RuleMessageMarkup, "tag", `"<b>No.</b>"`)
		message(RuleMessageMarkup, "open tag", `"No. <img src=x onerror=alert(1) "`)
		message(RuleMessageMarkup, "end tag", `"No.</p>"`)
		message(RuleMessageMarkup, "comment", `"No.<!-- x -->"`)
		message(RuleMessageMarkup, "escaped in JSON", `"\u003cscript\u003ex"`)
		message(RuleMessageMarkup, "entity", `"Fish &amp; chips"`)
		message(RuleMessageMarkup, "numbered entity", `"It&#39;s taken"`)
		message(RuleMessageMarkup, "hexadecimal entity", `"It&#x27;s taken"`)
		message(RuleMessageControl, "newline", `"No.\nNever."`)
		message(RuleMessageControl, "tab", `"No.\tNever."`)
		message(RuleMessageControl, "NUL", `"No.\u0000"`)
		message(RuleMessageControl, "DEL", `"No.\u007f"`)
		message(RuleMessageControl, "C1", `"No.\u0085"`)
		message(RuleMessageControl, "line separator", `"No.\u2028Never."`)
		message(RuleMessageControl, "right-to-left override", `"\u202eNo."`)
		message(RuleMessageControl, "isolate", `"\u2066No.\u2069"`)
		message(RuleMessageControl, "Arabic letter mark", `"\u061cNo."`)
		message(RuleMessageControl, "zero-width space", `"N\u200bo."`)
		message(RuleMessageControl, "word joiner", `"N\u2060o."`)
		message(RuleMessageControl, "byte order mark", `"\ufeffNo."`)
		message(RuleMessageControl, "soft hyphen", `"post\u00adal"`)
		message(RuleMessageControl, "tag character", `"No.\udb40\udc41"`)
		message(RuleMessageLength, "301 characters", `"`+strings.Repeat("a", 301)+`"`)
		message(RuleMessageLength, "301 characters of two bytes", `"`+strings.Repeat("é", 301)+`"`)
	}
	body(RuleMessage, "block without", flowBlock, `{"version":"1.0.0","action":"ShowBlockPage"}`)
	body(RuleMessage, "invalid without", flowInvalid, `{"version":"1.0.0","status":400,"action":"ValidationError"}`)
	body(RuleMessage, "halt without", flowHalt, `{"version":"1.0.0","status":409}`)
	body(RuleMessage, "policy without", policyError, `{"version":"1.0.0","status":409}`)
}

func addClaims(body addBody) {
	body(RuleClaimType, "array", flowContinue, `{"version":"1.0.0","action":"Continue","extension_Roles":["a","b"]}`)
	body(RuleClaimType, "empty array", flowContinue, `{"version":"1.0.0","action":"Continue","extension_Roles":[]}`)
	body(RuleClaimType, "object", flowPrefill, `{"version":"1.0.0","action":"Continue","address":{"city":"a"}}`)
	body(RuleClaimType, "identities", flowToken, `{"version":"1.0.0","action":"Continue","identities":[{"issuer":"a"}]}`)
	for _, name := range contractNames {
		if name != "version" && name != "action" {
			body(RuleClaimName, name, flowContinue, `{"version":"1.0.0","action":"Continue","`+name+`":"x"}`)
		}
		body(RuleClaimName, strings.ToUpper(name), flowContinue, `{"version":"1.0.0","action":"Continue","`+strings.ToUpper(name)+`":"x"}`)
	}
	body(RuleClaimName, "an object", flowContinue, `{"version":"1.0.0","action":"Continue","moreInfo":{"a":1}}`)
	body(RuleClaimEmail, "as sent", flowToken, `{"version":"1.0.0","action":"Continue","email":"a@fabrikam.example"}`)
	body(RuleClaimEmail, "another letter case", flowToken, `{"version":"1.0.0","action":"Continue","Email":"a@fabrikam.example"}`)
	other := flowToken
	other.Step = "PreTokenApplicationClaims"
	body(RuleClaimEmail, "other name of the step", other, `{"version":"1.0.0","action":"Continue","email":"a@fabrikam.example"}`)

	body(RuleEmptyArray, "claim", policyContinue, `{"roles":[]}`)
	body(RuleEmptyArray, "white space", policyContinue, `{"roles":[ ]}`)
	body(RuleEmptyArray, "reached by a JSON path", policyContinue, `{"contacts":[{"emails":[]}]}`)
	body(RuleEmptyArray, "in an array", policyContinue, `{"roles":["a",[]]}`)
	body(RuleErrorAsSuccess, "error form", policyContinue, `{"version":"1.0.0","status":409,"userMessage":"No."}`)
	body(RuleErrorAsSuccess, "error form, string", policyContinue, `{"version":"1.0.0","status":"400","userMessage":"No."}`)
	body(RuleErrorAsSuccess, "block page", policyContinue, `{"version":"1.0.0","action":"ShowBlockPage"}`)
	body(RuleErrorAsSuccess, "block page, another letter case", policyContinue, `{"action":"showBlockPage","userMessage":"No."}`)
	body(RuleErrorAsSuccess, "validation error", policyContinue, `{"version":"1.0.0","action":"validationError"}`)
}
