package message

import (
	"strings"

	"golang.org/x/text/language"
)

// Kind is what one of the connector's own messages says.
type Kind uint8

// The kinds of messages. A continue has none.
const (
	Block   Kind = iota // the sign-up ends
	Invalid             // the input can be corrected
	Fault               // the validator did not answer
	kindCount
)

// words are the names of the kinds in the configuration and in a file.
var words = [kindCount]string{Block: "block", Invalid: "invalid", Fault: "fault"}

// wordDefault names the text for every kind that has none of its own.
const wordDefault = "default"

// String is the kind's word.
func (k Kind) String() string {
	if k < kindCount {
		return words[k]
	}
	return ""
}

// Catalogue is what a file of messages says, in each of its languages. Nil is an
// empty one. It comes from [Load] or [Parse] and never changes.
type Catalogue struct {
	editions []*edition
	matcher  language.Matcher // over the editions, by index
}

// edition is a catalogue in one language.
type edition struct {
	tag   language.Tag
	own   [kindCount]Template // default filled in
	known map[string]Template // translations of upstream texts, by their fold
	// lineage is the edition and after it those of its parents in CLDR: es-MX,
	// es-419, es. An edition that lacks a text has the nearest parent's.
	lineage []*edition
}

// newCatalogue relates the editions to each other. There is at least one.
func newCatalogue(editions []*edition) *Catalogue {
	tags := make([]language.Tag, len(editions))
	byTag := make(map[string]*edition, len(editions))
	for i, e := range editions {
		tags[i] = e.tag
		byTag[e.tag.String()] = e
	}
	for _, e := range editions {
		e.lineage = []*edition{e}
		for tag := e.tag.Parent(); isLanguage(tag); tag = tag.Parent() {
			if parent := byTag[tag.String()]; parent != nil {
				e.lineage = append(e.lineage, parent)
			}
		}
	}
	return &Catalogue{editions, language.NewMatcher(tags)}
}

// order lists the editions fit for a caller, best first. Those in a language
// that the caller named come before those in one that its speakers understand
// (Spanish for Galician). Another script is never fit: the matcher's confidence
// for traditional and simplified Chinese, or Serbian in Latin and Cyrillic, is low.
func (c *Catalogue) order(tags []language.Tag) []*edition {
	if c == nil {
		return nil
	}
	var named, understood []*edition
	for _, tag := range tags {
		_, i, confidence := c.matcher.Match(tag)
		e := c.editions[i]
		switch {
		case confidence == language.Exact, confidence == language.High && near(tag, e.tag):
			named = append(named, e.lineage...)
		case confidence == language.High:
			understood = append(understood, e.lineage...)
		}
	}
	return append(named, understood...)
}

// find is the first text of the kind in the editions.
func find(editions []*edition, kind Kind) (text Template) {
	for _, e := range editions {
		if !e.own[kind].IsZero() {
			return e.own[kind]
		}
	}
	return text
}

// translation is the first translation of a folded upstream text.
func translation(editions []*edition, folded string) (Template, bool) {
	for _, e := range editions {
		if t, ok := e.known[folded]; ok {
			return t, true
		}
	}
	return Template{}, false
}

// fold is what upstream texts are compared by: letter case and a full stop at
// the end do not matter.
func fold(text string) string {
	return strings.TrimSuffix(strings.ToLower(text), ".")
}
