package caddymodule

import (
	"errors"
	"fmt"
	"os"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/message"
	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/protocol"
)

// Messages are what a person reads. Each is plain text of at most 300 characters,
// in which {claim.<name>} stands for a claim of the call. What is not set is said
// in the person's language, if it is one of English, German, French, Spanish,
// Italian, Portuguese, Dutch, Polish, Japanese and Chinese (simplified), else in
// English.
type Messages struct {
	// Where none of the others is set.
	Default string `json:"default,omitempty"`
	// On a block page for which the upstream gave no usable text.
	Block string `json:"block,omitempty"`
	// Above the form, where the upstream refused the input without saying why.
	Invalid string `json:"invalid,omitempty"`
	// Where the upstream failed to answer.
	Fault string `json:"fault,omitempty"`

	// A file of messages and translations by language, which goes before the texts
	// above: {"<BCP 47 tag>": {"fault": "…", "<upstream text>": "…"}}. Default: none.
	File string `json:"file,omitempty"`

	// The claim that holds the person's languages: BCP 47 tags in a list or
	// separated by spaces, or a Windows LCID such as 1033. Default: ui_locales for
	// user flows, none for custom policies.
	Language string `json:"language,omitempty"`

	// content is what File held when it was read.
	content []byte
}

// provision parses the texts and reads the file.
func (m *Messages) provision(dialect protocol.Dialect) (*message.Messages, error) {
	if m.Language == "" {
		m.Language = dialect.LanguageClaim()
	}
	var problems []error
	template := func(word, text string) message.Template {
		if text == "" {
			return message.Template{}
		}
		parsed, err := message.ParseTemplate(text)
		if err != nil {
			problems = append(problems, fmt.Errorf("%s %w", word, err))
		}
		return parsed
	}
	texts := message.Texts{
		Default: template("default", m.Default),
		Block:   template("block", m.Block),
		Invalid: template("invalid", m.Invalid),
		Fault:   template("fault", m.Fault),
	}
	catalogue, err := m.readFile()
	problems = append(problems, err)
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	return message.NewMessages(texts, catalogue), nil
}

func (m *Messages) readFile() (*message.Catalogue, error) {
	if m.File == "" {
		return nil, nil //nolint:nilnil // no file has no messages
	}
	info, err := os.Stat(m.File)
	if err != nil {
		return nil, fmt.Errorf("file %q: %w; create it or leave the line out", m.File, err)
	}
	if info.Size() > message.MaxCatalogue {
		return nil, fmt.Errorf("file %q has %d bytes; at most %d are read", m.File, info.Size(), message.MaxCatalogue)
	}
	if m.content, err = os.ReadFile(m.File); err != nil {
		return nil, fmt.Errorf("file %q: %w", m.File, err)
	}
	catalogue, err := message.Parse(m.content)
	if err != nil {
		return nil, fmt.Errorf("file %q: %w", m.File, err)
	}
	return catalogue, nil
}

// say is what a person reads: the upstream's text, translated if the file knows
// it, or the connector's own message of the kind.
func (c *Connector) say(q question, kind message.Kind, text string) string {
	template := c.texts.Text(kind, q.languages)
	if text != "" && !c.reveals(q, text) {
		template = c.texts.Translate(text, q.languages)
	}
	return template.Render(func(claim string) string { return c.rules.Shown(q.sent, claim) })
}

// reveals reports whether a text quotes a secret of the call: validators quote what
// they refuse.
func (c *Connector) reveals(q question, text string) bool {
	for secret := range c.rules.Secrets(q.sent) {
		if message.Quotes(text, secret) {
			return true
		}
	}
	return false
}
