package message

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestTemplate(t *testing.T) {
	t.Parallel()
	values := map[string]string{
		"name": "Ada", "loyalty_ID-1": "00123", "long": strings.Repeat("word ", 30), "tag": "<b>Ada</b> &amp; Bo",
		"other": "{claim.name}", "braces": "{{", "lines": " Ada\r\n\tLovelace\u200b\u202e ", "blank": " \u200b ",
		"trace": "java.lang.NullPointerException", "half": "java.lang.Null", "end": "PointerException", "open": "<", "amp": "&lt",
		"accent": "E\u0301mile", "invalid": "\xffAda",
	}
	for name, tt := range map[string]struct{ template, want string }{
		"no placeholder":             {"Please try again.", "Please try again."},
		"placeholder":                {"Sorry {claim.name}, please try again.", "Sorry Ada, please try again."},
		"digits alone":               {"No card {claim.loyalty_ID-1} is known.", "No card 00123 is known."},
		"twice":                      {"{claim.name} is not {claim.name}.", "Ada is not Ada."},
		"touching":                   {"Not {claim.name}{claim.name}.", "Not AdaAda."},
		"escaped brace":              {"Write {{claim.name} or {{}.", "Write {claim.name} or {}."},
		"closing brace":              {"Write } and {claim.name}}.", "Write } and Ada}."},
		"missing":                    {"Sorry {claim.x} please try again.", "Sorry please try again."},
		"missing before a comma":     {"Sorry {claim.x}, please try again.", "Sorry, please try again."},
		"missing before a French !":  {"Pardon {claim.x} ! Encore.", "Pardon ! Encore."},
		"missing at the end":         {"Please try again, {claim.x}.", "Please try again."},
		"missing first":              {"{claim.x}, please try again.", "please try again."},
		"missing next to one":        {"Sorry {claim.x} {claim.name}, again.", "Sorry Ada, again."},
		"blank":                      {"Sorry {claim.blank}, again.", "Sorry, again."},
		"markup in a value":          {"Sorry {claim.tag}, again.", "Sorry Ada & Bo, again."},
		"lines and the invisible":    {"Sorry {claim.lines}, again.", "Sorry Ada Lovelace, again."},
		"accents":                    {"Désolé {claim.accent}.", "Désolé \u00c9mile."},
		"invalid UTF-8":              {"Sorry {claim.invalid}.", "Sorry Ada."},
		"a value is no template":     {"Sorry {claim.other}, again.", "Sorry {claim.name}, again."},
		"nor is it escaped":          {"Sorry {claim.braces}claim.name}, again.", "Sorry {{claim.name}, again."},
		"long value":                 {"Not {claim.long} now.", "Not " + strings.TrimSpace(strings.Repeat("word ", 19)) + " word… now."},
		"internals in a value":       {"Sorry {claim.trace}, again.", "Sorry, again."},
		"internals put together":     {"Sorry {claim.half}{claim.end}, again.", "Sorry, again."},
		"markup put together":        {"Must be {claim.open}b> or so.", "Must be or so."},
		"an entity in a value":       {"Must be {claim.amp};i> or so.", "Must be <;i> or so."},
		"longer than a message":      {strings.Repeat("{claim.long} ", 4) + "End.", ""},
		"one that is left out of it": {"Sorry {claim.name} {claim.trace}, again.", "Sorry, again."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			template, err := ParseTemplate(tt.template)
			require.NoError(t, err)
			got := template.Render(func(name string) string { return values[name] })
			if tt.want != "" {
				assert.Equal(t, tt.want, got)
			}
			fit(t, got)
			assert.Equal(t, strings.Contains(strings.ReplaceAll(tt.template, "{{", ""), "{"), template.NeedsClaims())
		})
	}
}

func TestTemplateRefuses(t *testing.T) {
	t.Parallel()
	const only = "only {claim.<name>} is known here"
	for name, tt := range map[string]struct{ template, want string }{
		"nothing":                {"", "the message is empty"},
		"a variable":             {"See {env.HOME}.", `placeholder "{env.HOME}": ` + only},
		"no name":                {"See {claim.}.", `placeholder "{claim.}": ` + only},
		"a path":                 {"See {claim.a.b}.", only},
		"spaces":                 {"See { claim.a }.", only},
		"other letters":          {"See {claim.größe}.", only},
		"upper case":             {"See {Claim.a}.", only},
		"no end":                 {"See {claim.a", `"{claim.a": this placeholder does not end`},
		"a brace":                {"See {.", "this placeholder does not end"},
		"an empty one":           {"See {}.", only},
		"a brace in one":         {"See {claim.{claim.a}}.", only},
		"markup":                 {"<b>No</b>", "no"},
		"markup around a value":  {"Not <{claim.a}>.", "this is not plain text"},
		"two spaces":             {"Not  now.", "this is not plain text"},
		"internals":              {"java.lang.NullPointerException", "this is not plain text"},
		"no letter":              {"123", "this is not plain text"},
		"nothing but a claim":    {"{claim.a}", "nothing is left of this"},
		"nothing usable but it":  {"{claim.a} 1!", "nothing is left of this"},
		"too long":               {strings.Repeat("a", 301), "at most 300 characters"},
		"far too long":           {strings.Repeat("a ", 3000), "at most 300 characters"},
		"too many":               {"No" + strings.Repeat(" {claim.a}", 21), "more than 20 placeholders"},
		"invalid UTF-8":          {"No\xff", "this is not plain text"},
		"a zero-width character": {"No\u200bno", "this is not plain text"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			template, err := ParseTemplate(tt.template)
			require.Error(t, err)
			assert.ErrorContains(t, err, tt.want)
			assert.Less(t, len(err.Error()), 600, "errors stay readable")
			assert.True(t, template.IsZero())
		})
	}
}

func TestRenderWithoutALookupHasNoClaims(t *testing.T) {
	t.Parallel()
	template, err := ParseTemplate("Sorry {claim.name}, again.")
	require.NoError(t, err)
	assert.Equal(t, "Sorry, again.", template.Render(nil))
	assert.Empty(t, Template{}.Render(nil))
	assert.False(t, Template{}.NeedsClaims())
}

// fit asserts that a person may read the text.
func fit(t require.TestingT, text string) {
	clean, ok := Clean(text)
	require.True(t, ok, "%q", text)
	require.Equal(t, text, clean)
	require.LessOrEqual(t, utf8.RuneCountInString(text), MaxLength)
}

func TestAClaimIsNeverExpandedTwice(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringMatching(`[A-Za-z0-9_-]{1,20}`).Draw(t, "name")
		other := rapid.StringMatching(`[A-Za-z0-9_-]{1,20}`).Filter(func(s string) bool { return s != name }).Draw(t, "other")
		template, err := ParseTemplate("Hello {claim." + name + "} there.")
		require.NoError(t, err)
		got := template.Render(func(asked string) string {
			require.Equal(t, name, asked)
			return "{claim." + other + "}"
		})
		require.Equal(t, "Hello {claim."+other+"} there.", got)
	})
}

func TestWhatIsRenderedIsFitToBeShown(t *testing.T) {
	t.Parallel()
	piece := rapid.SampledFrom([]string{
		"Sorry", "try again", " ", ",", ".", "<", ">", "</b", "&lt", ";", "&amp;", "{claim.a}", "{claim.b}", "{{", "}", "http://", "10.0.0.1", ":80", "Exception",
	})
	value := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{
		"", "<b>", "script>", "java.lang.", "NullPointer", "&#60;", "SELECT a FROM b WHERE c", `C:\x`, "404", "\u0301", "\u202e", strings.Repeat("long ", 100),
	}))
	rapid.Check(t, func(t *rapid.T) {
		template, err := ParseTemplate(strings.Join(rapid.SliceOfN(piece, 1, 8).Draw(t, "template"), ""))
		if err != nil {
			t.Skip(err)
		}
		values := map[string]string{"a": value.Draw(t, "a"), "b": value.Draw(t, "b")}
		fit(t, template.Render(func(name string) string { return values[name] }))
	})
}

func FuzzTemplate(f *testing.F) {
	f.Add("Sorry {claim.name}, again.", "Ada", "")
	f.Add("Must be {claim.a}b> or {claim.b}.", "<", "&lt;i&gt;")
	f.Add("{{{claim.a}}", "{claim.b}", "\xff")
	f.Add("At {claim.a}.{claim.b} it failed", "com.example", "Foo.java:12")
	f.Fuzz(func(t *testing.T, text, one, other string) {
		template, err := ParseTemplate(text)
		if err != nil {
			require.True(t, template.IsZero())
			return
		}
		fit(t, template.Render(nil))
		odd := false
		fit(t, template.Render(func(string) string {
			odd = !odd
			if odd {
				return one
			}
			return other
		}))
	})
}

func BenchmarkTemplate(b *testing.B) {
	for _, bb := range []struct{ name, text, value string }{
		{"plain", "Please try again.", ""},
		{"claim", "Sorry {claim.givenName}, please try again.", "Ada"},
		{"accents", "Désolé {claim.givenName}, veuillez réessayer.", "Émile"},
	} {
		b.Run(bb.name, func(b *testing.B) {
			template, err := ParseTemplate(bb.text)
			require.NoError(b, err)
			b.ReportAllocs()
			for b.Loop() {
				_ = template.Render(func(string) string { return bb.value })
			}
		})
	}
}
