package caddymodule

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/message"
	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/rulebook"
)

// VerdictRule says what an answer of the upstream means, before any rule of
// Gatehouse's own. The first that applies decides. It has either Status or When.
type VerdictRule struct {
	// A status code such as "404", or a class such as "4xx".
	Status string `json:"status,omitempty"`

	// A CEL expression that yields a bool, over status (int), header (a map, names
	// in lower case), body (the parsed JSON, or null), text (the body), step and
	// claims (those of the call, under the upstream's names). A rule that asks for
	// a member that is not there does not apply. One that costs too much to
	// evaluate makes a fault.
	When string `json:"when,omitempty"`

	// What the answer means: "continue", "block", "invalid" or "fault".
	Verdict string `json:"verdict"`

	// What a person reads. Default: what the upstream says, else the connector's
	// message. One that begins with = is a CEL expression that yields a string.
	Message string `json:"message,omitempty"`
}

// String is the rule as the Caddyfile has it.
func (r VerdictRule) String() string {
	text := "when " + strconv.Quote(r.When)
	if r.Status != "" {
		text = "status " + r.Status
	}
	return text + " " + r.Verdict
}

func newRulebook(rules []VerdictRule) (*rulebook.Book, error) {
	converted := make([]rulebook.Rule, len(rules))
	var problems []error
	for i, r := range rules {
		converted[i] = rulebook.Rule(r)
		if r.Message == "" || strings.HasPrefix(r.Message, "=") {
			continue
		}
		if clean, ok := message.Clean(r.Message); !ok || clean != r.Message {
			problems = append(problems, fmt.Errorf("verdicts: %s: message %q is no text for a person; write a sentence of at most %d characters without markup and internals", r, r.Message, message.MaxLength))
		}
	}
	book, err := rulebook.New(converted)
	return book, errors.Join(append(problems, err)...)
}

func (c *Connector) unmarshalVerdicts(d *caddyfile.Dispenser) error {
	rule := func(field func(*VerdictRule) *string) func() error {
		return func() error {
			word, args := d.Val(), d.RemainingArgs()
			if len(args) < 2 || len(args) > 3 {
				return d.Errf("%s has %d arguments; write `%s <condition> continue|block|invalid|fault [<message>]`, with quotes around what has spaces", word, len(args), word)
			}
			var r VerdictRule
			*field(&r), r.Verdict = args[0], args[1]
			if len(args) == 3 {
				r.Message = args[2]
			}
			c.Verdicts = append(c.Verdicts, r)
			return nil
		}
	}
	return block(d, words{
		"status": rule(func(r *VerdictRule) *string { return &r.Status }),
		"when":   rule(func(r *VerdictRule) *string { return &r.When }),
	})
}
