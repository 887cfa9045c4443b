package protocol

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/claims"
	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/verdict"
)

// post is a request; "" is no Content-Type.
func post(contentType string, body []byte) Request {
	r := Request{Method: http.MethodPost, Query: "q=1", Header: http.Header{}, Body: body}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	return r
}

func TestStepByName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]Step{
		"":                          StepNone,
		"PostFederationSignup":      StepFederation,
		"PostAttributeCollection":   StepAttributes,
		"PreTokenIssuance":          StepToken,
		"PreTokenApplicationClaims": StepToken,
		"postfederationsignup":      StepFederation,
		"POSTATTRIBUTECOLLECTION":   StepAttributes,
		"preTokenIssuance":          StepToken,
		"pretokenapplicationclaims": StepToken,
		"PostAttributeCollection2":  StepOther,
		"PreToken":                  StepOther,
		"none":                      StepOther,
		"other":                     StepOther,
		"\x00":                      StepOther,
	} {
		assert.Equal(t, want, StepByName(name), "%q", name)
	}
}

func TestStepWords(t *testing.T) {
	t.Parallel()
	words := make(map[string]bool)
	for s := range Step(StepCount) {
		assert.NotEmpty(t, s.String())
		words[s.String()] = true
	}
	assert.Len(t, words, StepCount)
	assert.Equal(t, "none", StepNone.String())
	assert.Equal(t, "other", StepOther.String())
	assert.Len(t, UserFlow{}.Steps(), StepCount, "a user flow's calls arrive at every step")
	assert.Equal(t, []Step{StepNone}, CustomPolicy{}.Steps())
}

func TestUserFlowRead(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		body string
		step Step
		want string // the claims
	}{
		"attribute page":          {`{"step":"PostAttributeCollection","a":1}`, StepAttributes, `{"a":1,"step":"PostAttributeCollection"}`},
		"no step":                 {`{"a":1}`, StepNone, `{"a":1}`},
		"empty step":              {`{"step":""}`, StepNone, `{"step":""}`},
		"null step":               {`{"step":null}`, StepNone, `{"step":null}`},
		"unknown step":            {`{"step":"PostSomething"}`, StepOther, `{"step":"PostSomething"}`},
		"the other spelling":      {`{"step":"PreTokenApplicationClaims"}`, StepToken, `{"step":"PreTokenIssuance"}`},
		"another letter case":     {`{"step":"posTAttributeCollection"}`, StepAttributes, `{"step":"PostAttributeCollection"}`},
		"an escape in it":         {`{"step":"PreToken\u0049ssuance"}`, StepToken, `{"step":"PreTokenIssuance"}`},
		"white space around it":   {`{"step":" PreTokenIssuance\t"}`, StepToken, `{"step":"PreTokenIssuance"}`}, // normalising trims it, so it is the same call
		"claims as they are sent": {`{"b":" x ","a":null,"clientId":"c"}`, StepNone, `{"a":null,"b":" x ","clientId":"c"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			call, err := UserFlow{}.Read(post("application/json", []byte(tt.body)))
			require.NoError(t, err)
			assert.Equal(t, tt.step, call.Step)
			assert.Equal(t, tt.want, string(call.Claims.Append(nil)))
			assert.Equal(t, "q=1", call.Query, "it holds no claims, so it is the endpoint's")
		})
	}
}

func TestCustomPolicyReadKnowsNoStep(t *testing.T) {
	t.Parallel()
	call, err := CustomPolicy{}.Read(post("application/json", []byte(`{"step":"PreTokenApplicationClaims","clientId":"c"}`)))
	require.NoError(t, err)
	assert.Equal(t, StepNone, call.Step)
	assert.Equal(t, `{"clientId":"c","step":"PreTokenApplicationClaims"}`, string(call.Claims.Append(nil)))
	assert.Empty(t, CustomPolicy{}.Aliases())
	assert.Equal(t, map[string]string{"clientId": "client_id", "lastName": "surname"}, UserFlow{}.Aliases())
}

func TestReadTakesEverySpellingOfJSON(t *testing.T) {
	t.Parallel()
	for _, contentType := range []string{
		"", "application/json", "application/json; charset=utf-8", "application/json;charset=UTF-8", `Application/JSON; charset="utf-8"`,
		"application/json; odata.metadata=minimal", "text/json", "application/problem+json", "application/vnd.api+json",
	} {
		for _, d := range []Dialect{UserFlow{}, CustomPolicy{}} {
			_, err := d.Read(post(contentType, []byte("\xEF\xBB\xBF{}")))
			assert.NoError(t, err, "%s %q", d.Name(), contentType)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		contentType, body string
		want              verdict.Reason
	}{
		"plain text":             {"text/plain", `{}`, verdict.UnsupportedType},
		"XML":                    {"application/xml", `{}`, verdict.UnsupportedType},
		"a page":                 {"text/html", `{}`, verdict.UnsupportedType},
		"several parts":          {"multipart/form-data; boundary=x", `{}`, verdict.UnsupportedType},
		"a list of JSON":         {"application/json-seq", `{}`, verdict.UnsupportedType},
		"JSON in its name":       {"application/jsonx", `{}`, verdict.UnsupportedType},
		"a suffix of other type": {"image/x+json", `{}`, verdict.UnsupportedType},
		"another charset":        {"application/json; charset=iso-8859-1", `{}`, verdict.UnsupportedType},
		"UTF-16":                 {"application/json; charset=utf-16", `{}`, verdict.UnsupportedType},
		"two types":              {"application/json, text/plain", `{}`, verdict.UnsupportedType},
		"no type at all":         {";", `{}`, verdict.UnsupportedType},
		"the type comes first":   {"text/plain", `{`, verdict.UnsupportedType},
		"empty body":             {"application/json", ``, verdict.Malformed},
		"broken":                 {"application/json", `{"hunter2":`, verdict.Malformed},
		"duplicate":              {"application/json", `{"hunter2":1,"hunter2":2}`, verdict.Malformed},
		"no object":              {"application/json", `["hunter2"]`, verdict.Malformed},
		"too deep":               {"application/json", strings.Repeat(`{"hunter2":`, 40) + "1" + strings.Repeat("}", 40), verdict.Malformed},
		"invalid UTF-8":          {"application/json", "{\"a\":\"\xff\"}", verdict.Malformed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, d := range []Dialect{UserFlow{}, CustomPolicy{}} {
				call, err := d.Read(post(tt.contentType, []byte(tt.body)))
				var refusal *Refusal
				require.ErrorAs(t, err, &refusal, d.Name())
				assert.Equal(t, tt.want, refusal.Reason, d.Name())
				assert.True(t, strings.HasPrefix(err.Error(), tt.want.String()+": "), err.Error())
				assert.NotContains(t, err.Error(), "hunter2", "a refusal never quotes the request")
				assert.Zero(t, call.Claims.Len())
			}
		})
	}
	_, err := UserFlow{}.Read(post("", []byte(`{"a":1,"a":2}`)))
	assert.ErrorIs(t, errors.Unwrap(err), claims.ErrDuplicate)
}

// Forms are how SendClaimsIn=Form reaches a custom policy's connector; a user
// flow has none (the table "call" of the protocols).
func TestOnlyAPolicyHasForms(t *testing.T) {
	t.Parallel()
	form := post("application/x-www-form-urlencoded", []byte("email=john%40example.com&city=New+York"))
	_, err := UserFlow{}.Read(form)
	var refusal *Refusal
	require.ErrorAs(t, err, &refusal)
	assert.Equal(t, verdict.UnsupportedType, refusal.Reason)

	call, err := CustomPolicy{}.Read(form)
	require.NoError(t, err)
	assert.Equal(t, `{"city":"New York","email":"john@example.com"}`, string(call.Claims.Append(nil)))
}

// SendClaimsIn QueryString, Url and Header are GET (restful-technical-profile).
func TestAPolicyReadsAGet(t *testing.T) {
	t.Parallel()
	get := Request{
		Method: http.MethodGet, Query: "email=john%40example.com&city=New+York", HeaderClaims: []string{"loyalty-number", "Absent"},
		Header: http.Header{"Loyalty-Number": {"12"}, "X-Other": {"no claim"}}, Body: []byte("no call's"),
	}
	call, err := CustomPolicy{}.Read(get)
	require.NoError(t, err)
	assert.Equal(t, "New York", call.Claims.Text("city"))
	assert.Equal(t, "john@example.com", call.Claims.Text("email"))
	assert.Equal(t, "12", call.Claims.Text("loyalty-number"))
	assert.Equal(t, 3, call.Claims.Len())
	assert.Empty(t, call.Query, "its claims are in the object now")

	for name, change := range map[string]func(*Request){
		"a name twice in the query":     func(r *Request) { r.Query = "a=hunter2&a=1" },
		"a name in query and in header": func(r *Request) { r.Query = "loyalty-number=hunter2" },
		"two header lines":              func(r *Request) { r.Header = http.Header{"Loyalty-Number": {"hunter2", "2"}} },
		"a broken escape":               func(r *Request) { r.Query = "a=%zzhunter2" },
		"invalid UTF-8":                 func(r *Request) { r.Query = "a=%ffhunter2" },
	} {
		changed := get
		change(&changed)
		_, err := CustomPolicy{}.Read(changed)
		var refusal *Refusal
		if assert.ErrorAs(t, err, &refusal, name) {
			assert.Equal(t, verdict.Malformed, refusal.Reason, name)
			assert.NotContains(t, err.Error(), "hunter2", name)
		}
	}
}

func TestMethods(t *testing.T) {
	t.Parallel()
	assert.Equal(t, []string{http.MethodPost}, UserFlow{}.Methods())
	assert.ElementsMatch(t, []string{http.MethodPost, http.MethodGet}, CustomPolicy{}.Methods())
}
