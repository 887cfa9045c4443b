package judge

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// What an error body echoes may be a password, and what it says for developers
// shows how the validator is built (CWE-209). None of it is ever shown: not as
// a text, not as a field's name, whatever the shape around it.
func TestEchoesAreNeverShown(t *testing.T) {
	t.Parallel()
	const secret = "hunter2"
	names := []string{
		"rejectedValue", "input", "value", "trace", "stackTrace", "StackTrace", "exception", "ExceptionMessage", "ExceptionType",
		"developerMessage", "moreInfo", "arguments", "attemptedValue", "invalidValue", "rejected_value", "inputs", "values", "stack",
		"InnerException", "innererror", "messageDetail", "debug",
	}
	for shape, body := range map[string]string{
		"beside a message":          `{"message":"Wrong code.","$":"hunter2"}`,
		"alone":                     `{"$":"hunter2"}`,
		"a list alone":              `{"$":["hunter2"]}`,
		"a list beside a map":       `{"$":["hunter2"],"email":["is wrong"]}`,
		"beside errors":             `{"errors":{"email":["is wrong"]},"$":["hunter2"]}`,
		"in errors":                 `{"errors":{"email":["is wrong"],"$":"hunter2"}}`,
		"in a field of errors":      `{"errors":{"email":{"$":"hunter2","location":"body"}}}`,
		"beside a text of a field":  `{"errors":{"email":{"$":"hunter2","msg":"is wrong"}}}`,
		"beside an object as text":  `{"errors":{"email":{"$":"hunter2","msg":{"code":1},"param":"email","location":"body"}}}`,
		"in an element":             `{"errors":[{"$":"hunter2","msg":"is wrong","param":"email"}]}`,
		"in an element alone":       `{"errors":[{"$":"hunter2"}]}`,
		"a list in an element":      `{"errors":[{"$":["hunter2"]}]}`,
		"in an object as a text":    `{"errors":[{"$":"hunter2","msg":{"code":1},"param":"email"}]}`,
		"in details":                `{"message":"Wrong code.","details":{"$":"hunter2"}}`,
		"in detail":                 `{"detail":{"$":"hunter2","message":"Wrong code."}}`,
		"in Pydantic's detail":      `{"detail":[{"loc":["body","code"],"msg":"Wrong","$":{"password":"hunter2"}}]}`,
		"in error":                  `{"error":{"message":"Wrong code.","$":"hunter2"}}`,
		"in error alone":            `{"error":{"$":["hunter2"]}}`,
		"an error in it":            `{"$":{"message":"hunter2","code":"x"},"email":["is wrong"]}`,
		"an error in it in error":   `{"error":{"$":{"message":"hunter2","code":"x"}}}`,
		"an error in an element":    `{"errors":[{"$":{"message":"hunter2","code":"x"}}]}`,
		"a list of errors in it":    `{"$":[{"message":"hunter2"}]}`,
		"as a field of errors":      `{"errors":{"$":{"message":"hunter2"},"email":"is wrong"}}`,
		"in JSend's data":           `{"status":"fail","data":{"$":"hunter2","email":"is wrong"}}`,
		"as JSend's data":           `{"status":"fail","data":[{"$":"hunter2"}]}`,
		"in OData's message":        `{"odata.error":{"message":{"$":"hunter2"}}}`,
		"in a message":              `{"message":{"$":"hunter2"}}`,
		"beside a language":         `{"message":{"en":"Wrong code.","$":"hunter2"}}`,
		"beside OData's language":   `{"message":{"lang":"en","code":"1","$":"hunter2"}}`,
		"in the userMessage":        `{"userMessage":{"$":"hunter2"}}`,
		"in a problem":              `{"type":"x","title":"Wrong","$":"hunter2"}`,
		"in a detail of Google's":   `{"code":3,"message":"Wrong","details":[{"@type":"x.BadRequest","$":"hunter2","fieldViolations":[{"field":"code","description":"is wrong","$":"hunter2"}]}]}`,
		"in a fault of GraphQL":     `{"errors":[{"message":"Wrong","extensions":{"$":["hunter2"]}}]}`,
		"in express's msg":          `{"errors":[{"msg":{"$":"hunter2","message":"Wrong"}}]}`,
		"in a list of bare objects": `[{"$":"hunter2"},{"$":["hunter2"]}]`,
	} {
		t.Run(shape, func(t *testing.T) {
			t.Parallel()
			var shown []string
			for _, name := range names {
				for _, prefix := range []string{"{", `{"success":false,`, `{"action":"ShowBlockPage",`} {
					for _, status := range []int{400, 403, 200} {
						text := strings.ReplaceAll(strings.Replace(body, "{", prefix, 1), "$", name)
						got := told(judge.Answer(answer(status, "application/json", text)).Verdict)
						if !strings.HasPrefix(got, "continue") && strings.Contains(got, secret) { // claims are the upstream's to give
							shown = append(shown, text+" gives "+got)
						}
					}
				}
			}
			assert.Empty(t, shown)
		})
	}
}

// The same in XML, where one element alone may be meant as a list.
func TestEchoesInXMLAreNeverShown(t *testing.T) {
	t.Parallel()
	for shape, body := range map[string]string{
		"alone":                `<$>hunter2</$>`,
		"alone in error":       `<error><$>hunter2</$></error>`,
		"beside a message":     `<error><message>Wrong code.</message><$>hunter2</$></error>`,
		"within a message":     `<error><message>Wrong code.<$>hunter2</$></message></error>`,
		"in errors":            `<errors><$>hunter2</$></errors>`,
		"in errors with field": `<errors><email>is wrong</email><$>hunter2</$></errors>`,
		"repeated":             `<error><$>hunter2</$><$>hunter2</$></error>`,
		"repeated in errors":   `<errors><$>hunter2</$><$>hunter2</$></errors>`,
		"a list":               `<error><$><i>hunter2</i></$></error>`,
		"a list of its own":    `<error><$s><$>hunter2</$></$s></error>`,
		"in an element":        `<errors><error><field>email</field><message>is wrong</message><$>hunter2</$></error></errors>`,
		"in an element alone":  `<errors><error><$>hunter2</$></error><error><$>hunter2</$></error></errors>`,
		"an error in it":       `<error><$><message>hunter2</message><code>x</code></$></error>`,
		"in ModelState":        `<Error><Message>Wrong.</Message><ModelState><$>hunter2</$></ModelState></Error>`,
		"in a problem":         `<problem><type>x</type><title>Wrong</title><$>hunter2</$></problem>`,
		"a prefix":             `<error xmlns:d="urn:x"><d:message>Wrong.</d:message><d:$>hunter2</d:$></error>`,
		"an attribute":         `<error $="hunter2"><message $="hunter2">Wrong.</message></error>`,
		"in a SOAP fault":      `<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><e:Fault><faultcode>e:Client</faultcode><faultstring>Wrong<$>hunter2</$></faultstring><detail><message>hunter2</message><$>hunter2</$></detail></e:Fault></e:Body></e:Envelope>`,
		"in a SOAP body":       `<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><message>hunter2</message><$>hunter2</$></e:Body></e:Envelope>`,
	} {
		for _, name := range []string{"rejectedValue", "RejectedValue", "input", "value", "trace", "StackTrace", "exception", "ExceptionMessage", "InnerException", "developerMessage", "arguments", "innererror"} {
			for _, status := range []int{400, 403, 500, 200} {
				got := told(judge.Answer(answer(status, "application/xml", strings.ReplaceAll(body, "$", name))).Verdict)
				assert.NotContains(t, got, "hunter2", "%s: %s under %d", shape, name, status)
			}
		}
	}
}

func TestInternalsAreNeverShown(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"java.lang.IllegalStateException: hunter2", "at com.example.Users.save(Users.java:41) hunter2", "Traceback (most recent call last): hunter2",
		"SELECT * FROM users WHERE password = 'hunter2'", "/var/www/app/hunter2.php on line 3", `C:\inetpub\hunter2\web.config`, "http://10.0.0.5:8080/hunter2",
	} {
		for _, body := range []string{`{"message":$}`, `{"userMessage":$}`, `{"errors":[$]}`, `{"errors":{"email":[$]}}`, `{"email":[$]}`, `$`, `{"action":"ValidationError","userMessage":$}`} {
			quoted := `"` + strings.ReplaceAll(text, `\`, `\\`) + `"`
			got := told(judge.Answer(answer(400, "", strings.ReplaceAll(body, "$", quoted))).Verdict)
			assert.NotContains(t, got, "hunter2", body)
		}
		assert.NotContains(t, told(judge.Answer(answer(400, "text/plain", text)).Verdict), "hunter2")
		assert.NotContains(t, told(judge.Answer(answer(400, "text/xml", "<error><message>"+text+"</message></error>")).Verdict), "hunter2")
	}
}
