package protocol

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/claims"
)

func object(t require.TestingT, body string) claims.Object {
	o, err := claims.Decode([]byte(body))
	require.NoError(t, err)
	return o
}

func TestWrite(t *testing.T) {
	t.Parallel()
	message := Content{Message: `Please enter a "valid" <b>code</b>\ & 名前.`}
	versioned := Content{Version: "0.0.1", Message: "No."}
	const quoted = `"Please enter a \"valid\" <b>code</b>\\ & 名前."`
	for name, tt := range map[string]struct {
		dialect Dialect
		kind    Kind
		content Content
		status  int
		body    string
	}{
		"flow continue":             {UserFlow{}, KindContinue, Content{}, 200, `{"version":"1.0.0","action":"Continue"}`},
		"flow continue with claims": {UserFlow{}, KindContinue, Content{Claims: object(t, `{"city":"X","a":1.0,"b":true}`)}, 200, `{"version":"1.0.0","action":"Continue","a":1.0,"b":true,"city":"X"}`},
		"flow continue, version":    {UserFlow{}, KindContinue, Content{Version: "2"}, 200, `{"version":"2","action":"Continue"}`},
		"flow continue, no message": {UserFlow{}, KindContinue, message, 200, `{"version":"1.0.0","action":"Continue"}`},
		"flow block":                {UserFlow{}, KindBlock, message, 200, `{"version":"1.0.0","action":"ShowBlockPage","userMessage":` + quoted + `}`},
		"flow block, version":       {UserFlow{}, KindBlock, versioned, 200, `{"version":"0.0.1","action":"ShowBlockPage","userMessage":"No."}`},
		"flow invalid":              {UserFlow{}, KindInvalid, message, 400, `{"version":"1.0.0","status":400,"action":"ValidationError","userMessage":` + quoted + `}`},
		"flow invalid, version":     {UserFlow{}, KindInvalid, versioned, 400, `{"version":"0.0.1","status":400,"action":"ValidationError","userMessage":"No."}`},
		"flow halt":                 {UserFlow{}, KindHalt, message, 409, `{"version":"1.0.0","status":409,"userMessage":` + quoted + `}`},
		"flow halt, version":        {UserFlow{}, KindHalt, versioned, 409, `{"version":"0.0.1","status":409,"userMessage":"No."}`},
		"policy continue":           {CustomPolicy{}, KindContinue, Content{}, 200, `{}`},
		"policy continue, claims":   {CustomPolicy{}, KindContinue, Content{Version: "9", Claims: object(t, `{"name":"Emily","loyaltyNumber":1234,"l":["a"]}`)}, 200, `{"l":["a"],"loyaltyNumber":1234,"name":"Emily"}`},
		"policy block":              {CustomPolicy{}, KindBlock, message, 409, `{"version":"1.0.0","status":409,"userMessage":` + quoted + `}`},
		"policy invalid":            {CustomPolicy{}, KindInvalid, message, 409, `{"version":"1.0.0","status":409,"userMessage":` + quoted + `}`},
		"policy halt":               {CustomPolicy{}, KindHalt, versioned, 409, `{"version":"0.0.1","status":409,"userMessage":"No."}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer := tt.dialect.Write(tt.kind, tt.content)
			assert.Equal(t, tt.status, answer.Status)
			assert.Equal(t, tt.body, string(answer.Body))
			assert.Equal(t, tt.kind, answer.Kind)
		})
	}
}

// The law of the package: whatever Write returns is an answer that the dialect
// defines, plain JSON without null at the top and with all that is required.
func TestEveryAnswerIsOneOfTheContract(t *testing.T) {
	t.Parallel()
	values := []string{`null`, `""`, `"x"`, `1`, `1.5`, `true`, `[]`, `["a","b"]`, `[null]`, `[{"a":1}]`, `{"a":null}`, `{}`}
	names := []string{
		"version", "status", "action", "userMessage", "code", "requestId", "developerMessage", "moreInfo", "email", "city", "",
		"Version", "Action", "STATUS", "usermessage", "extension_X", "a\"b",
	}
	rapid.Check(t, func(t *rapid.T) {
		var members []claims.Member
		for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom(names), 0, 8, rapid.ID).Draw(t, "names") {
			members = append(members, claims.Member{Name: name, Value: []byte(rapid.SampledFrom(values).Draw(t, name))})
		}
		text := rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })
		content := Content{Version: text.Draw(t, "version"), Message: "m" + text.Draw(t, "message")}
		kind := rapid.SampledFrom([]Kind{KindContinue, KindBlock, KindInvalid, KindHalt}).Draw(t, "kind")
		step := Step(rapid.IntRange(0, StepCount-1).Draw(t, "step"))
		for _, d := range []Dialect{UserFlow{}, CustomPolicy{}} {
			content.Claims, _ = d.Leaving(step, claims.New(members...))
			answer := d.Write(d.Legal(step, kind), content)
			read, err := claims.Decode(answer.Body) // strict: no duplicates, valid UTF-8
			require.NoError(t, err, "%s", answer.Body)
			for name, value := range read.All() {
				assert.NotEqual(t, "null", string(value), name)
			}
			has := func(name, value string) {
				v, _ := read.Lookup(name)
				assert.Equal(t, value, string(v), "%s in %s", name, answer.Body)
			}
			if answer.Status == 409 {
				has("status", "409")
			}
			if answer.Status != 200 || d == (UserFlow{}) {
				assert.NotEmpty(t, read.Text("version"), "%s", answer.Body)
			}
			if d == (UserFlow{}) {
				switch {
				case answer.Kind == KindContinue:
					has("action", `"Continue"`)
					assert.Equal(t, 200, answer.Status)
				case answer.Kind == KindBlock:
					has("action", `"ShowBlockPage"`)
					assert.Equal(t, 200, answer.Status)
					assert.NotEqual(t, StepToken, step)
				case answer.Kind == KindInvalid:
					has("action", `"ValidationError"`)
					has("status", "400")
					assert.Equal(t, 400, answer.Status)
					assert.NotContains(t, []Step{StepToken, StepFederation}, step)
				default:
					assert.Equal(t, 409, answer.Status)
				}
			}
			if answer.Kind != KindContinue {
				assert.NotEmpty(t, read.Text("userMessage"), "%s", answer.Body)
			}
			assert.True(t, json.Valid(answer.Body))
		}
	})
}
