package message

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The built-in texts of a fault.
const (
	english    = "We could not check your details just now. Please try again in a moment."
	german     = "Wir konnten Ihre Angaben gerade nicht überprüfen. Bitte versuchen Sie es gleich noch einmal."
	portuguese = "Não foi possível verificar os seus dados neste momento. Tente novamente dentro de instantes."
	chinese    = "我们暂时无法核实您的信息，请稍后重试。"
	spanish    = "No hemos podido comprobar sus datos en este momento. Inténtelo de nuevo en unos instantes."
)

func template(t testing.TB, text string) Template {
	t.Helper()
	if text == "" {
		return Template{}
	}
	parsed, err := ParseTemplate(text)
	require.NoError(t, err)
	return parsed
}

func file(t testing.TB, text string) *Catalogue {
	t.Helper()
	if text == "" {
		return nil
	}
	c, err := Parse([]byte(text))
	require.NoError(t, err)
	return c
}

func TestBuiltInTextsByLanguage(t *testing.T) {
	t.Parallel()
	m := NewMessages(Texts{}, nil)
	for prefer, want := range map[string]string{
		"": english, "en": english, "en-GB": english, "sv": english, "?": english,
		"de": german, "de-AT": german, "de_CH": german, "3079": german, "1031": german, "gsw": german,
		"pt-PT": portuguese, "pt-BR": portuguese, "pt": portuguese, "1046": portuguese, "2070": portuguese,
		"zh": chinese, "zh-CN": chinese, "zh-Hans-HK": chinese, "2052": chinese, "4100": chinese,
		"zh-Hant": english, "zh-TW": english, "zh-HK": english, "zh-Hant-CN": english, "1028": english, "yue": english,
		"zh-TW, zh-CN": chinese, "sr-Latn de": german, "es-MX": spanish, "es-419": spanish, "3082": spanish, "1034": spanish,
		"gl": spanish, "gl en": english, "eu,de": german, "sv, fi, de, es": german, "ja-Latn": english, "de-Cyrl": english,
	} {
		assert.Equal(t, want, m.Text(Fault, ParseLanguages([]string{prefer})).Render(nil), prefer)
	}
}

func TestTheOrderOfPreference(t *testing.T) {
	t.Parallel()
	const wide = `{"de":{"fault":"Datei de","default":"Datei de sonst"},"de-AT":{"fault":"Datei AT"},"en":{"fault":"File en"},"fr":{"default":"Fichier"},"nl":{"Nope":"Nee"}}`
	for name, tt := range map[string]struct {
		fault, otherwise, file string // fault and default of the configuration
		kind                   Kind
		prefer, want           string
	}{
		"configured, in its own language":          {"Own.", "", "", Fault, "en", "Own."},
		"configured, in every language":            {"Own.", "", "", Fault, "de ja", "Own."},
		"configured default":                       {"", "Other.", "", Fault, "de", "Other."},
		"configured, the kind before the default":  {"Own.", "Other.", "", Fault, "de", "Own."},
		"another kind is configured":               {"Own.", "", "", Invalid, "de", "Bitte überprüfen Sie Ihre Eingaben und versuchen Sie es erneut."},
		"file before configured":                   {"Own.", "", wide, Fault, "de", "Datei de"},
		"file's default before configured":         {"Own.", "", wide, Fault, "fr-CA", "Fichier"},
		"file's default for another kind":          {"", "", wide, Block, "de", "Datei de sonst"},
		"region of the file":                       {"", "", wide, Fault, "de-AT", "Datei AT"},
		"another region":                           {"", "", wide, Fault, "de-CH", "Datei de"},
		"region that lacks it, from its parent":    {"", "", wide, Block, "de-AT", "Datei de sonst"},
		"configured where the file is silent":      {"Own.", "", wide, Fault, "pl", "Own."},
		"configured for callers without languages": {"Own.", "", wide, Fault, "", "Own."},
		"language of the file without that text":   {"", "", wide, Fault, "nl", "We kunnen uw gegevens op dit moment niet controleren. Probeer het over enkele ogenblikken opnieuw."},
		"next language of the file":                {"", "", wide, Fault, "nl, fr", "Fichier"},
		"file's second choice before built-in":     {"", "", wide, Fault, "es, fr", "Fichier"},
		"built-in where the file is silent":        {"", "", wide, Fault, "es", spanish},
		"file's English before the built-in":       {"", "", wide, Fault, "sv", "File en"},
		"no languages, file's English":             {"", "", wide, Fault, "", "File en"},
		"no English in the file":                   {"", "", `{"de":{"fault":"Datei"}}`, Fault, "sv", english},
		"other script in the file":                 {"", "", `{"zh-Hant":{"fault":"繁體"},"sr":{"fault":"Није"}}`, Fault, "sr-Latn", english},
		"same script in the file":                  {"", "", `{"zh-Hant":{"fault":"繁體"}}`, Fault, "zh-TW", "繁體"},
		"simplified is built in":                   {"", "", `{"zh-Hant":{"fault":"繁體"}}`, Fault, "zh-CN", chinese},
		"parents of a region in CLDR":              {"", "", `{"es-MX":{"block":"No hoy."},"es-419":{"fault":"Ahora no."},"es":{"fault":"No"}}`, Fault, "es-MX", "Ahora no."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := NewMessages(Texts{Fault: template(t, tt.fault), Default: template(t, tt.otherwise)}, file(t, tt.file))
			for range 2 { // made, then remembered
				assert.Equal(t, tt.want, m.Text(tt.kind, ParseLanguages([]string{tt.prefer})).Render(nil))
			}
		})
	}
}

func TestTranslate(t *testing.T) {
	t.Parallel()
	m := NewMessages(Texts{}, file(t, `{
		"de":{"Postal code is wrong.":"Die Postleitzahl ist falsch.","<b>Taken</b>":"Vergeben.","Hello":"Guten Tag {claim.name}!"},
		"de-AT":{"Taken":"Scho vergebn."},
		"en":{"Ungültig":"That is not valid."}
	}`))
	for name, tt := range map[string]struct{ text, prefer, want string }{
		"as it is":                {"Postal code is wrong.", "de", "Die Postleitzahl ist falsch."},
		"no full stop":            {"Postal code is wrong", "de", "Die Postleitzahl ist falsch."},
		"letter case":             {"POSTAL CODE IS WRONG.", "de-CH", "Die Postleitzahl ist falsch."},
		"name with markup":        {"Taken", "de", "Vergeben."},
		"region":                  {"Taken", "de-AT", "Scho vergebn."},
		"parent of the region":    {"Postal code is wrong", "de-AT", "Die Postleitzahl ist falsch."},
		"only a part":             {"Postal code is wrong. Taken", "de", "Postal code is wrong. Taken"},
		"unknown":                 {"Nobody knows", "de", "Nobody knows"},
		"no languages":            {"Taken", "", "Taken"},
		"language not in file":    {"Taken", "fr", "Taken"},
		"second language":         {"Taken", "fr, de", "Vergeben."},
		"English first":           {"Taken", "en, de", "Taken"},
		"English in the file":     {"Ungültig.", "en-US de", "That is not valid."},
		"connector's own message": {"fault", "de", "fault"},
		"placeholder":             {"Hello", "de", "Guten Tag Ada!"},
		"placeholder of upstream": {"Hi {claim.name}", "de", "Hi {claim.name}"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := m.Translate(tt.text, ParseLanguages([]string{tt.prefer}))
			assert.Equal(t, tt.want, got.Render(func(string) string { return "Ada" }))
		})
	}
	without := NewMessages(Texts{}, nil).Translate("{claim.a} is wrong", ParseLanguages([]string{"de"}))
	assert.False(t, without.NeedsClaims())
	assert.Equal(t, "{claim.a} is wrong", without.Render(func(string) string { return "x" }))
}

func TestKindsHaveWords(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "block invalid fault", fmt.Sprint(Block, " ", Invalid, " ", Fault))
	assert.Empty(t, kindCount.String())
}

// TestWhatCallersSendDoesNotStay: the languages come from a parameter that
// anybody can set. Few are remembered, and nothing that could be personal.
func TestWhatCallersSendDoesNotStay(t *testing.T) {
	t.Parallel()
	m := NewMessages(Texts{}, nil)
	for _, text := range []string{"de-x-smith", "de-smithson", "en-john", "john.smith@example.com", "de, smith", strings.Repeat("de ", 30), "99999"} {
		m.Text(Fault, ParseLanguages([]string{text}))
		m.Tags(ParseLanguages([]string{text}))
		assert.Empty(t, m.chosen, text)
	}
	var callers sync.WaitGroup
	for range 4 {
		callers.Go(func() {
			for id := range lcids {
				for _, with := range []uint64{1031, 1033, 1036} {
					text := fmt.Sprint(id, " ", with)
					assert.NotEmpty(t, m.Text(Fault, ParseLanguages([]string{text})).Render(nil))
				}
			}
		})
	}
	callers.Wait()
	assert.LessOrEqual(t, len(m.chosen), maxChoices)
	assert.NotEmpty(t, m.chosen)
}

// TestTags: they go upstream in Accept-Language, whether or not the messages are in
// any language, and whether or not the text was seen before.
func TestTags(t *testing.T) {
	t.Parallel()
	for name, m := range map[string]*Messages{
		"no file":    NewMessages(Texts{}, nil),
		"configured": NewMessages(Texts{Default: template(t, "Not now.")}, nil),
		"a file":     NewMessages(Texts{}, file(t, `{"de":{"Taken.":"Vergeben."}}`)),
	} {
		for range 2 {
			assert.Equal(t, []string{"de-AT", "en-US"}, m.Tags(ParseLanguages([]string{"de_at,1033"})), name)
			assert.Equal(t, []string{"de-x-smith"}, m.Tags(ParseLanguages([]string{"de-x-smith"})), name)
			assert.Equal(t, []string{"fr"}, m.Tags(ParseLanguages([]string{"-- fr"})), name)
			assert.Empty(t, m.Tags(Languages{}), name)
		}
		assert.Len(t, m.chosen, 1, name)
	}
}

func TestChoosingAllocatesNothing(t *testing.T) {
	plain, own := NewMessages(Texts{}, nil), NewMessages(Texts{Default: template(t, "Not now.")}, nil)
	english := []string{"en-US"}
	for name, choose := range map[string]func(){
		"no file, no languages": func() { _ = plain.Text(Fault, Languages{}).Render(nil) },
		"known languages":       func() { _ = plain.Text(Fault, ParseLanguages(english)).Render(nil) },
		"configured":            func() { _ = own.Text(Fault, ParseLanguages(english)).Render(nil) },
		"tags":                  func() { _ = plain.Tags(ParseLanguages(english)) },
		"no file to translate":  func() { _ = plain.Translate("Taken.", ParseLanguages(english)).Render(nil) },
	} {
		assert.Zero(t, testing.AllocsPerRun(100, choose), name)
	}
	assert.Empty(t, own.chosen, "no work where languages change nothing")
}

func BenchmarkTranslate(b *testing.B) {
	m := NewMessages(Texts{}, file(b, `{"de":{"Postal code is wrong.":"Die Postleitzahl ist falsch."}}`))
	for _, text := range []string{"Postal code is wrong.", "Nobody knows this one."} {
		b.Run(strings.Fields(text)[0], func(b *testing.B) {
			b.ReportAllocs()
			texts := []string{"de-AT"}
			for b.Loop() {
				_ = m.Translate(text, ParseLanguages(texts))
			}
		})
	}
}
