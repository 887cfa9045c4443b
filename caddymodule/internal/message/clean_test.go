package message

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"
	"golang.org/x/text/unicode/norm"
)

func TestClean(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ in, want string }{
		"white space":              {"  Please\r\n\tenter \u00a0 a\u2028name.\n", "Please enter a name."},
		"control characters":       {"Na\x00me is\x07 \x1b[taken\u0085now", "Name is [taken now"},
		"bidi characters":          {"User \u202egnp.exe\u202c is \u2066not\u2069 \u200fallowed", "User gnp.exe is not allowed"},
		"zero-width characters":    {"pay\u200bpal \u2060is\ufeff ta\u00adken \u200c\u200d", "paypal is taken"},
		"fillers that look empty":  {"Na\u3164me\u115f \U000e0041is", "Name is"},
		"private use, unassigned":  {"Name\ue000 is\U000f0000 \u0378taken\uffff", "Name is taken"},
		"invalid UTF-8":            {"Name \xff\xfeis\xc3 taken\ufffd", "Name is taken"},
		"NFC":                      {"Pre\u0301nom invalide", "Prénom invalide"},
		"piled up marks":           {"Na" + strings.Repeat("\u0323", 40) + "me", "N\u1ea1" + strings.Repeat("\u0323", 7) + "me"},
		"inline tags":              {"<b>E</b>mail is <i class='x'>taken</i>.", "Email is taken."},
		"block tags":               {"<p>Name</p><p>is<br/>taken</p>", "Name is taken"},
		"unknown tags separate":    {"<error><code>E1</code><message>Taken</message></error>", "E1 Taken"},
		"script and style":         {"<style>p{}</style>Name<script>alert('<b>')</script> is taken", "Name is taken"},
		"script that never ends":   {"Name is taken<script>alert(1)", "Name is taken"},
		"comment":                  {"Name <!-- <b>secret</b> -->is taken<!-- rest", "Name is taken"},
		"attributes":               {`See <a href="http://localhost:8080/x>y">help</a>`, "See help"},
		"entities":                 {"Terms &amp; conditions &#8211; caf&eacute;&nbsp;&#x41;", "Terms & conditions – café A"},
		"entity without semicolon": {"&copy Contoso &ltb&gtbold", "© Contoso bold"},
		"entity that is none":      {"AT&T; R&D &unknown; & more", "AT&T; R&D &unknown; & more"},
		"escaped tag":              {"&lt;b&gt;Name&lt;/b&gt; is taken", "Name is taken"},
		"doubly escaped tag":       {"&amp;lt;b&amp;gt;Name is taken", "Name is taken"},
		"nested tag":               {"Taken <scr<script>ipt>alert(1)</scr</script>ipt>", "Taken ipt>alert(1) ipt>"},
		"tag made by removing one": {"Taken<<b>script>alert(1)<<b>/script>", "Taken"},
		"tag around zero-width":    {"Name <\u200bscript>x</script> taken", "Name taken"},
		"entity by composition":    {"Name &lt\u037eb&gt\u037e taken", "Name taken"},
		"lone less-than":           {"age < 18", "age < 18"},
		"less-than before digit":   {"age <18 or >99, I <3 it, x <= 5", "age <18 or >99, I <3 it, x <= 5"},
		"escaped less-than":        {"age &lt; 18", "age < 18"},
		"less-than before a word":  {"must be <x and shown in full", "must be < x and shown in full"},
		"two of them":              {"a<b<c", "a< b< c"},
		"tag cut off":              {"Name is taken <img src=x onerror=alert(1)", "Name is taken"},
		"end tag cut off":          {"Name is taken</spa", "Name is taken< /spa"},
		"bogus comment cut off":    {"Not allowed: <! and </3", "Not allowed: < ! and < /3"},
		"end tag of nothing":       {"Not allowed: </", "Not allowed: < /"},
		"bogus comments":           {"Not allowed<?php ?></></ x><!x>.", "Not allowed."},
		"special characters":       {`One of ~!@#$%^&*_-+=|\(){}[]:;"'<>,.?/ and 1.`, `One of ~!@#$%^&*_-+=|\(){}[]:;"'<>,.?/ and 1.`},
		"emoji":                    {"Welcome 👋🏽 ❤️ 🇩🇪", "Welcome 👋🏽 ❤️ 🇩🇪"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, ok := Clean(tt.in)
			assert.True(t, ok)
			assert.Equal(t, tt.want, got)
			lawful(t, tt.in)
		})
	}
}

func TestCleanCutsAtAWord(t *testing.T) {
	t.Parallel()
	flags := strings.Repeat("🇩🇪", 200)
	for name, tt := range map[string]struct{ in, want string }{
		"exactly as long as allowed": {strings.Repeat("ä", 300), strings.Repeat("ä", 300)},
		"at a space":                 {strings.Repeat("word ", 80), strings.Repeat("word ", 59) + "word…"},
		"without its comma":          {strings.Repeat("word, ", 80), strings.Repeat("word, ", 49) + "word…"},
		"one long word":              {strings.Repeat("x", 400), strings.Repeat("x", 299) + "…"},
		"a long word after a short":  {"Sorry: " + strings.Repeat("x", 400), "Sorry: " + strings.Repeat("x", 292) + "…"},
		"no spaces in the script":    {strings.Repeat("名前", 200), strings.Repeat("名前", 149) + "名…"},
		"not before a mark":          {strings.Repeat("x", 298) + "q\u0323\u0307" + strings.Repeat("y", 50), strings.Repeat("x", 298) + "…"},
		"not before a skin tone":     {strings.Repeat("x", 298) + "👋🏽yy", strings.Repeat("x", 298) + "…"},
		"not inside a flag":          {"a" + flags, "a" + strings.Repeat("🇩🇪", 149) + "…"},
		"not inside a flag, even":    {"ab" + flags, "ab" + strings.Repeat("🇩🇪", 148) + "…"},
		"beyond the input limit":     {"Name " + strings.Repeat("\u200b", 20_000) + "is taken", "Name"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, ok := Clean(tt.in)
			assert.True(t, ok)
			assert.Equal(t, tt.want, got)
			lawful(t, tt.in)
		})
	}
}

func TestCleanFindsNothingUsable(t *testing.T) {
	t.Parallel()
	for name, in := range map[string]string{
		"empty":                   "",
		"spaces":                  " \t\n\u00a0",
		"punctuation":             "... - !",
		"digits":                  "1001",
		"invisible":               "\u200b\u202e\u00ad",
		"invalid":                 "\xff\xfe",
		"only tags":               "<p></p><hr>",
		"only a script":           "<script>Hello</script>",
		"escaped beyond reason":   "Name &" + strings.Repeat("amp;", 50),
		"leak behind the cut":     strings.Repeat("All is well. ", 40) + "java.lang.NullPointerException",
		"leak that the cut makes": strings.Repeat("x", 290) + "Exceptional" + strings.Repeat("y", 50),
		"leak inside markup":      "at <b>com</b>.<i>foo</i>.Bar.baz(Bar<wbr>.java:12)",
		"leak behind entities":    "C&#58;&#92;inetpub&bsol;x",
		"leak behind zero-width":  "java.lang.Null\u200bPointerException",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, ok := Clean(in)
			assert.False(t, ok)
			assert.Empty(t, got)
		})
	}
}

// TestCleanStaysBounded feeds what makes strippers slow. It asserts only that
// the laws hold: a quadratic path would show as this test taking seconds.
func TestCleanStaysBounded(t *testing.T) {
	t.Parallel()
	for name, unit := range map[string]string{
		"tags that never end":     "<a",
		"attributes":              "<a b='",
		"many attributes":         "<a a=1 b=2 ",
		"comments":                "<!-",
		"ends":                    "</",
		"entities":                "&",
		"escapes of escapes":      "&amp;amp;",
		"less-than":               "<",
		"marks":                   "\u0323\u0344",
		"flags":                   "🇩",
		"paths":                   "/a",
		"words before a keyword":  "SELECT a, ",
		"nested namespace":        "com.a.",
		"colons":                  "a:",
		"hexadecimal":             "f:",
		"addresses":               "a@a.",
		"invalid":                 "\xf0",
		"URLs":                    "https://a.b/ ",
		"script within script":    "<script><b></script>",
		"constraint and no match": "violates not ",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			lawful(t, strings.Repeat(unit, 1<<20/len(unit)))
		})
	}
}

func FuzzClean(f *testing.F) {
	for _, text := range slices.Concat(innocent, refused) {
		f.Add(text)
	}
	for _, text := range []string{
		"<scr<script>ipt>", "&amp;lt;b&amp;gt;", "age < 18", "a<b<c", "x<!--", "</", "&#60", "&lt\u037e",
		"<\u0338b>", "e\u0301\u0344", "\u1100\u1161\u11a8", "\xf0\x9f", "<plaintext><b>", "<title>&lt;b", "<xmp><b></xmp>",
		"&nGt;&fjlig;&NotEqualTilde;", "<svg><![CDATA[x]]>", "<a href='>", "🇩🇪🇩", strings.Repeat("🇩🇪", 200),
		strings.Repeat("word ", 100), strings.Repeat("a\u0323", 200), strings.Repeat("&lt;", 400),
	} {
		f.Add(text)
	}
	f.Fuzz(lawful)
}

// lawful asserts what holds of every text that Clean lets through.
func lawful(t *testing.T, in string) {
	got, ok := Clean(in)
	if !ok {
		require.Empty(t, got)
		return
	}
	require.True(t, utf8.ValidString(got), "valid UTF-8: %q", got)
	require.LessOrEqual(t, utf8.RuneCountInString(got), MaxLength, "at most %d characters", MaxLength)
	require.True(t, norm.NFC.IsNormalString(got), "NFC: %q", got)
	require.NotContains(t, got, "  ", "single spaces")
	require.Equal(t, strings.TrimSpace(got), got, "trimmed")
	require.True(t, strings.ContainsFunc(got, unicode.IsLetter), "says something: %q", got)
	for _, r := range got {
		seen := r == ' ' || unicode.IsGraphic(r) && !unicode.IsSpace(r)
		require.True(t, seen && !unicode.In(r, unicode.C, unicode.Bidi_Control, unicode.Join_Control), "visible: %U in %q", r, got)
	}

	z := html.NewTokenizer(strings.NewReader(got))
	require.Equal(t, html.TextToken, z.Next(), "plain: %q", got)
	require.Equal(t, got, string(z.Text()), "plain")
	require.Equal(t, html.ErrorToken, z.Next(), "plain: %q", got)
	require.Equal(t, got, html.UnescapeString(got), "no entity")

	again, ok := Clean(got)
	require.True(t, ok, "idempotent: %q", got)
	require.Equal(t, got, again, "idempotent")
}

func TestCleanOfAPlainSentenceAllocatesOnceAtMost(t *testing.T) {
	const text = "Loyalty ID '1234' is not associated with 'david' here."
	allocs := testing.AllocsPerRun(100, func() { _, _ = Clean(text) })
	assert.LessOrEqual(t, allocs, 1.0)
}

func BenchmarkClean(b *testing.B) {
	for _, bb := range []struct{ name, text string }{
		{"plain", "Please enter a valid Postal Code."},
		{"email", "Loyalty ID '1234' is not associated with 'david@contoso.com' email address."},
		{"accents", "L’adresse e-mail n’est pas valide, veuillez réessayer."},
		{"markup", "<p>The name <b>david</b> is taken &amp; reserved.</p>"},
		{"leak", "java.lang.NullPointerException: null\n\tat com.foo.Bar.baz(Bar.java:12)"},
		{"worst", strings.Repeat("SELECT a.b (c/d: e@f.g) error at line \\ 0x8::x. ", 350)},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(min(len(bb.text), maxInput)))
			for b.Loop() {
				_, _ = Clean(bb.text)
			}
		})
	}
}
