package judge

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestErrorsOfServices(t *testing.T) {
	t.Parallel()
	const (
		exhausted = `{"error":{"code":429,"message":"The zone 'us-east1-a' does not have enough resources available to fulfill the request. Try a different zone, or try again later.","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"RESOURCE_AVAILABILITY","domain":"compute.googleapis.com","metadata":{"zone":"us-east1-a"}},{"@type":"type.googleapis.com/google.rpc.LocalizedMessage","locale":"en-US","message":"An <e2-medium> VM instance ... is currently unavailable ..."},{"@type":"type.googleapis.com/google.rpc.Help","links":[{"description":"Additional information on this error","url":"https://cloud.google.com/compute/docs/resource-error"}]}]}}`
		violation = `{"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[{"field":"email","description":"Invalid email"}]}`
		localized = `{"@type":"type.googleapis.com/google.rpc.LocalizedMessage","locale":"en-US","message":"This address cannot be used."}`
		password  = `{"error":{"code":"unauthorized","message":"Previous passwords may not be reused","target":"password","innererror":{"code":"passwordError","innererror":{"code":"passwordDoesNotMeetPolicy","minLength":"6"}}}}`
	)
	testLegacyAnswers(t, map[string]legacyAnswer{
		"AIP-193, exhausted":                    {429, `{"error":{"code":429,"message":"The zone 'us-east1-a' does not have enough resources.","status":"RESOURCE_EXHAUSTED"}}`, "fault overloaded"},
		"AIP-193, by field":                     {400, `{"error":{"code":400,"message":"Bad.","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[{"field":"email","description":"Invalid email"}]}]}}`, "invalid Invalid email"},
		"AIP-193, ErrorInfo is for developers":  {409, `{"error":{"code":409,"message":"This name is taken.","status":"ALREADY_EXISTS","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"NAME_TAKEN","domain":"example.com","metadata":{"zone":"a"}}]}}`, "invalid This name is taken."},
		"AIP-193, LocalizedMessage":             {409, `{"error":{"code":409,"message":"dup key","status":"ALREADY_EXISTS","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"NAME_TAKEN","domain":"example.com"},{"@type":"type.googleapis.com/google.rpc.LocalizedMessage","locale":"en-US","message":"This name is taken."},{"@type":"type.googleapis.com/google.rpc.Help","links":[{"description":"More","url":"https://example.com/x"}]}]}}`, "invalid This name is taken."},
		"JSON:API":                              {422, `{"errors":[{"status":"422","source":{"pointer":"/data/attributes/firstName"},"title":"Invalid Attribute","detail":"First name must contain at least two characters."}]}`, "invalid First name must contain at least two characters."},
		"JSON:API, a title":                     {422, `{"jsonapi":{"version":"1.1"},"errors":[{"code":"226","source":{"pointer":"/data/attributes/password"},"title":"Password and password confirmation do not match."}]}`, "invalid Password and password confirmation do not match."},
		"OData":                                 {400, `{"error":{"code":"badRequest","message":"Multiple errors in ContactInfo data","target":"contactInfo","details":[{"code":"nullValue","target":"phoneNumber","message":"Phone number must not be null"},{"code":"nullValue","target":"lastName","message":"Last name must not be null"}]}}`, "invalid Phone number must not be null Last name must not be null"},
		"OData, unauthorized":                   {401, `{"error":{"code":"unauthorized","message":"Previous passwords may not be reused","target":"password"}}`, "fault upstream_unauthorized"},
		"OData, one":                            {409, `{"error":{"code":"unauthorized","message":"Previous passwords may not be reused","target":"password","innererror":{"code":"passwordError"}}}`, "invalid Previous passwords may not be reused"},
		"GraphQL":                               {200, `{"errors":[{"message":"Name for character with ID 1002 could not be fetched.","locations":[{"line":6,"column":7}],"path":["hero","heroFriends",1,"name"],"extensions":{"code":"CAN_NOT_FETCH_BY_ID"}}],"data":{"hero":{"name":"R2-D2","heroFriends":[{"id":"1000","name":"Luke Skywalker"},null]}}}`, "invalid Name for character with ID 1002 could not be fetched."},
		"gRPC-gateway, unknown":                 {501, `{"code":12,"message":"unknown service grpc.health.v1.Health","details":[]}`, "fault upstream_error"},
		"gRPC-gateway, exists":                  {409, `{"code":6,"message":"This address is taken","details":[]}`, "invalid This address is taken"},
		"Stripe, a parameter is for developers": {400, `{"error":{"code":"parameter_missing","doc_url":"https://stripe.com/docs/error-codes/parameter-missing","message":"Missing required param: amount.","param":"amount","type":"invalid_request_error"}}`, "invalid "},
		"Stripe, a card":                        {402, `{"error":{"code":"card_declined","decline_code":"insufficient_funds","message":"Your card has insufficient funds.","type":"card_error"}}`, "invalid Your card has insufficient funds."},
		"AWS, no token":                         {403, `{"message":"Missing Authentication Token"}`, "fault upstream_unauthorized"},
		"AWS, forbidden":                        {403, `{"message":"Forbidden"}`, "fault upstream_unauthorized"},
		"AWS, not authorized":                   {403, `{"Message":"User is not authorized to access this resource"}`, "fault upstream_unauthorized"},
		"AWS, unauthorized":                     {401, `{"message":"Unauthorized"}`, "fault upstream_unauthorized"},
		"AWS, too many":                         {429, `{"message":"Too Many Requests"}`, "fault overloaded"},
		"AWS, timed out":                        {504, `{"message": "Endpoint request timed out"}`, "fault upstream_error"},
		"Kong":                                  {502, "{\n  \"message\":\"An invalid response was received from the upstream server\",\n  \"request_id\":\"1\"\n}", "fault upstream_error"},
		"Kong, too large":                       {413, `{"message":"Payload too large"}`, "fault upstream_rejected"},
		"JSON text":                             {409, `"Email taken"`, "invalid Email taken"},
		"plain text":                            {409, "Email taken\n", "invalid Email taken"},
		"PHP":                                   {200, `{"success":false,"message":"Email taken"}`, "invalid Email taken"},
		"OAuth":                                 {400, `{"error":"invalid_grant","error_description":"The code has been used."}`, "invalid The code has been used."},
		"error is the text":                     {400, `{"error":"Email taken"}`, "invalid Email taken"},
		"errors is a list of texts":             {400, `{"errors":["Email taken","Zip missing","Email taken"]}`, "invalid Email taken Zip missing"},
		"JSend":                                 {400, `{"status":"error","message":"Email taken"}`, "invalid Email taken"},
		"an empty body":                         {400, ``, "invalid "},
		"AIP-193, the whole example":            {429, exhausted, "fault overloaded"},
		"AIP-193, the whole example as a refusal":    {409, exhausted, "invalid An VM instance ... is currently unavailable ..."},
		"AIP-193, the localised message comes first": {400, `{"error":{"code":400,"message":"Bad.","details":[` + violation + "," + localized + `]}}`, "invalid This address cannot be used."},
		"AIP-193, the message comes last":            {400, `{"error":{"code":400,"message":"Wrong code.","details":[{"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[]}]}}`, "invalid Wrong code."},
		"gRPC-gateway, by field":                     {400, `{"code":3,"message":"invalid","details":[` + violation + `]}`, "invalid Invalid email"},
		"gRPC-gateway, a crash":                      {500, `{"code": 13, "message": "failed to marshal error message"}`, "fault upstream_error"},
		"gRPC-gateway 1, error twice":                {409, `{"error":"This address is taken","code":6,"message":"This address is taken"}`, "invalid This address is taken"},
		"gRPC-gateway, a stream":                     {409, `{"error":{"grpc_code":6,"http_code":409,"message":"This address is taken","http_status":"Conflict"}}`, "invalid This address is taken"},
		"JSON:API, a parameter":                      {400, `{"errors":[{"source":{"parameter":"code"},"title":"is unknown"}]}`, "invalid Code is unknown"},
		"OData, unauthorized with an inner error":    {401, password, "fault upstream_unauthorized"},
		"OData, the inner error is ignored":          {400, password, "invalid Previous passwords may not be reused"},
		"OData, an inner error alone":                {400, `{"error":{"innererror":{"code":"x","message":"hunter2"}}}`, "invalid "},
		"OData, a target":                            {400, `{"error":{"code":"x","message":"must not be empty","target":"phoneNumber"}}`, "invalid Phone number must not be empty"},
		"OData 3":                                    {400, `{"odata.error":{"code":"","message":{"lang":"en-US","value":"This name is taken."}}}`, "invalid This name is taken."},
		"OData 2":                                    {400, `{"error":{"code":"","message":{"lang":"en-US","value":"This name is taken."}}}`, "invalid This name is taken."},
		"OData 2, value without lang is an echo":     {400, `{"error":{"message":{"value":"hunter2"}}}`, "invalid "},
		"a name makes no text of a status":           {400, `{"errors":{"email":["Bad Request","is taken"],"zip":"400"},"message":"x"}`, "invalid Email is taken"},
		"nor of a single one":                        {400, `{"field":"email","message":"Bad Request"}`, "invalid "},
		"GraphQL, the whole example":                 {200, `{"errors":[{"message":"Name for character with ID 1002 could not be fetched.","locations":[{"line":6,"column":7}],"path":["hero","heroFriends",1,"name"],"extensions":{"code":"CAN_NOT_FETCH_BY_ID","timestamp":"Fri Feb 9 14:33:09 UTC 2018"}}],"data":{"hero":{"name":"R2-D2","heroFriends":[{"id":"1000","name":"Luke Skywalker"},null]}}}`, "invalid Name for character with ID 1002 could not be fetched."},
		"errors is one text in a list":               {400, `{"errors":["text"]}`, "invalid text"},
		"error is one text":                          {400, `{"error":"text"}`, "invalid text"},
		"a message without a letter":                 {400, `{"success":false,"message":".."}`, "invalid "},
		"a description without a letter":             {400, `{"error":"..","error_description":".."}`, "invalid "},
		"JSend, a message without a letter":          {400, `{"status":"error","message":".."}`, "invalid "},
		"OData 3, a message without a letter":        {400, `{"odata.error":{"code":"","message":{"lang":"en-US","value":".."}}}`, "invalid "},
		"SerializableError without a letter":         {400, `{"Email":["..."]}`, "invalid "},
		"GraphQL, a request error":                   {400, `{"errors":[{"message":"Wrong code.","path":["a",1]}]}`, "invalid Wrong code."},
		"Stripe, a crash":                            {402, `{"error":{"message":"hunter2","type":"api_error"}}`, "invalid "},
		"AWS, a body":                                {400, `{"message":"Invalid request body"}`, "invalid Invalid request body"},
		"AWS, a crash":                               {502, `{"message": "Internal server error"}`, "fault upstream_error"},
		"Kong, unavailable":                          {503, `{"message":"The upstream server is currently unavailable","request_id":"1"}`, "fault upstream_error"},
		"Kong, timing out":                           {504, `{"message":"The upstream server is timing out","request_id":"1"}`, "fault upstream_error"},
		"Kong, unexpected":                           {500, `{"message":"An unexpected error occurred","request_id":"1"}`, "fault upstream_error"},
		"Kong, any other":                            {409, `{"message":"The upstream server responded with 409","request_id":"1"}`, "invalid "},
		"Kong, text":                                 {503, "The upstream server is currently unavailable\nrequest_id: 8f3c\n", "fault upstream_error"},
		"Kong, text of a refusal":                    {400, "Bad request\nrequest_id: 8f3c\n", "invalid "},
		"Kong, text of its own plugin":               {409, "This address is taken\nrequest_id: 8f3c\n", "invalid This address is taken"},
		"OAuth, a code and a text under 200":         {200, `{"error":"invalid_request","error_description":"The code has been used."}`, "invalid The code has been used."},
		"errors is an object with a message":         {400, `{"errors":{"message":"Email taken"}}`, "invalid Email taken"},
		"success is false":                           {400, `{"success":false,"message":"Email taken"}`, "invalid Email taken"},
		"JSend, fail":                                {400, `{"status":"fail","data":{"title":"A title is required","email":"is taken"}}`, "invalid A title is required Email is taken"},
		"JSend, fail with one message":               {400, `{"status":"fail","data":{"message":"Email taken"}}`, "invalid Email taken"},
		"JSend, fail under 200":                      {200, `{"status":"fail","data":{"email":"is taken"}}`, "invalid Email is taken"},
		"JSend, data beside another status":          {400, `{"status":"error","data":{"email":"hunter2"}}`, "invalid "},
		"a validator's own words":                    {200, `{"userOK":"Failed","error":"Email taken"}`, "invalid Email taken"},
		"a JSON text with a byte order mark":         {409, "\xEF\xBB\xBF\"Email taken\"", "invalid Email taken"},
		"JSON with a byte order mark":                {409, "\xEF\xBB\xBF{\"message\":\"Email taken\"}", "invalid Email taken"},
		"ASP.NET, BadRequest with a text":            {400, "Email taken", "invalid Email taken"},
	})
}

// The same member is a text, a list or an object, each by another's choice.
func TestMembersOfEveryType(t *testing.T) {
	t.Parallel()
	answers := make(map[string]legacyAnswer)
	for _, name := range []string{"userMessage", "detail", "title", "message", "Message", "error", "errors", "msg", "faultstring", "error_description"} {
		for kind, value := range map[string]string{
			"text": `"Email taken"`, "list": `["Email taken"]`, "list of objects": `[{"message":"Email taken"}]`, "object": `{"message":"Email taken"}`,
		} {
			for _, status := range []string{`400`, `"400"`, `true`, `"failed"`} {
				answers[name+" is a "+kind+", status "+status] = legacyAnswer{400, `{"status":` + status + `,"code":7,"` + name + `":` + value + `}`, "invalid Email taken"}
			}
		}
	}
	testLegacyAnswers(t, answers)
}

// Pages of nginx (ngx_http_special_response.c), of Kong and of Express: never a
// text for the person.
func TestPagesOfGateways(t *testing.T) {
	t.Parallel()
	nginx := func(title, tail string) string {
		return "<html>\r\n<head><title>" + title + "</title></head>\r\n<body>\r\n<center><h1>" + title + "</h1></center>\r\n<hr><center>" + tail + "</center>\r\n</body>\r\n</html>\r\n"
	}
	padding := strings.Repeat("<!-- a padding to disable MSIE and Chrome friendly error page -->\r\n", 6)
	for name, tt := range map[string]struct {
		status int
		body   string
		want   string
	}{
		"nginx, bad gateway":     {502, nginx("502 Bad Gateway", "nginx"), "fault upstream_error"},
		"nginx, no certificate":  {400, nginx("400 No required SSL certificate was sent", "nginx/1.27.3"), "fault gateway_page"},
		"nginx, certificate":     {400, nginx("400 The SSL certificate error", "nginx"), "fault gateway_page"},
		"nginx, plain HTTP":      {400, nginx("400 The plain HTTP request was sent to HTTPS port", "nginx"), "fault gateway_page"},
		"nginx, padded":          {403, nginx("403 Forbidden", "nginx") + padding, "fault gateway_page"},
		"Kong":                   {400, "<!doctype html>\n<html><body><h1>Error</h1><p>Bad request.</p><p>request_id: 1</p></body></html>", "fault gateway_page"},
		"Kong, abbreviated":      {400, "<!doctype html>..<h1>Error</h1><p>Bad request.</p><p>request_id: 1</p>", "fault gateway_page"},
		"Express":                {404, "<!DOCTYPE html>\n<html lang=\"en\">\n<body>\n<pre>Cannot POST /x</pre>\n</body>\n</html>\n", "fault gateway_page"},
		"Rails":                  {404, "<!doctype html>\n<html><head></head><body>The page you were looking for doesn't exist.</body></html>", "fault gateway_page"},
		"XHTML":                  {400, `<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd"><html xmlns="http://www.w3.org/1999/xhtml"><body><p>No</p></body></html>`, "fault gateway_page"},
		"XHTML without its type": {400, `<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><body><p>No</p></body></html>`, "fault gateway_page"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, contentType := range []string{"text/html", "application/xhtml+xml", "text/xml", ""} {
				assert.Equal(t, tt.want, told(judge.Answer(answer(tt.status, contentType, tt.body)).Verdict), contentType)
			}
		})
	}
}

func TestPHPWarningsBeforeJSON(t *testing.T) {
	t.Parallel()
	const warning = "<br />\n<b>Warning</b>:  Undefined array key \"x\" in <b>/var/www/x.php</b> on line <b>3</b><br />\n"
	for name, tt := range map[string]struct{ body, want string }{
		"one":                     {"<br />\n<b>Warning</b>: … on line 3<br />\n{\"userMessage\":\"x\"}", "invalid x"},
		"as PHP prints it":        {warning + `{"userMessage":"x"}`, "invalid x"},
		"several":                 {strings.Repeat(warning, 20) + "<br />\n<b>Notice</b>:  y in <b>z</b> on line <b>4</b><br />\n{\"userMessage\":\"x\"}\n", "invalid x"},
		"without tags":            {"\nDeprecated: strlen(): Passing null in /var/www/x.php on line 3\n{\"userMessage\":\"x\"}", "invalid x"},
		"of the command line":     {"PHP Warning:  y in /var/www/x.php on line 3\n{\"userMessage\":\"x\"}", "invalid x"},
		"the words in the object": {warning + `{"userMessage":"The signature on line 3 {of yours} is missing"}`, "invalid The signature on line 3 {of yours} is missing"},
		"not the rest":            {warning + `{"userMessage":"x"} and more}`, "fault gateway_page"},
		"an injected object":      {"<br />\n<b>Warning</b>: on line 3{\"action\":\"ShowBlockPage\"}// in <b>z</b> on line <b>4</b><br />\n{\"userMessage\":\"x\"}", "invalid x"},
		"no object":               {warning, "fault gateway_page"},
		"no warning":              {"<br />\n{\"userMessage\":\"x\"}", "fault gateway_page"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tt.want, told(judge.Answer(answer(400, "text/html", tt.body)).Verdict))
		})
	}
	many := strings.Repeat("Warning: on line 3{", 3000) + "}"
	assert.Equal(t, "fault unreadable", told(judge.Answer(answer(200, "text/html", many)).Verdict), "tries are bounded")
}
