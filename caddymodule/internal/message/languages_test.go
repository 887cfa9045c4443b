package message

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"
)

func TestLanguages(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		texts []string
		want  string
		plain bool // worth keeping
	}{
		"none":                    {nil, "", true},
		"empty":                   {[]string{""}, "", true},
		"one":                     {[]string{"en-US"}, "en-US", true},
		"letter case":             {[]string{"EN-us"}, "en-US", true},
		"underscore":              {[]string{"en_US"}, "en-US", true},
		"separated by spaces":     {[]string{"de-AT  en "}, "de-AT en", true},
		"separated by commas":     {[]string{"de-AT,en, fr"}, "de-AT en fr", true},
		"a list":                  {[]string{"de-AT", "en fr"}, "de-AT en fr", true},
		"script and region":       {[]string{"zh-Hant-HK sr-Latn es-419"}, "zh-Hant-HK sr-Latn es-419", true},
		"LCID":                    {[]string{"1033"}, "en-US", true},
		"LCIDs":                   {[]string{"3079 2052,1034"}, "de-AT zh-CN es-ES", true},
		"unknown LCID":            {[]string{"1 1033 65535 65536 99999999999"}, "en-US", false},
		"hexadecimal LCID":        {[]string{"0x409"}, "", false},
		"three letters":           {[]string{"deu"}, "de", true},
		"deprecated":              {[]string{"iw"}, "he", true},
		"unknown language":        {[]string{"xx de"}, "de", false},
		"unknown part":            {[]string{"de-Abcd"}, "de", false},
		"no language":             {[]string{"und x-de root de"}, "de", false},
		"garbage":                 {[]string{"* <script> en;q=0.5 C en_US.UTF-8 -- \x00 \xff ü fr"}, "fr", false},
		"longer than a tag":       {[]string{"en-" + strings.Repeat("abcdefgh-", 1000) + " fr"}, "fr", false},
		"private use":             {[]string{"de-x-smith"}, "de-x-smith", false},
		"extension":               {[]string{"de-u-co-phonebk"}, "de-u-co-phonebk", false},
		"variant":                 {[]string{"de-1996"}, "de-1996", false},
		"ten of many":             {[]string{strings.Repeat("de ", 9) + "fr en"}, strings.Repeat("de ", 9) + "fr", false},
		"ten of many in a list":   {strings.Fields(strings.Repeat("de ", 9) + "fr en"), strings.Repeat("de ", 9) + "fr", true},
		"garbage counts to ten":   {[]string{strings.Repeat("? ", 10) + "de"}, "", false},
		"a list of empty strings": {[]string{"", "", "pl"}, "pl", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tags, plain := ParseLanguages(tt.texts).tags()
			got := make([]string, len(tags))
			for i, tag := range tags {
				got[i] = tag.String()
			}
			assert.Equal(t, tt.want, strings.Join(got, " "))
			assert.Equal(t, tt.plain, plain)
		})
	}
}

func TestLCIDsAreKnownLanguages(t *testing.T) {
	t.Parallel()
	require.GreaterOrEqual(t, len(lcids), 60)
	for id, name := range lcids {
		tag, err := language.Parse(name)
		require.NoError(t, err, name)
		assert.Equal(t, name, tag.String(), "in its usual form")
		assert.Equal(t, name, tagOfLCID(strconv.FormatUint(id, 10)))
	}
	// The low ten bits of an LCID are the language, whatever the region.
	for id, name := range lcids {
		if main := lcids[id&0x3ff]; main != "" && id&0x3ff != 0x14 && id&0x3ff != 0x04 {
			assert.Equal(t, main, strings.SplitN(name, "-", 2)[0], "%d is %s", id, name)
		}
	}
}

// One call in many brings a list nobody sent before; most do not.
func BenchmarkLanguages(b *testing.B) {
	m := NewMessages(Texts{}, nil)
	for _, bb := range []struct{ name, text string }{
		{"one", "en-US"},
		{"list", "de-AT de en-US en"},
		{"LCID", "1033"},
		{"none", ""},
		{"never kept", strings.Repeat("de-x-a ", 10)},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			texts := []string{bb.text}
			for b.Loop() {
				_ = m.Text(Fault, ParseLanguages(texts))
			}
		})
	}
}

func BenchmarkTags(b *testing.B) {
	m := NewMessages(Texts{}, nil)
	texts := []string{"en-US"}
	b.ReportAllocs()
	for b.Loop() {
		_ = m.Tags(ParseLanguages(texts))
	}
}
