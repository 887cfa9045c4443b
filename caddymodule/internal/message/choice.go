package message

import (
	_ "embed" // defaults.json
	"maps"
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/language"
)

//go:embed defaults.json
var defaultsFile []byte

// builtIn are the texts that the product brings. They go the way of every file,
// which is what makes them an example of one; a test proves that they load.
var builtIn = sync.OnceValues(func() (*Catalogue, error) { return Parse(defaultsFile) })

const (
	// maxChoices bounds what is remembered of callers' languages.
	maxChoices = 256
	// maxChoiceKey is the longest list of languages that is worth it.
	maxChoiceKey = 64
)

// Texts are the messages of the configuration itself. They are in no language.
// Zero is one that is not set, and Default stands for those of the others.
type Texts struct {
	Default, Block, Invalid, Fault Template
}

// Messages chooses what a caller reads. The first of these that has a text wins:
//
//  1. the file, in the best language for the caller: the message of the kind,
//     else the default of that language;
//  2. the configured text, which serves every language that the file does not
//     cover: who configures one and no file has it read by everybody;
//  3. the built-in text in the best language for the caller;
//  4. English, the file's before the built-in.
//
// It may be used by many goroutines.
type Messages struct {
	configured [kindCount]Template
	file       *Catalogue
	builtIn    *Catalogue
	english    [kindCount]Template
	unsaid     *choice // for a caller without languages
	fixed      bool    // no language changes anything

	mu     sync.RWMutex
	chosen map[string]*choice
}

// choice is what one list of languages gets.
type choice struct {
	tags         []string
	texts        [kindCount]Template
	translations []*edition
}

// NewMessages composes the texts of the configuration with a file, or with nil.
func NewMessages(configured Texts, file *Catalogue) *Messages {
	m := &Messages{
		configured: [kindCount]Template{Block: configured.Block, Invalid: configured.Invalid, Fault: configured.Fault},
		file:       file,
		chosen:     make(map[string]*choice),
	}
	m.builtIn, _ = builtIn()
	english := append(file.order([]language.Tag{language.English}), m.builtIn.order([]language.Tag{language.English})...)
	m.fixed = file == nil
	for kind := range kindCount {
		if m.configured[kind].IsZero() {
			m.configured[kind] = configured.Default
		}
		m.fixed = m.fixed && !m.configured[kind].IsZero()
		m.english[kind] = find(english, kind)
	}
	m.unsaid = m.compose(nil)
	return m
}

// Claims are the names of all claims that any of the texts shows, sorted. Callers
// that remember what [Template.Render] gave have to tell calls apart by them.
func (m *Messages) Claims() []string {
	names := make(map[string]bool)
	for _, t := range m.configured {
		t.claims(names)
	}
	if m.file != nil {
		for _, e := range m.file.editions {
			for _, t := range e.own {
				t.claims(names)
			}
			for _, t := range e.known {
				t.claims(names)
			}
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// Text is the connector's own message of the kind.
func (m *Messages) Text(kind Kind, prefer Languages) Template {
	return m.choice(prefer).texts[kind]
}

// Translate gives an upstream text, which is what [Clean] left of it, in the
// best language for the caller that the file knows it in, or else as it is.
//
// The upstream is taken to speak English: a caller who prefers that to a
// language of the file gets the text as it is, unless the file has English too.
func (m *Messages) Translate(text string, prefer Languages) Template {
	if m.file == nil {
		return literal(text)
	}
	if editions := m.choice(prefer).translations; len(editions) > 0 {
		if t, ok := translation(editions, fold(text)); ok {
			return t
		}
	}
	return literal(text)
}

// Tags lists the languages as BCP 47 tags, best first. The list is shared by all
// who ask for it, and must not be changed.
func (m *Messages) Tags(prefer Languages) []string { return m.known(prefer).tags }

func (m *Messages) choice(prefer Languages) *choice {
	if m.fixed {
		return m.unsaid
	}
	return m.known(prefer)
}

func (m *Messages) known(prefer Languages) *choice {
	if prefer.raw == "" {
		return m.unsaid
	}
	m.mu.RLock()
	c := m.chosen[prefer.raw]
	m.mu.RUnlock()
	if c != nil {
		return c
	}
	tags, plain := prefer.tags()
	c = m.compose(tags)
	if plain && len(prefer.raw) <= maxChoiceKey {
		m.remember(prefer.raw, c)
	}
	return c
}

func (m *Messages) compose(tags []language.Tag) *choice {
	c := &choice{tags: make([]string, len(tags))}
	for i, tag := range tags {
		c.tags[i] = tag.String()
	}
	fromFile, ours := m.file.order(tags), m.builtIn.order(tags)
	for kind := range kindCount {
		for _, text := range []Template{find(fromFile, kind), m.configured[kind], find(ours, kind), m.english[kind]} {
			if !text.IsZero() {
				c.texts[kind] = text
				break
			}
		}
	}
	for i, tag := range tags {
		if near(tag, language.English) {
			tags = tags[:i+1]
			break
		}
	}
	c.translations = m.file.order(tags)
	return c
}

// remember keeps a choice. Callers send what they like, so that it is bounded;
// when full it starts anew, since a few lists make up nearly all calls.
func (m *Messages) remember(raw string, c *choice) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.chosen) >= maxChoices {
		clear(m.chosen)
	}
	// A copy: the text may be a slice of a whole call, whose claims must not
	// stay in memory with it.
	m.chosen[strings.Clone(raw)] = c
}
