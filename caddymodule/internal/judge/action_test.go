package judge

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/verdict"
)

func TestActionUnderAnyStatus(t *testing.T) {
	t.Parallel()
	cases := map[string]string{ // what it means under a status below 400, then from 400
		"Continue":        "continue|fault contradiction",
		"Allow":           "continue|fault contradiction",
		"ShowBlockPage":   "block No.|block No.",
		"ValidationError": "invalid No.|invalid No.",
		"Deny":            "fault unknown_action|fault unknown_action",
		"Continue!":       "fault unknown_action|fault unknown_action",
	}
	for status := 200; status <= 599; status++ {
		if status >= 300 && status < 400 || status == http.StatusUnauthorized || status == http.StatusProxyAuthRequired {
			continue // rules 3 and 4 come first
		}
		for action, want := range cases {
			below, from, _ := strings.Cut(want, "|")
			want = below
			if status >= 400 {
				want = from
			}
			names := []string{"action", "Action", "ACTION"}
			for i, spelled := range []string{action, strings.ToLower(action), strings.ToUpper(action), " " + action + "\\n"} {
				name := names[(i+status)%len(names)] // each with each, over the statuses
				f := judge.Answer(answer(status, "", `{"`+name+`":"`+spelled+`","userMessage":"No."}`))
				got := told(f.Verdict)
				if _, isContinue := f.Verdict.(verdict.Continue); isContinue {
					got = "continue"
				}
				assert.Equal(t, want, got, "%s %q under %d", name, spelled, status)
				assert.Equal(t, RuleAction, f.Rule)
				assert.Equal(t, FormatContract, f.Format)
			}
		}
	}
}

func TestActions(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ body, want string }{
		"a number":                              {`{"action":1}`, "fault unknown_action"},
		"zero":                                  {`{"action":0}`, "fault unknown_action"},
		"true":                                  {`{"action":true}`, "fault unknown_action"},
		"false":                                 {`{"action":false}`, "fault unknown_action"},
		"a list":                                {`{"action":["Continue"]}`, "fault unknown_action"},
		"an object":                             {`{"action":{"Continue":true}}`, "fault unknown_action"},
		"an empty list":                         {`{"action":[]}`, "fault unknown_action"},
		"an empty object":                       {`{"action":{}}`, "fault unknown_action"},
		"null is absent":                        {`{"action":null,"a":1}`, `continue {"a":1}`},
		"an empty text is absent":               {`{"action":"","a":1}`, `continue {"a":1,"action":""}`},
		"null hides no other spelling":          {`{"action":null,"Action":"ShowBlockPage","UserMessage":"No."}`, "block No."},
		"an empty text hides no other":          {`{"action":"","Action":"ShowBlockPage","UserMessage":"No."}`, "block No."},
		"the exact spelling comes first":        {`{"ACTION":"Continue","action":"ShowBlockPage","userMessage":"No."}`, "block No."},
		"the last of two":                       {`{"action":"Continue","action":"ShowBlockPage","userMessage":"No."}`, "block No."},
		"the last message of two":               {`{"action":"ShowBlockPage","userMessage":"First.","userMessage":"Last."}`, "block Last."},
		"only in the object itself":             {`{"data":{"action":"ShowBlockPage"}}`, `continue {"data":{"action":"ShowBlockPage"}}`},
		"not in a list":                         {`[{"action":"ShowBlockPage"}]`, "fault unreadable"},
		"message in another letter case":        {`{"action":"ShowBlockPage","UserMessage":"No."}`, "block No."},
		"message in capitals":                   {`{"action":"ValidationError","USERMESSAGE":"No."}`, "invalid No."},
		"message is a number":                   {`{"action":"ShowBlockPage","userMessage":42}`, "block "},
		"message is true":                       {`{"action":"ShowBlockPage","userMessage":true}`, "block "},
		"message is null":                       {`{"action":"ValidationError","userMessage":null}`, "invalid "},
		"message is an object without text":     {`{"action":"ValidationError","userMessage":{"a":1}}`, "invalid "},
		"message is a list":                     {`{"action":"ValidationError","userMessage":["No.","Never."]}`, "invalid No. Never."},
		"message is missing":                    {`{"action":"ShowBlockPage"}`, "block "},
		"message is empty, another is not":      {`{"action":"ShowBlockPage","userMessage":"","message":"No."}`, "block No."},
		"message shows internals":               {`{"action":"ShowBlockPage","userMessage":"java.lang.NullPointerException at com.example.Foo(Foo.java:12)"}`, "block "},
		"message is markup":                     {`{"action":"ShowBlockPage","userMessage":"<p>Not <b>now</b>.</p>"}`, "block Not now."},
		"the developer's message is never used": {`{"action":"ValidationError","developerMessage":"Look at line 3.","moreInfo":"See there."}`, "invalid "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tt.want, told(judge.Answer(answer(200, "application/json", tt.body)).Verdict))
		})
	}
}

func TestVersionOfTheUpstream(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]string{
		`"1.0.0"`: "1.0.0", `"0.0.1"`: "0.0.1", `"1.0.0.0"`: "1.0.0.0", `"v 2"`: "v 2",
		`""`: "", `null`: "", `1`: "", `["1"]`: "", `"1\n"`: "", `"é"`: "", `"` + strings.Repeat("1", 33) + `"`: "",
	} {
		for action, kind := range map[string]verdict.Verdict{
			"ShowBlockPage": verdict.Block{Version: want}, "ValidationError": verdict.Invalid{Version: want},
		} {
			assert.Equal(t, kind, judge.Answer(answer(200, "", `{"version":`+version+`,"action":"`+action+`"}`)).Verdict, version)
		}
		v, ok := judge.Answer(answer(200, "", `{"Version":`+version+`,"action":"Continue"}`)).Verdict.(verdict.Continue)
		assert.True(t, ok)
		assert.Equal(t, want, v.Version)
	}
}
