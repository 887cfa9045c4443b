package message

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/text/language"
)

const (
	// MaxCatalogue is the most bytes of a file of messages.
	MaxCatalogue = 1 << 20
	// maxLanguages bounds what relating the languages to each other costs.
	maxLanguages = 200
	// maxProblems is how many mistakes of a file are told at once.
	maxProblems = 20

	fileShape    = `write {"<language>": {"fault": "<text>"}}`
	editionShape = `write {"fault": "<text>"}`
)

// Load reads a file of messages; see [Parse].
func Load(file io.Reader) (*Catalogue, error) {
	data, err := io.ReadAll(io.LimitReader(file, MaxCatalogue+1))
	if err != nil {
		return nil, fmt.Errorf("reading the messages: %w", err)
	}
	return Parse(data)
}

// Parse reads a file of messages: strict JSON of at most 1 MiB,
//
//	{"<BCP 47 tag>": {"default|block|invalid|fault": "…", "<upstream text>": "…"}}
//
// The four words are the connector's own messages; default is for those of the
// three that the language lacks. Any other name is a text of the upstream, as a
// person would read it, and its value the translation; letter case and a full
// stop at the end do not matter. Values are templates; names are not.
//
// A wrong tag, a name that stands twice, a value not fit to be shown: all are
// refused, and told together.
func Parse(data []byte) (*Catalogue, error) {
	if len(data) > MaxCatalogue {
		return nil, fmt.Errorf("the file is larger than %d bytes; leave out languages or upstream texts that are not needed", MaxCatalogue)
	}
	data = bytes.TrimPrefix(data, []byte("\xEF\xBB\xBF"))
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, fmt.Errorf("the file is empty; %s", fileShape)
	}
	// Names that stand twice are found here, with the other problems.
	r := reader{dec: jsontext.NewDecoder(bytes.NewReader(data), jsontext.AllowDuplicateNames(true))}
	editions, err := r.file()
	if err != nil {
		line := 1 + bytes.Count(data[:min(int(r.dec.InputOffset()), len(data))], []byte("\n"))
		return nil, fmt.Errorf("line %d: %w", line, err)
	}
	if len(r.problems) > 0 {
		if r.more > 0 {
			r.problems = append(r.problems, fmt.Errorf("and %d more like these", r.more))
		}
		return nil, errors.Join(r.problems...)
	}
	return newCatalogue(editions), nil
}

// reader reads a file and gathers its problems. What it returns as an error is
// no JSON, and reading ends there.
type reader struct {
	dec      *jsontext.Decoder
	problems []error
	more     int // problems beyond those that are told
}

func (r *reader) refuse(format string, args ...any) {
	if len(r.problems) == maxProblems {
		r.more++
		return
	}
	r.problems = append(r.problems, fmt.Errorf(format, args...))
}

func (r *reader) file() ([]*edition, error) {
	var editions []*edition
	seen := make(map[string]bool)
	err := r.object("the file", fileShape, func(name string) error {
		tag, err := fileTag(name)
		if err != nil {
			r.refuse("%w", err)
			return r.dec.SkipValue()
		}
		if seen[tag.String()] {
			r.refuse("language %s: it stands twice; put its texts in one object", quote(name))
			return r.dec.SkipValue()
		}
		seen[tag.String()] = true
		e, err := r.edition(name, tag)
		editions = append(editions, e)
		return err
	})
	if err != nil {
		return nil, err
	}
	if _, err := r.dec.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is something after the end of the object; remove it")
	}
	switch {
	case len(editions) > maxLanguages:
		r.refuse("%d languages: at most %d are read; leave some out", len(editions), maxLanguages)
	case len(editions) == 0 && len(r.problems) == 0:
		r.refuse("the file has no language; %s or leave the file out", fileShape)
	}
	return editions, nil
}

func (r *reader) edition(name string, tag language.Tag) (*edition, error) {
	e := &edition{tag: tag, known: make(map[string]Template)}
	where := "language " + quote(name)
	own := make(map[string]Template)
	count := len(r.problems) + r.more
	err := r.object(where, editionShape, func(key string) error {
		if r.dec.PeekKind() != '"' {
			r.refuse("%s, %s: the value is no string; write the text in double quotes", where, quote(key))
			return r.dec.SkipValue()
		}
		value, err := r.dec.ReadToken()
		if err != nil {
			return broken(err)
		}
		text, err := ParseTemplate(value.String())
		if err != nil {
			r.refuse("%s, %s: %w", where, quote(key), err)
		}
		into, id := own, key
		if !isWordOfOurs(key) {
			into = e.known
			if id, err = upstreamText(key); err != nil {
				r.refuse("%s: %w", where, err)
				return nil
			}
		}
		if _, twice := into[id]; twice {
			r.refuse("%s, %s: it stands twice, letter case and a full stop aside; keep one", where, quote(key))
		}
		into[id] = text
		return nil
	})
	if err == nil && len(own)+len(e.known) == 0 && len(r.problems)+r.more == count {
		r.refuse("%s: it has no text; write one or remove the language", where)
	}
	for kind, word := range words {
		e.own[kind] = own[word]
		if e.own[kind].IsZero() {
			e.own[kind] = own[wordDefault]
		}
	}
	return e, err
}

// object reads an object, and has member read the value of each name.
func (r *reader) object(what, shape string, member func(name string) error) error {
	if kind := r.dec.PeekKind(); kind != '{' && kind != jsontext.KindInvalid {
		r.refuse("%s is no object; %s", what, shape)
		return broken(r.dec.SkipValue())
	}
	if _, err := r.dec.ReadToken(); err != nil {
		return broken(err)
	}
	for r.dec.PeekKind() != '}' {
		name, err := r.dec.ReadToken()
		if err != nil {
			return broken(err)
		}
		if err := member(name.String()); err != nil {
			return broken(err)
		}
	}
	_, err := r.dec.ReadToken()
	return broken(err)
}

// errBroken marks what is no JSON, once.
var errBroken = errors.New("this is not valid JSON: strings in double quotes, a comma between members and none at the end, no comments")

func broken(err error) error {
	if err == nil || errors.Is(err, errBroken) {
		return err
	}
	return fmt.Errorf("%w (%w)", errBroken, err)
}

// fileTag reads the tag of a file, where there is no reason for a wrong one.
func fileTag(name string) (language.Tag, error) {
	tag, err := language.Und, error(nil)
	if len(name) <= maxTag {
		tag, err = language.Parse(name)
	}
	if err != nil || !isLanguage(tag) || strings.Contains(name, "_") {
		return tag, fmt.Errorf(`language %s: this is no known language; write a BCP 47 tag such as "de", "pt-BR" or "zh-Hant"`, quote(name))
	}
	return tag, nil
}

func isWordOfOurs(name string) bool {
	return name == wordDefault || slices.Contains(words[:], name)
}

// upstreamText is the fold of an upstream text that a file translates.
func upstreamText(key string) (string, error) {
	if lower := strings.ToLower(key); isWordOfOurs(lower) {
		return "", fmt.Errorf("%s: write %q for the connector's own message, or %q for an upstream text", quote(key), lower, key+".")
	}
	clean, ok := Clean(key)
	if !ok {
		return "", fmt.Errorf("%s: an upstream text like this is never shown, so it needs no translation; remove it", quote(key))
	}
	return fold(clean), nil
}

// quote quotes a value of the configuration, in an error of bearable length.
func quote(text string) string {
	return fmt.Sprintf("%q", cut(text, maxValue))
}
