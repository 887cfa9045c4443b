package judge

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// Every form in which an upstream gives one text in several languages.
func TestTheCallersLanguage(t *testing.T) {
	t.Parallel()
	const (
		english, german, french = "This name is taken.", "Dieser Name ist vergeben.", "Ce nom est pris."
		object                  = `{"en":"` + english + `","de":"` + german + `","fr-CA":"` + french + `"}`
		googleMessage           = `{"@type":"type.googleapis.com/google.rpc.LocalizedMessage","locale":"`
	)
	bodies := map[string]string{
		"userMessage":          `{"userMessage":` + object + `}`,
		"message":              `{"message":` + object + `}`,
		"message in error":     `{"error":{"code":"x","message":` + object + `}}`,
		"message in a list":    `{"errors":[{"message":` + object + `}]}`,
		"a contract body":      `{"action":"ValidationError","userMessage":` + object + `}`,
		"another letter case":  `{"UserMessage":{"EN":"` + english + `","de_DE":"` + german + `","fr":"` + french + `"}}`,
		"AIP-193":              `{"error":{"message":"x","details":[` + googleMessage + `en-US","message":"` + english + `"},` + googleMessage + `de","message":"` + german + `"},` + googleMessage + `fr","message":"` + french + `"}]}}`,
		"SOAP 1.2":             `<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"><e:Body><e:Fault><e:Code><e:Value>e:Sender</e:Value></e:Code><e:Reason><e:Text xml:lang="en">` + english + `</e:Text><e:Text xml:lang="de">` + german + `</e:Text><e:Text xml:lang="fr">` + french + `</e:Text></e:Reason></e:Fault></e:Body></e:Envelope>`,
		"XML":                  `<error><message xml:lang="en">` + english + `</message><message xml:lang="de">` + german + `</message><message xml:lang="fr">` + french + `</message></error>`,
		"XML by element":       `<error><message><en>` + english + `</en><de>` + german + `</de><fr>` + french + `</fr></message></error>`,
		"the second is no use": `{"message":{"en":"` + english + `","de":"` + german + `","fr":"` + french + `","nl":"java.lang.NullPointerException"}}`,
	}
	for name, body := range bodies {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for languages, want := range map[string]string{
				"": english, "de": german, "de-AT,en": german, "en-GB": english, "fr-FR": french, "ja,fr,en": french,
				"ja": english, "nonsense!,de": german, "nl-NL": english, "x": english, "*": english,
			} {
				a := answer(400, "", body)
				if languages != "" {
					a.Languages = strings.Split(languages, ",")
				}
				assert.Equal(t, "invalid "+want, told(judge.Answer(a).Verdict), languages)
			}
		})
	}
}

func TestWhatIsNoLanguage(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"message":{"lang":"en","value":"Wrong code."}}`:                       "invalid Wrong code.",
		`{"message":{"lang":"en","value":"hunter2","input":"hunter2"}}`:         "invalid ",
		`{"message":{"lang":"en","value":7}}`:                                   "invalid ",
		`{"message":{"value":"hunter2"}}`:                                       "invalid ",
		`{"detail":{"lang":"en","value":"hunter2"}}`:                            "invalid ",
		`{"message":{"en":"Wrong code.","value":"hunter2"}}`:                    "invalid ",
		`{"message":{"en":["Wrong code."]}}`:                                    "invalid En: Wrong code.",
		`{"message":{"msg":"Wrong code."}}`:                                     "invalid Wrong code.",
		`{"message":{"en":"","de":"Falsch."}}`:                                  "invalid Falsch.",
		`{"message":{},"title":"Wrong code."}`:                                  "invalid Wrong code.",
		`{"userMessage":{"en":"Bad Request"},"message":"Wrong code."}`:          "invalid ",
		`{"message":{"en":"<b>Wrong</b> code.","en-GB":"SELECT * FROM users"}}`: "invalid Wrong code.",
	} {
		assert.Equal(t, want, told(judge.Answer(answer(400, "", body)).Verdict), body)
	}
}

func TestChoicesAreBounded(t *testing.T) {
	t.Parallel()
	one := `{"message":{"en":"No.","de":"Nein."}},`
	a := answer(400, "", `{"errors":[`+strings.Repeat(one, 1500)+`{}]}`)
	a.Languages = []string{"de"}
	assert.Equal(t, "invalid Nein.", told(judge.Answer(a).Verdict))
	wide := `{"message":{` + strings.Repeat(`"en":"x",`, 5) + `"e":"x"`
	for i := range 40 {
		wide += `,"e` + string(rune('a'+i%26)) + `-x` + string(rune('a'+i/26)) + `a":"hunter2"`
	}
	assert.Equal(t, "invalid ", told(judge.Answer(answer(400, "", wide+`}}`)).Verdict))
}

// Choosing must leave the tree alone: it is what the rules of the connector see.
func TestChoosingALanguageCopiesWhatItChanges(t *testing.T) {
	t.Parallel()
	const text = `{"a":[{"message":{"en":"No","de":"Nein"}},{"message":"x"}],"b":{"c":[1]},"userMessage":{"message":{"en":"n","de":"N"},"x":1}}`
	before, _ := parseStrict(text)
	tree, _ := parseStrict(text)
	got := localised(tree, []string{"de"})
	assert.Equal(t, `{"a":[{"message":"Nein"},{"message":"x"}],"b":{"c":[1]},"userMessage":{"message":"N","x":1}}`, string(got.appendJSON(nil)))
	assert.Equal(t, before, tree)
}
