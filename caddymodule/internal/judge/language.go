package judge

import (
	"regexp"
	"slices"
	"strings"

	"golang.org/x/text/language"
)

// wording is a text and the BCP 47 tag of its language, "" where unknown.
type wording struct{ tag, text string }

// The bounds of choosing: more languages than a validator has, and more choices
// than texts fit into a message. Matching 32 languages takes 50 microseconds.
const (
	maxLanguages = 32
	maxChoices   = 32
)

// pick is the wording that suits the languages best, else the first one that is
// fit to be shown, or "".
func pick(languages []string, all []wording) string {
	if len(all) == 0 {
		return ""
	}
	if text := clean([]string{all[match(languages, all)].text}); text != "" {
		return text
	}
	for _, w := range all[:min(len(all), maxLanguages)] {
		if text := clean([]string{w.text}); text != "" {
			return text
		}
	}
	return ""
}

// match is the index of the best wording by CLDR's distances, in which de-AT is
// served by de, and 0 where none is near.
func match(languages []string, all []wording) int {
	var wanted, had []language.Tag
	for _, name := range languages[:min(len(languages), maxLanguages)] {
		if tag, err := language.Parse(name); err == nil {
			wanted = append(wanted, tag)
		}
	}
	if len(all) == 1 || len(wanted) == 0 {
		return 0
	}
	for _, w := range all[:min(len(all), maxLanguages)] {
		tag, err := language.Parse(w.tag)
		if err != nil {
			tag = language.Und
		}
		had = append(had, tag)
	}
	if _, i, confidence := language.NewMatcher(had).Match(wanted...); confidence > language.No {
		return i
	}
	return 0
}

// isTag recognises a member's name as a language. Only those with two letters
// count, since nearly every word of three is a language too: `msg` is Moraid.
func isTag(name string) bool {
	if !tagForm.MatchString(name) {
		return false
	}
	_, err := language.Parse(name)
	return err == nil
}

var tagForm = regexp.MustCompile(`^[A-Za-z]{2}(?:[-_][A-Za-z0-9]{2,8}){0,4}$`)

// localiser chooses one text of each that comes in several languages, in a copy of
// what it changes of a tree. Texts behind the last choice are dropped.
type localiser struct {
	languages []string
	left      int
}

func localised(n node, languages []string) node {
	l := localiser{languages, maxChoices}
	n, _ = l.node(n)
	return n
}

// node is n with its choices made, and whether there were any.
func (l *localiser) node(n node) (node, bool) {
	copied := false
	for i, e := range n.elems {
		chosen, changed := l.node(e)
		if n.kind == '{' && (strings.EqualFold(n.names[i], "message") || strings.EqualFold(n.names[i], "userMessage")) {
			if all := wordings(e); len(all) > 0 {
				chosen, changed = l.choose(all), true
			}
		}
		if !changed {
			continue
		}
		if !copied {
			n.elems, copied = slices.Clone(n.elems), true
		}
		n.elems[i] = chosen
	}
	return n, copied
}

func (l *localiser) choose(all []wording) node {
	if l.left--; l.left < 0 {
		return node{}
	}
	return node{kind: '"', text: pick(l.languages, all)}
}

// wordings are the texts of an object that holds one for each language,
// {"en":"…","de":"…"}, or of OData's {"lang":"en","value":"…"} (version 3, JSON
// verbose format), the only place where `value` is no echo.
func wordings(n node) []wording {
	if n.kind != '{' || len(n.names) > maxLanguages {
		return nil
	}
	if lang, value := n.member("lang"), n.member("value"); len(n.names) == 2 && lang.kind == '"' && value.kind == '"' {
		return []wording{{lang.text, value.text}}
	}
	all := make([]wording, 0, len(n.names))
	for i, name := range n.names {
		if n.elems[i].kind != '"' || !isTag(name) {
			return nil
		}
		all = append(all, wording{name, n.elems[i].text})
	}
	return all
}
