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
		"developerMessage", "moreInfo", "arguments", "attemptedValue",
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
	}
}
