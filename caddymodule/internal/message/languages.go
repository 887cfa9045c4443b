package message

import (
	"errors"
	"strings"

	"golang.org/x/text/language"
)

const (
	// maxTags is how many of a caller's languages are considered.
	maxTags = 10
	// maxTag is the length of the longest tag that is read (RFC 5646, section
	// 4.4.1). A parser fed with more was slow once (CVE-2022-32149).
	maxTag = 35
)

// Languages are what a caller reads, best first. The zero value is a caller who
// did not say. It is a small value to be made once a call: nothing is parsed
// before a message is chosen by it.
type Languages struct{ raw string }

// ParseLanguages takes ui_locales as it came: texts that hold a tag each or a
// list of tags, with spaces or commas between (OpenID Connect Core, section
// 3.1.2.1). A tag is BCP 47, also with underscores (en_US), or a Windows LCID in
// decimal (1033). At most 10 are considered, and what is neither is ignored.
func ParseLanguages(texts []string) Languages {
	switch len(texts) {
	case 0:
		return Languages{}
	case 1:
		return Languages{texts[0]}
	}
	return Languages{strings.Join(texts[:min(len(texts), maxTags)], " ")}
}

// String is the text as it came: equal texts choose equally.
func (l Languages) String() string { return l.raw }

// tags reads the languages. It reports whether the text is plain: nothing but
// known languages with a script and a region. Only such text is worth keeping
// after the call: a caller may write anything else behind "de-x-", or a name.
func (l Languages) tags() (tags []language.Tag, plain bool) {
	plain = true
	considered := 0
	for word := range strings.FieldsFuncSeq(l.raw, func(r rune) bool { return strings.ContainsRune(" ,\t\r\n", r) }) {
		if considered++; considered > maxTags {
			return tags, false
		}
		tag, whole, ok := parseTag(word)
		if !ok {
			plain = false
			continue
		}
		tags = append(tags, tag)
		base, script, region := tag.Raw()
		bare, err := language.Raw.Compose(base, script, region)
		plain = plain && whole && err == nil && bare == tag
	}
	return tags, plain
}

// parseTag reads one word of a caller. Of a tag with an unknown part, the rest
// counts, and the tag is not the whole word: "de-Abcd" is German.
func parseTag(word string) (tag language.Tag, whole, ok bool) {
	if len(word) > maxTag {
		return language.Und, false, false
	}
	if known := tagOfLCID(word); known != "" {
		word = known
	}
	tag, err := language.Parse(word)
	var unknown language.ValueError
	if err != nil && !errors.As(err, &unknown) {
		return language.Und, false, false
	}
	return tag, err == nil, isLanguage(tag)
}

// isLanguage reports whether the tag names a language: "und-DE" and "x-de" do not.
func isLanguage(tag language.Tag) bool {
	base, _, _ := tag.Raw()
	return base.String() != "und"
}

// near reports whether two tags are of one language, whatever the region.
func near(a, b language.Tag) bool {
	one, _, _ := a.Raw()
	other, _, _ := b.Raw()
	return one == other
}
