package message

import (
	"net/http"
	"strings"
)

// hollow holds, in lower case, the texts that say no more than the status does:
// the phrases of the IANA registry as net/http knows them, and what gateways
// between us and the validator say of themselves. Their wording is theirs.
var hollow = hollowTexts(
	// The registry's other names.
	"unprocessable content", "content too large", "payload too large", "request entity too large", "uri too long",
	"request-uri too large", "request time-out", "gateway time-out", "service temporarily unavailable", "server error",
	"internal error", "unauthenticated", "unknown error", "none", "404 page not found", "page not found",
	// AWS API Gateway
	"missing authentication token", "endpoint request timed out", "user is not authorized to access this resource",
	"user is not authorized to access this resource with an explicit deny",
	"the security token included in the request is invalid", "the security token included in the request is expired",
	// Kong
	"no route matched with those values", "an invalid response was received from the upstream server",
	"the upstream server is currently unavailable", "the upstream server is timing out", "no api key found in request",
	"invalid authentication credentials", "api rate limit exceeded", "rate limit exceeded",
	// nginx
	"no required ssl certificate was sent", "the ssl certificate error",
	"the plain http request was sent to https port",
	// Envoy, Istio
	"no healthy upstream", "upstream request timeout", "rbac: access denied", "jwt is missing", "jwt verification fails",
	// IIS, Azure
	"the service is unavailable", "service is unavailable", "you do not have permission to view this directory or page",
	"the resource you are looking for has been removed, had its name changed, or is temporarily unavailable",
	"access denied due to missing subscription key. make sure to include subscription key when making requests to an api",
	"access denied due to invalid subscription key. make sure to provide a valid key for an active subscription",
	// Kubernetes
	"default backend",
)

func hollowTexts(texts ...string) map[string]bool {
	set := make(map[string]bool, len(texts)+64)
	for code := 100; code < 600; code++ {
		if phrase := http.StatusText(code); phrase != "" {
			set[strings.ToLower(phrase)] = true
		}
	}
	for _, text := range texts {
		set[text] = true
	}
	return set
}

// repeatsStatus reports whether the text, given in lower case, only repeats a
// status: "Bad Request", "400", "HTTP/1.1 400 Bad Request.", "Error: 409
// Conflict", "Not found (404)".
func repeatsStatus(lower string) bool {
	const trim = " .!:-–—()[]\"'"
	text := strings.Trim(lower, trim)
	for led := false; ; led = true {
		if hollow[text] {
			return true
		}
		first, rest, more := strings.Cut(text, " ")
		switch {
		case statusWord(strings.Trim(first, trim)), led && first == "code":
			if !more {
				return true
			}
			text = strings.Trim(rest, trim)
			continue
		case more:
			last := strings.LastIndexByte(text, ' ')
			if statusCode(strings.Trim(text[last:], trim)) {
				text = strings.Trim(text[:last], trim)
				continue
			}
		}
		return false
	}
}

// statusWord reports whether a word only introduces a status. "code" alone does
// not: "Code not found" is about the reader's code.
func statusWord(word string) bool {
	switch word {
	case "", "error", "http", "http/1.0", "http/1.1", "http/2", "status", "statuscode":
		return true
	}
	return statusCode(word)
}

func statusCode(word string) bool {
	return len(word) == 3 && '1' <= word[0] && word[0] <= '5' && isDigit(word[1]) && isDigit(word[2])
}
