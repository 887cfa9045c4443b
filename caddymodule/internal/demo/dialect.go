package demo

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"strings"
)

// Dialect is how the validator says no.
type Dialect string

// The dialects. DialectJSON is what Microsoft's page asks for.
const (
	DialectJSON    Dialect = "json"
	DialectProblem Dialect = "problem" // RFC 9457
	DialectSOAP    Dialect = "soap"    // 1.1
	DialectPlain   Dialect = "plain"
	DialectHTML    Dialect = "html" // it does not say no, it falls over
)

var dialects = []Dialect{DialectJSON, DialectProblem, DialectSOAP, DialectPlain, DialectHTML}

// reply is one answer of the validator.
type reply struct {
	status      int
	contentType string
	body        string
}

func (a reply) write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", a.contentType)
	w.WriteHeader(a.status)
	_, _ = w.Write([]byte(a.body)) // the caller is gone; there is nobody to tell
}

// no refuses something that a person can correct.
func (d Dialect) no(text string) reply {
	switch d {
	case DialectJSON:
		return object(http.StatusConflict, "application/json", struct {
			Version     string `json:"version"`
			Status      int    `json:"status"`
			UserMessage string `json:"userMessage"`
		}{"1.0.1", http.StatusConflict, text})
	case DialectProblem:
		return object(http.StatusUnprocessableEntity, "application/problem+json",
			problem{"https://contoso.com/problems/loyalty-id", "Your registration is not valid.", http.StatusUnprocessableEntity, text})
	case DialectSOAP:
		var escaped bytes.Buffer
		_ = xml.EscapeText(&escaped, []byte(text)) // a buffer does not fail
		return reply{http.StatusInternalServerError, "text/xml; charset=utf-8", fmt.Sprintf(soapFault, escaped.String())}
	case DialectPlain:
		return reply{http.StatusBadRequest, "text/plain; charset=utf-8", text}
	case DialectHTML:
		return reply{http.StatusInternalServerError, "text/html; charset=utf-8", crashPage}
	}
	return reply{status: http.StatusInternalServerError}
}

// never refuses what nobody can correct. A 403 says so in every dialect that has
// HTTP; of the two that have not, their front door says it.
func (d Dialect) never(text string) reply {
	switch d {
	case DialectJSON:
		return object(http.StatusForbidden, "application/json", struct {
			Code    string `json:"code"`
			Message string `json:"message"`
		}{"MEMBERSHIP_CLOSED", text})
	case DialectProblem:
		return object(http.StatusForbidden, "application/problem+json",
			problem{"https://contoso.com/problems/membership-closed", "The membership was closed.", http.StatusForbidden, text})
	case DialectSOAP, DialectPlain, DialectHTML:
		return reply{http.StatusForbidden, "text/plain; charset=utf-8", text}
	}
	return reply{status: http.StatusInternalServerError}
}

// object is a body of JSON, its members in the order of the fields.
func object(status int, contentType string, members any) reply {
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(members) // strings and numbers do not fail
	return reply{status, contentType, strings.TrimSpace(body.String())}
}

// problem is the form of RFC 9457, section 3.1.
type problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
}

const soapFault = `<?xml version="1.0"?>
<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/">
<soap:Body><soap:Fault>
<faultcode>soap:Client</faultcode>
<faultstring>%s</faultstring>
</soap:Fault></soap:Body>
</soap:Envelope>`

// crashPage is in the manner of a framework's error page: much that nobody who
// signs up should read.
const crashPage = `<html><head><title>Server Error</title></head>
<body><h1>Server Error in '/Loyalty' Application.</h1>
<p>System.NullReferenceException: Object reference not set to an instance of an object.</p>
<pre>   at Contoso.Loyalty.Members.Find(String id) in C:\src\Members.cs:line 42</pre>
</body></html>`
