package judge

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// Error bodies as the frameworks' own documentation prints them, and the
// sentence that the rules of extraction make of each. An empty sentence is the
// connector's default message.
func TestErrorFormats(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		status int
		body   string
		want   string
	}{
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
		"Spring Boot, problem details":         {400, `{"type":"about:blank","title":"Bad Request","status":400,"detail":"Invalid request content.","instance":"/api/signup"}`, "invalid Invalid request content."},
		"Django, by field":                     {400, `{"amount": ["A valid integer is required."], "description": ["This field may not be blank."]}`, "invalid Amount: A valid integer is required. Description: This field may not be blank."},
		"Django, of no field":                  {400, `{"non_field_errors": ["Passwords do not match."]}`, "invalid Passwords do not match."},
		"Django, a list":                       {400, `["Invalid"]`, "invalid Invalid"},
		"Django, nested":                       {400, `{"address": {"zip": ["This field is required."]}}`, "invalid Zip: This field is required."},
		"Django, many":                         {400, `[{}, {"email": ["Enter a valid email address."]}]`, "invalid Enter a valid email address."},
		"Django, full details":                 {400, `{"name":{"message":"This field is required.","code":"required"}}`, "invalid Name: This field is required."},
		"Django, full details in lists":        {400, `{"name":[{"message":"This field is required.","code":"required"}]}`, "invalid Name: This field is required."},
		"Django, wrong method":                 {405, `{"detail": "Method 'DELETE' not allowed."}`, "fault upstream_rejected"},
		"FastAPI, not found":                   {404, `{"detail":"Item not found"}`, "fault upstream_rejected"},
		"FastAPI, a text":                      {409, `{"detail":"Item exists"}`, "invalid Item exists"},
		"FastAPI, an object":                   {409, `{"detail":{"code":"EMAIL_TAKEN","message":"This address has an account already."}}`, "invalid This address has an account already."},
		"Pydantic 2":                           {422, `{"detail":[{"type":"missing","loc":["body","price"],"msg":"Field required","input":{"name":"x"}}]}`, "invalid Price: Field required"},
		"Pydantic 1":                           {422, `{"detail":[{"loc":["path","item_id"],"msg":"value is not a valid integer","type":"type_error.integer"}]}`, "invalid Item id value is not a valid integer"},
		"Laravel":                              {422, `{"message":"The team name must be a string. (and 4 more errors)","errors":{"team_name":["The team name must be a string.","The team name must be at least 1 characters."],"authorization.role":["The selected authorization.role is invalid."],"users.0.email":["The users.0.email field is required."]}}`, "invalid The team name must be a string. The team name must be at least 1 characters. The selected authorization.role is invalid. The users.0.email field is required."},
		"Laravel, signed out":                  {419, `{"message":"Unauthenticated."}`, "fault upstream_rejected"},
		"Rails":                                {422, `{"email":["can't be blank","is invalid"],"base":["Account is locked"]}`, "invalid Email can't be blank Email is invalid Account is locked"},
		"Rails, full messages":                 {422, `["Email can't be blank"]`, "invalid Email can't be blank"},
		"Rails, not found":                     {404, `{"status":404,"error":"Not Found"}`, "fault upstream_rejected"},
		"express-validator 7":                  {400, `{"errors":[{"type":"field","location":"query","path":"person","value":"","msg":"Invalid value"}]}`, "invalid Person: Invalid value"},
		"express-validator 6":                  {400, `{"errors":[{"value":"x","msg":"Invalid value","param":"email","location":"body"}]}`, "invalid Email: Invalid value"},
		"express-validator, mapped":            {400, `{"errors":{"email":{"value":"x","msg":"Invalid value","param":"email","location":"body"}}}`, "invalid Email: Invalid value"},
		"express-validator, alternatives":      {400, `{"errors":[{"type":"alternative","msg":"Invalid value(s)","nestedErrors":[]}]}`, "invalid Invalid value(s)"},
		"NestJS, a list":                       {400, `{"statusCode":400,"error":"Bad Request","message":["email must be an email"]}`, "invalid email must be an email"},
		"NestJS, forbidden":                    {403, `{"statusCode":403,"message":"Forbidden"}`, "fault upstream_unauthorized"},
		"NestJS, a text":                       {400, `{"message":"Something bad happened","error":"Some error description","statusCode":400}`, "invalid Something bad happened"},
		"NestJS, a crash":                      {500, `{"statusCode":500,"message":"Internal server error"}`, "fault upstream_error"},
		"AIP-193, exhausted":                   {429, `{"error":{"code":429,"message":"The zone 'us-east1-a' does not have enough resources.","status":"RESOURCE_EXHAUSTED"}}`, "fault overloaded"},
		"AIP-193, by field":                    {400, `{"error":{"code":400,"message":"Bad.","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[{"field":"email","description":"Invalid email"}]}]}}`, "invalid Invalid email"},
		"AIP-193, ErrorInfo is for developers": {409, `{"error":{"code":409,"message":"This name is taken.","status":"ALREADY_EXISTS","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"NAME_TAKEN","domain":"example.com","metadata":{"zone":"a"}}]}}`, "invalid This name is taken."},
		"AIP-193, LocalizedMessage":            {409, `{"error":{"code":409,"message":"dup key","status":"ALREADY_EXISTS","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"NAME_TAKEN","domain":"example.com"},{"@type":"type.googleapis.com/google.rpc.LocalizedMessage","locale":"en-US","message":"This name is taken."},{"@type":"type.googleapis.com/google.rpc.Help","links":[{"description":"More","url":"https://example.com/x"}]}]}}`, "invalid This name is taken."},
		"JSON:API":                             {422, `{"errors":[{"status":"422","source":{"pointer":"/data/attributes/firstName"},"title":"Invalid Attribute","detail":"First name must contain at least two characters."}]}`, "invalid First name must contain at least two characters."},
		"JSON:API, a title":                    {422, `{"jsonapi":{"version":"1.1"},"errors":[{"code":"226","source":{"pointer":"/data/attributes/password"},"title":"Password and password confirmation do not match."}]}`, "invalid Password and password confirmation do not match."},
		"OData":                                {400, `{"error":{"code":"badRequest","message":"Multiple errors in ContactInfo data","target":"contactInfo","details":[{"code":"nullValue","target":"phoneNumber","message":"Phone number must not be null"},{"code":"nullValue","target":"lastName","message":"Last name must not be null"}]}}`, "invalid Phone number must not be null Last name must not be null"},
		"OData, unauthorized":                  {401, `{"error":{"code":"unauthorized","message":"Previous passwords may not be reused","target":"password"}}`, "fault upstream_unauthorized"},
		"OData, one":                           {409, `{"error":{"code":"unauthorized","message":"Previous passwords may not be reused","target":"password","innererror":{"code":"passwordError"}}}`, "invalid Previous passwords may not be reused"},
		"GraphQL":                              {200, `{"errors":[{"message":"Name for character with ID 1002 could not be fetched.","locations":[{"line":6,"column":7}],"path":["hero","heroFriends",1,"name"],"extensions":{"code":"CAN_NOT_FETCH_BY_ID"}}],"data":{"hero":{"name":"R2-D2","heroFriends":[{"id":"1000","name":"Luke Skywalker"},null]}}}`, "invalid Name for character with ID 1002 could not be fetched."},
		"gRPC-gateway, unknown":                {501, `{"code":12,"message":"unknown service grpc.health.v1.Health","details":[]}`, "fault upstream_error"},
		"gRPC-gateway, exists":                 {409, `{"code":6,"message":"This address is taken","details":[]}`, "invalid This address is taken"},
		"Stripe, a parameter":                  {400, `{"error":{"code":"parameter_missing","doc_url":"https://stripe.com/docs/error-codes/parameter-missing","message":"Missing required param: amount.","param":"amount","type":"invalid_request_error"}}`, "invalid Missing required param: amount."},
		"Stripe, a card":                       {402, `{"error":{"code":"card_declined","decline_code":"insufficient_funds","message":"Your card has insufficient funds.","type":"card_error"}}`, "invalid Your card has insufficient funds."},
		"AWS, no token":                        {403, `{"message":"Missing Authentication Token"}`, "fault upstream_unauthorized"},
		"AWS, forbidden":                       {403, `{"message":"Forbidden"}`, "fault upstream_unauthorized"},
		"AWS, not authorized":                  {403, `{"Message":"User is not authorized to access this resource"}`, "fault upstream_unauthorized"},
		"AWS, unauthorized":                    {401, `{"message":"Unauthorized"}`, "fault upstream_unauthorized"},
		"AWS, too many":                        {429, `{"message":"Too Many Requests"}`, "fault overloaded"},
		"AWS, timed out":                       {504, `{"message": "Endpoint request timed out"}`, "fault upstream_error"},
		"Kong":                                 {502, "{\n  \"message\":\"An invalid response was received from the upstream server\",\n  \"request_id\":\"1\"\n}", "fault upstream_error"},
		"Kong, too large":                      {413, `{"message":"Payload too large"}`, "fault upstream_rejected"},
		"JSON text":                            {409, `"Email taken"`, "invalid Email taken"},
		"plain text":                           {409, "Email taken\n", "invalid Email taken"},
		"PHP":                                  {200, `{"success":false,"message":"Email taken"}`, "invalid Email taken"},
		"OAuth":                                {400, `{"error":"invalid_grant","error_description":"The code has been used."}`, "invalid The code has been used."},
		"error is the text":                    {400, `{"error":"Email taken"}`, "invalid Email taken"},
		"errors is a list of texts":            {400, `{"errors":["Email taken","Zip missing","Email taken"]}`, "invalid Email taken Zip missing"},
		"JSend":                                {400, `{"status":"error","message":"Email taken"}`, "invalid Email taken"},
		"an empty body":                        {400, ``, "invalid "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tt.want, told(judge.Answer(answer(tt.status, "", tt.body)).Verdict))
		})
	}
}

func TestSOAPFaults(t *testing.T) {
	t.Parallel()
	soap11 := func(code, text string) string {
		return `<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/"><SOAP-ENV:Body><SOAP-ENV:Fault><faultcode>` + code + `</faultcode><faultstring>` + text + `</faultstring><faultactor>urn:x</faultactor><detail><e:myfaultdetails xmlns:e="Some-URI"><message>secret</message><errorcode>1001</errorcode></e:myfaultdetails></detail></SOAP-ENV:Fault></SOAP-ENV:Body></SOAP-ENV:Envelope>`
	}
	soap12 := func(code, texts string) string {
		return `<?xml version="1.0"?>
<env:Envelope xmlns:env="http://www.w3.org/2003/05/soap-envelope" xmlns:m="http://www.example.org/timeouts" xmlns:xml="http://www.w3.org/XML/1998/namespace"><env:Header/><env:Body><env:Fault><env:Code><env:Value>` + code + `</env:Value><env:Subcode><env:Value>m:MessageTimeout</env:Value></env:Subcode></env:Code><env:Reason>` + texts + `</env:Reason><env:Detail><m:MaxTime>P5M</m:MaxTime></env:Detail></env:Fault></env:Body></env:Envelope>`
	}
	for name, tt := range map[string]struct{ body, want string }{
		"1.1 client":              {soap11("SOAP-ENV:Client", "E-mail already registered"), "invalid E-mail already registered"},
		"1.1 client, a kind of":   {soap11("soap:Client.Authentication", "Wrong code"), "invalid Wrong code"},
		"1.1 without a prefix":    {soap11("Client", "Wrong code"), "invalid Wrong code"},
		"1.1 server":              {soap11("SOAP-ENV:Server", "Down"), "fault upstream_error"},
		"1.1 version mismatch":    {soap11("SOAP-ENV:VersionMismatch", "x"), "fault upstream_error"},
		"1.1 entities":            {soap11("s:Client", "Tom &amp; Jerry &#233; &lt;3"), "invalid Tom & Jerry é <3"},
		"1.1 CDATA":               {soap11("s:Client", "<![CDATA[Wrong & worse]]>"), "invalid Wrong & worse"},
		"1.1 text in pieces":      {soap11("s:Client", "Wrong <!-- x -->code, <![CDATA[try]]> again"), "invalid Wrong code, try again"},
		"1.1 internals":           {soap11("s:Client", "System.NullReferenceException: x at Foo.Bar() in C:\\src\\Foo.cs:line 3"), "invalid "},
		"1.1 no text":             {soap11("s:Client", ""), "invalid "},
		"1.2 sender":              {soap12("env:Sender", `<env:Text xml:lang="en">Sender Timeout</env:Text>`), "invalid Sender Timeout"},
		"1.2 sender, two tongues": {soap12("env:Sender", `<env:Text xml:lang="en">Wrong</env:Text><env:Text xml:lang="de">Falsch</env:Text>`), "invalid Wrong"},
		"1.2 receiver":            {soap12("env:Receiver", `<env:Text xml:lang="en">Down</env:Text>`), "fault upstream_error"},
		"byte order mark":         {"\xEF\xBB\xBF" + soap11("s:Client", "Wrong code"), "invalid Wrong code"},
		"a document type":         {`<!DOCTYPE x [<!ENTITY e "boom">]>` + soap11("s:Client", "&e;"), "fault upstream_error"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, contentType := range []string{"text/xml; charset=utf-8", "application/soap+xml", "", "text/plain"} {
				assert.Equal(t, tt.want, told(judge.Answer(answer(500, contentType, tt.body)).Verdict), contentType)
			}
		})
	}
}
