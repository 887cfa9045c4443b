package message

import (
	"errors"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	const noJSON = "this is not valid JSON"
	for name, tt := range map[string]struct {
		file string
		want []string
	}{
		"nothing":             {"", []string{"the file is empty"}},
		"white space":         {" \n", []string{"the file is empty"}},
		"a list":              {`[{"de":{}}]`, []string{"the file is no object"}},
		"null":                {`null`, []string{"the file is no object"}},
		"no language":         {`{}`, []string{"the file has no language"}},
		"no text":             {`{"de":{}}`, []string{`language "de": it has no text`}},
		"a text for itself":   {`{"fault":"Nein danke."}`, []string{`language "fault": this is no known language`}},
		"a list of texts":     {`{"de":["Nein"]}`, []string{`language "de" is no object`}},
		"a number":            {`{"de":{"fault":1}}`, []string{`language "de", "fault": the value is no string`}},
		"null for a text":     {`{"de":{"fault":null}}`, []string{`language "de", "fault": the value is no string`}},
		"an object":           {`{"de":{"fault":{"a":["b"]}}}`, []string{`the value is no string`}},
		"malformed tag":       {`{"d":{"fault":"Nein"}}`, []string{`language "d"`, `write a BCP 47 tag such as "de"`}},
		"underscore":          {`{"de_AT":{"fault":"Nein"}}`, []string{`language "de_AT"`}},
		"LCID":                {`{"1031":{"fault":"Nein"}}`, []string{`language "1031"`}},
		"unknown language":    {`{"xx":{"fault":"Nein"}}`, []string{`language "xx"`}},
		"unknown script":      {`{"de-Abcd-QQ-abcde":{"fault":"Nein"}}`, []string{`language "de-Abcd-QQ-abcde"`}},
		"no language at all":  {`{"und":{"fault":"Nein"}}`, []string{`language "und"`}},
		"long tag":            {`{"de-` + strings.Repeat("x", 5000) + `":{"fault":"Nein"}}`, []string{`language "de-xxx`}},
		"tag twice":           {`{"de":{"fault":"Nein"},"de":{"fault":"Ja"}}`, []string{`language "de": it stands twice`}},
		"tag in other case":   {`{"pt-BR":{"fault":"Não"},"PT-br":{"fault":"Sim"}}`, []string{`language "PT-br": it stands twice`}},
		"tag deprecated":      {`{"he":{"fault":"a"},"iw":{"fault":"a"}}`, []string{`language "iw": it stands twice`}},
		"message twice":       {`{"de":{"fault":"Nein","fault":"Ja"}}`, []string{`"fault": it stands twice`}},
		"text twice":          {`{"de":{"No.":"Nein","NO":"Ja"}}`, []string{`"NO": it stands twice`}},
		"word in other case":  {`{"de":{"Fault":"Nein"}}`, []string{`"Fault": write "fault" for the connector's own message, or "Fault." for an upstream text`}},
		"hidden text":         {`{"de":{"NullPointerException":"Nein"}}`, []string{"is never shown"}},
		"markup":              {`{"de":{"fault":"<b>Nein</b>"}}`, []string{`language "de", "fault": "<b>Nein</b>": this is not plain text`}},
		"markup, translation": {`{"de":{"No":"<b>Nein</b>"}}`, []string{`language "de", "No": "<b>Nein</b>": this is not plain text`}},
		"unknown placeholder": {`{"de":{"fault":"Nein {env.X}"}}`, []string{`placeholder "{env.X}"`}},
		"empty text":          {`{"de":{"fault":""}}`, []string{"the message is empty"}},
		"trailing comma":      {"{\"de\":{\n\"fault\":\"Nein\",\n}}", []string{"line 2: " + noJSON}},
		"comment":             {"{ // German\n\"de\":{\"fault\":\"Nein\"}}", []string{"line 1: " + noJSON}},
		"cut off":             {`{"de":{"fault":"Ne`, []string{noJSON}},
		"invalid UTF-8":       {"{\"de\":{\"fault\":\"\xff\"}}", []string{noJSON, "invalid UTF-8"}},
		"something behind":    {`{"de":{"fault":"Nein"}} {}`, []string{"something after the end"}},
		"nested deeply":       {`{"de":` + strings.Repeat(`{"a":`, 50_000), []string{"line 1"}},
		"all at once": {
			`{"xx":{"fault":"a"},"de":{"block":"<i>","invalid":2,"fault":"Nein {x}"},"fr":{}}`,
			[]string{`"xx"`, `"<i>"`, `"invalid"`, `"{x}"`, `"fr"`},
		},
		"very many": {
			`{"de":{` + strings.Repeat(`"a":1,`, 24) + `"a":1}}`,
			[]string{"and 5 more like these"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := Parse([]byte(tt.file))
			require.Error(t, err)
			assert.Nil(t, c)
			for _, want := range tt.want {
				assert.ErrorContains(t, err, want)
			}
			assert.Less(t, len(err.Error()), 4000, "errors stay readable")
		})
	}
}

func TestParseBoundsTheFile(t *testing.T) {
	t.Parallel()
	_, err := Load(strings.NewReader(`{"de":{"fault":"Nein"}}` + strings.Repeat(" ", MaxCatalogue)))
	require.ErrorContains(t, err, "larger than 1048576 bytes")
	_, err = Load(iotest.ErrReader(errors.New("disk on fire")))
	require.ErrorContains(t, err, "reading the messages: disk on fire")

	var many strings.Builder
	for i := range 201 {
		many.WriteString(`"de-x-` + strconv.Itoa(i) + `":{"fault":"Nein"},`)
	}
	_, err = Parse([]byte("{" + strings.TrimSuffix(many.String(), ",") + "}"))
	require.ErrorContains(t, err, "201 languages: at most 200 are read")
}

func TestParseAcceptsAByteOrderMark(t *testing.T) {
	t.Parallel()
	c, err := Load(strings.NewReader("\xEF\xBB\xBF" + `{"de":{"fault":"Nein"}}`))
	require.NoError(t, err)
	assert.Len(t, c.editions, 1)
}

// TestTheDefaultsLoad: the product's own texts are a file like any other, and
// complete in each of its languages.
func TestTheDefaultsLoad(t *testing.T) {
	t.Parallel()
	c, err := builtIn()
	require.NoError(t, err)
	languages := make([]string, 0, len(c.editions))
	for _, e := range c.editions {
		languages = append(languages, e.tag.String())
		assert.Empty(t, e.known)
		for kind, text := range e.own {
			assert.False(t, text.IsZero(), "%s %s", e.tag, Kind(kind))
			assert.False(t, text.NeedsClaims())
			fit(t, text.Render(nil))
		}
		assert.NotEqual(t, e.own[Block], e.own[Invalid])
		assert.NotEqual(t, e.own[Block], e.own[Fault])
	}
	assert.Equal(t, []string{"en", "de", "fr", "es", "it", "pt", "nl", "pl", "ja", "zh-Hans"}, languages)
	english := c.editions[0].own
	assert.Equal(t, "You cannot sign up at this time.", english[Block].Render(nil))
	assert.Equal(t, "Please check what you entered and try again.", english[Invalid].Render(nil))
	assert.Equal(t, "We could not check your details just now. Please try again in a moment.", english[Fault].Render(nil))
}

// FuzzParseCatalogue asserts that every text of an accepted file may be shown,
// in whatever language it is asked for.
func FuzzParseCatalogue(f *testing.F) {
	f.Add(`{"de":{"block":"Nein."},"en":{"block":"No."}}`, "de-AT en") // short: a long one is minimised for most of the time
	f.Add(`{"de":{"default":"Nein","No.":"Nein {claim.a}"},"de-AT":{"fault":"Na"}}`, "de_AT,1033")
	f.Add(`{"zh-Hant":{"block":"您目前無法註冊。"},"sr-Latn":{"a b":"a b"}}`, "zh sr")
	f.Add(`{"x":{},"de":[],"fr":{"fault":1},"fr":{"Fault":""}}`, "xx")
	f.Fuzz(func(t *testing.T, file, prefer string) {
		c, err := Parse([]byte(file))
		if err != nil {
			require.Nil(t, c)
			require.NotEmpty(t, err.Error())
			return
		}
		m := NewMessages(Texts{}, c)
		languages := ParseLanguages([]string{prefer})
		for kind := range kindCount {
			fit(t, m.Text(kind, languages).Render(nil))
			fit(t, m.Text(kind, languages).Render(func(string) string { return prefer }))
		}
		for _, e := range c.editions {
			for known := range e.known {
				if got := m.Translate(known, Languages{e.tag.String()}); len(e.tag.String()) <= maxTag {
					fit(t, got.Render(nil))
				}
			}
		}
	})
}
