package judge

import "strings"

// echoes are members that repeat what was sent, which may be a password, or speak
// to developers (CWE-209). They are never read, whatever the shape around them.
// Names are in lower case without separators; their plurals count as well.
var echoes = map[string]bool{
	// Spring, FluentValidation, Pydantic, express-validator.
	"rejectedvalue": true, "attemptedvalue": true, "invalidvalue": true, "input": true, "value": true, "argument": true,
	// Spring, Laravel, ASP.NET, Express.
	"trace": true, "stacktrace": true, "stack": true, "backtrace": true, "exception": true, "exceptionmessage": true,
	"exceptiontype": true, "innerexception": true, "messagedetail": true,
	// The form or the query as it came: Go's r.Form, Python's parse_qs, Laravel's old.
	"request": true, "body": true, "form": true, "old": true, "submitted": true, "received": true, "given": true,
	"actual": true, "payload": true, "query": true, "param": true, "parameter": true,
	// OData, Microsoft's REST guidelines, the contract's own.
	"innererror": true, "debug": true, "debugmessage": true, "debuginfo": true, "developermessage": true, "moreinfo": true,
}

var separators = strings.NewReplacer("_", "", "-", "", ".", "", " ", "")

func isEcho(name string) bool {
	const longest = 32 // separators included
	if len(name) > longest {
		return false
	}
	name = separators.Replace(strings.ToLower(name))
	return echoes[name] || echoes[strings.TrimSuffix(name, "s")]
}
