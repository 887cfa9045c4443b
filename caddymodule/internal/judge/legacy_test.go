package judge

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// legacyAnswer is an error body as its framework's own documentation prints it, and
// what the rules of extraction make of it. An empty sentence is the connector's
// default message.
type legacyAnswer struct {
	status int
	body   string
	want   string
}

func testLegacyAnswers(t *testing.T, answers map[string]legacyAnswer) {
	t.Helper()
	for name, tt := range answers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, contentType := range []string{"", "application/json", "text/html; charset=UTF-8", "text/plain"} {
				assert.Equal(t, tt.want, told(judge.Answer(answer(tt.status, contentType, tt.body)).Verdict), contentType)
			}
		})
	}
}

func TestErrorsOfFrameworks(t *testing.T) {
	t.Parallel()
	testLegacyAnswers(t, map[string]legacyAnswer{
		"RFC 9457 detail": {
			403, `{"type":"https://example.com/probs/out-of-credit","title":"You do not have enough credit.","detail":"Your current balance is 30, but that costs 50.","instance":"/account/12345/msgs/abc","balance":30,"accounts":["/account/12345","/account/67890"]}`,
			"block Your current balance is 30, but that costs 50.",
		},
		"RFC 9457 errors": {
			422, `{"type":"https://example.net/validation-error","title":"Your request is not valid.","errors":[{"detail":"must be a positive integer","pointer":"#/age"},{"detail":"must be 'green', 'red' or 'blue'","pointer":"#/profile/color"}]}`,
			"invalid Age must be a positive integer Color must be 'green', 'red' or 'blue'",
		},
		"ASP.NET Core": {
			400, `{"type":"https://tools.ietf.org/html/rfc9110#section-15.5.1","title":"One or more validation errors occurred.","status":400,"traceId":"00-7fb5e16a-..-00","errors":{"Email":["The Email field is not a valid e-mail address."],"$.age":["The JSON value could not be converted to System.Int32. Path: $.age | LineNumber: 0 | BytePositionInLine: 10."]}}`,
			"invalid The Email field is not a valid e-mail address.",
		},
		"ASP.NET Core, the words of its reader only": {
			400, `{"title":"One or more validation errors occurred.","errors":{"loyaltyCard":["The JSON value could not be converted to Loyalty. Path: $.card | LineNumber: 0."]}}`,
			"invalid One or more validation errors occurred.",
		},
		"ASP.NET Core, a bare map":  {400, `{"Email":["The Email field is required."]}`, "invalid The Email field is required."},
		"ASP.NET Web API 2":         {400, `{"Message":"The request is invalid.","ModelState":{"model.UserName":["The UserName field is required."]}}`, "invalid The UserName field is required."},
		"Spring Boot, nothing said": {400, `{"timestamp":"2024-05-01T10:00:00.000+00:00","status":400,"error":"Bad Request","path":"/api/signup"}`, "invalid "},
		"Spring Boot": {
			400, `{"timestamp":"..","status":400,"error":"Bad Request","exception":"org.springframework.web.bind.MethodArgumentNotValidException","message":"Validation failed for object='user'. Error count: 1","errors":[{"codes":["Email.user.email","Email.email","Email.java.lang.String","Email"],"arguments":[{"codes":["user.email","email"],"arguments":null,"defaultMessage":"email","code":"email"}],"defaultMessage":"must be a well-formed email address","objectName":"user","field":"email","rejectedValue":"x","bindingFailure":false,"code":"Email"}],"trace":"..","path":"/api/signup"}`,
			"invalid Email must be a well-formed email address",
		},
		"Spring Boot, problem details":              {400, `{"type":"about:blank","title":"Bad Request","status":400,"detail":"Invalid request content.","instance":"/api/signup"}`, "invalid Invalid request content."},
		"Django, by field":                          {400, `{"amount": ["A valid integer is required."], "description": ["This field may not be blank."]}`, "invalid Amount: A valid integer is required. Description: This field may not be blank."},
		"Django, of no field":                       {400, `{"non_field_errors": ["Passwords do not match."]}`, "invalid Passwords do not match."},
		"Django, a list":                            {400, `["Invalid"]`, "invalid Invalid"},
		"Django, nested":                            {400, `{"address": {"zip": ["This field is required."]}}`, "invalid Zip: This field is required."},
		"Django, many":                              {400, `[{}, {"email": ["Enter a valid email address."]}]`, "invalid Enter a valid email address."},
		"Django, full details":                      {400, `{"name":{"message":"This field is required.","code":"required"}}`, "invalid Name: This field is required."},
		"Django, full details in lists":             {400, `{"name":[{"message":"This field is required.","code":"required"}]}`, "invalid Name: This field is required."},
		"Django, wrong method":                      {405, `{"detail": "Method 'DELETE' not allowed."}`, "fault upstream_rejected"},
		"FastAPI, not found":                        {404, `{"detail":"Item not found"}`, "fault upstream_rejected"},
		"FastAPI, a text":                           {409, `{"detail":"Item exists"}`, "invalid Item exists"},
		"FastAPI, an object":                        {409, `{"detail":{"code":"EMAIL_TAKEN","message":"This address has an account already."}}`, "invalid This address has an account already."},
		"Pydantic 2":                                {422, `{"detail":[{"type":"missing","loc":["body","price"],"msg":"Field required","input":{"name":"x"}}]}`, "invalid Price: Field required"},
		"Pydantic 1":                                {422, `{"detail":[{"loc":["path","item_id"],"msg":"value is not a valid integer","type":"type_error.integer"}]}`, "invalid Item id value is not a valid integer"},
		"Laravel":                                   {422, `{"message":"The team name must be a string. (and 4 more errors)","errors":{"team_name":["The team name must be a string.","The team name must be at least 1 characters."],"authorization.role":["The selected authorization.role is invalid."],"users.0.email":["The users.0.email field is required."]}}`, "invalid The team name must be a string. The team name must be at least 1 characters. The selected authorization.role is invalid. The users.0.email field is required."},
		"Laravel, signed out":                       {419, `{"message":"Unauthenticated."}`, "fault upstream_rejected"},
		"Rails":                                     {422, `{"email":["can't be blank","is invalid"],"base":["Account is locked"]}`, "invalid Email can't be blank Email is invalid Account is locked"},
		"Rails, full messages":                      {422, `["Email can't be blank"]`, "invalid Email can't be blank"},
		"Rails, not found":                          {404, `{"status":404,"error":"Not Found"}`, "fault upstream_rejected"},
		"express-validator 7":                       {400, `{"errors":[{"type":"field","location":"query","path":"person","value":"","msg":"Invalid value"}]}`, "invalid Person: Invalid value"},
		"express-validator 6":                       {400, `{"errors":[{"value":"x","msg":"Invalid value","param":"email","location":"body"}]}`, "invalid Email: Invalid value"},
		"express-validator, mapped":                 {400, `{"errors":{"email":{"value":"x","msg":"Invalid value","param":"email","location":"body"}}}`, "invalid Email: Invalid value"},
		"express-validator, alternatives":           {400, `{"errors":[{"type":"alternative","msg":"Invalid value(s)","nestedErrors":[]}]}`, "invalid Invalid value(s)"},
		"NestJS, a list":                            {400, `{"statusCode":400,"error":"Bad Request","message":["email must be an email"]}`, "invalid email must be an email"},
		"NestJS, forbidden":                         {403, `{"statusCode":403,"message":"Forbidden"}`, "fault upstream_unauthorized"},
		"NestJS, a text":                            {400, `{"message":"Something bad happened","error":"Some error description","statusCode":400}`, "invalid Something bad happened"},
		"NestJS, a crash":                           {500, `{"statusCode":500,"message":"Internal server error"}`, "fault upstream_error"},
		"RFC 9457, a detail of the wrong type":      {409, `{"type":"https://example.com/x","title":"This name is taken.","detail":["A"]}`, "invalid This name is taken."},
		"RFC 7807, invalid-params":                  {400, `{"type":"https://example.net/validation-error","title":"Your request parameters didn't validate.","invalid-params":[{"name":"age","reason":"must be a positive integer"}]}`, "invalid Age must be a positive integer"},
		"ASP.NET Core, of the whole form":           {400, `{"title":"One or more validation errors occurred.","errors":{"":["The codes do not match."]}}`, "invalid The codes do not match."},
		"ASP.NET Web API 2, a crash":                {500, `{"Message":"An error has occurred.","ExceptionMessage":"..","ExceptionType":"System.InvalidOperationException","StackTrace":"   at .."}`, "fault upstream_error"},
		"ASP.NET Web API 2, its crash as a refusal": {400, `{"Message":"An error has occurred.","ExceptionMessage":"hunter2","ExceptionType":"System.InvalidOperationException","StackTrace":"   at hunter2"}`, "invalid An error has occurred."},
		"ASP.NET Web API 2, camel case":             {400, `{"message":"The request is invalid.","modelState":{"model.userName":["is required"]}}`, "invalid User name is required"},
		"ASP.NET Web API 2, MessageDetail":          {400, `{"Message":"Not now.","MessageDetail":"No type was found that matches the controller named 'x'."}`, "invalid Not now."},
		"Spring Boot, unknown":                      {400, `{"timestamp":"..","status":999,"error":"None"}`, "invalid "},
		"Spring Boot, of a method":                  {400, `{"status":400,"error":"Bad Request","message":"Validation failed for method='save'. Error count: 1","path":"/api/signup"}`, "invalid "},
		"Spring Boot, its path is no field":         {409, `{"status":409,"error":"Conflict","message":"is taken","path":"/api/signup"}`, "invalid is taken"},
		"Pydantic, a place only":                    {422, `{"detail":[{"type":"missing","loc":["body"],"msg":"Field required","input":null}]}`, "invalid Field required"},
		"Laravel, signed out under 401":             {401, `{"message":"Unauthenticated."}`, "fault upstream_unauthorized"},
		"Laravel, signed out under 500":             {500, `{"message":"Unauthenticated."}`, "fault upstream_error"},
		"Laravel, debug":                            {422, `{"message":"Wrong code.","exception":"..","file":"..","line":1,"trace":[{"file":"hunter2"}]}`, "invalid Wrong code."},
		"express-validator, an object as text":      {400, `{"errors":[{"type":"field","value":"hunter2","msg":{"code":7,"message":"Wrong"},"path":"code","location":"body"}]}`, "invalid Code: Wrong"},
		"express-validator, unknown fields":         {400, `{"errors":[{"type":"unknown_fields","msg":"Unknown field(s)","fields":[{"path":"x","value":"hunter2"}]}]}`, "invalid Unknown field(s)"},
	})
}

// RFC 9457, section 3.1: a member of the wrong type is ignored. Its media type
// alone tells that it is such a body; without it an object under `detail` is
// FastAPI's.
func TestProblemsOfTheWrongTypes(t *testing.T) {
	t.Parallel()
	const body = `{"type":"https://example.com/x","title":["A"],"detail":{"message":"Wrong code."},"status":"no","instance":7}`
	assert.Equal(t, "invalid ", told(judge.Answer(answer(400, "application/problem+json; charset=utf-8", body)).Verdict))
	assert.Equal(t, "invalid Wrong code.", told(judge.Answer(answer(400, "application/json", body)).Verdict))
}
