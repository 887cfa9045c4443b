package protocol

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func names(t *testing.T, dropped []Dropped) string {
	t.Helper()
	list := make([]string, len(dropped))
	for i, d := range dropped {
		list[i] = d.Name
		assert.NotEmpty(t, d.Why, d.Name)
	}
	return strings.Join(list, " ")
}

func TestLeavingAUserFlow(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		step     Step
		in, want string
		dropped  string
	}{
		"scalars":                      {StepAttributes, `{"city":"X","n":1,"d":1.50,"t":true,"f":false}`, `{"city":"X","d":1.50,"f":false,"n":1,"t":true}`, ""},
		"an empty string keeps its":    {StepAttributes, `{"captcha":""}`, `{"captcha":""}`, ""},
		"null":                         {StepAttributes, `{"a":null,"b":1}`, `{"b":1}`, "a"},
		"the contract's members":       {StepAttributes, `{"version":"1","status":400,"action":"Continue","userMessage":"x","code":"c","requestId":"r","developerMessage":"d","moreInfo":"m","city":"X"}`, `{"city":"X"}`, "code developerMessage moreInfo requestId status userMessage"},
		"in any letter case, as read":  {StepAttributes, `{"Version":"1","Status":200,"Action":"Continue","UserMessage":"x","city":"X"}`, `{"city":"X"}`, "Status UserMessage"},
		"a list of strings":            {StepAttributes, `{"roles":["a","b"]}`, `{"roles":"a,b"}`, ""},
		"a list of scalars":            {StepAttributes, `{"l":["a",1,true,2.0]}`, `{"l":"a,1,true,2.0"}`, ""},
		"a list with null":             {StepAttributes, `{"l":["a",null]}`, `{"l":"a"}`, ""},
		"an object":                    {StepAttributes, `{"o":{"a":1},"city":"X"}`, `{"city":"X"}`, "o"},
		"an empty object":              {StepAttributes, `{"o":{}}`, `{}`, "o"},
		"a list of objects":            {StepAttributes, `{"l":[{"a":1}],"m":["x",{"a":1}]}`, `{}`, "l m"},
		"a list of lists":              {StepAttributes, `{"l":[["a"]]}`, `{}`, "l"},
		"email before the token":       {StepAttributes, `{"email":"a@b.c"}`, `{"email":"a@b.c"}`, ""},
		"email after federation":       {StepFederation, `{"email":"a@b.c"}`, `{"email":"a@b.c"}`, ""},
		"email without a step":         {StepNone, `{"email":"a@b.c"}`, `{"email":"a@b.c"}`, ""},
		"email in the token":           {StepToken, `{"email":"a@b.c","city":"X"}`, `{"city":"X"}`, "email"},
		"EMAIL in the token":           {StepToken, `{"EMAIL":"a@b.c"}`, `{}`, "EMAIL"},
		"other e-mails in the token":   {StepToken, `{"otherMails":["a@b.c"],"extension_email":"x"}`, `{"extension_email":"x","otherMails":"a@b.c"}`, ""},
		"extensions in both spellings": {StepToken, `{"extension_X":1,"extension_0123456789abcdef0123456789abcdef_Y":2}`, `{"extension_0123456789abcdef0123456789abcdef_Y":2,"extension_X":1}`, ""},
		"nothing":                      {StepAttributes, `{}`, `{}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shaped, dropped := UserFlow{}.Leaving(tt.step, object(t, tt.in))
			assert.Equal(t, tt.want, string(shaped.Append(nil)))
			assert.Equal(t, tt.dropped, names(t, dropped))
			again, dropped := UserFlow{}.Leaving(tt.step, shaped)
			assert.Equal(t, tt.want, string(again.Append(nil)), "shaping what is shaped changes nothing")
			assert.Empty(t, dropped)
		})
	}
}

func TestLeavingAPolicy(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ in, want, dropped string }{
		"every other member as it is": {`{"version":"2","status":1,"action":"Continue","email":"a@b.c","o":{"a":[1]},"l":[1,"a"],"d":1.0}`, `{"action":"Continue","d":1.0,"email":"a@b.c","l":[1,"a"],"o":{"a":[1]},"status":1,"version":"2"}`, ""},
		"null":                        {`{"a":null,"b":""}`, `{"b":""}`, "a"},
		"an empty list":               {`{"a":[],"b":[""],"c":{}}`, `{"b":[""],"c":{}}`, "a"},
		"an action that refuses":      {`{"Action":" showBlockPage","a":1}`, `{"a":1}`, "Action"},
		"an action of the invalid":    {`{"a":1,"action":"ValidationError"}`, `{"a":1}`, "action"},
		"an action that is no text":   {`{"action":["ShowBlockPage"],"b":"ShowBlockPage"}`, `{"action":["ShowBlockPage"],"b":"ShowBlockPage"}`, ""},
		"nothing":                     {`{}`, `{}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shaped, dropped := CustomPolicy{}.Leaving(StepNone, object(t, tt.in))
			assert.Equal(t, tt.dropped, names(t, dropped))
			assert.Equal(t, tt.want, string(shaped.Append(nil)))
		})
	}
}
