// Package rulebook holds a connector's own `verdicts` rules: by status, or by an
// expression in CEL over the upstream's answer and the call.
//
// # What it promises
//
// Rules are compiled and type-checked when they are loaded; [New] reports every
// problem at once, with the text of the rule. At run time each evaluation is
// bounded in cost and time. A rule that asks for a member that the answer does not
// have does not apply; one that cannot be evaluated otherwise, or costs too much,
// is an error, so that it can fail closed.
//
// CEL is the Common Expression Language (cel.dev), which Caddy carries too.
package rulebook

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/ext"
)

// Kind is the verdict that a rule gives.
type Kind uint8

// The kinds.
const (
	Fault Kind = iota
	Invalid
	Block
	Continue
)

var kinds = map[string]Kind{"fault": Fault, "invalid": Invalid, "block": Block, "continue": Continue}

// Rule is one line of the configuration: exactly one of Status and When.
type Rule struct {
	Status  string // a code such as "404" or a class such as "4xx"
	When    string // a CEL expression that yields a bool
	Verdict string // continue, block, invalid or fault
	Message string // for the person; one that begins with = is a CEL expression that yields a string
}

// Input is what rules can ask for.
type Input struct {
	Status int
	Header map[string]string // names in lower case, lines joined by ", "
	Body   any               // parsed JSON; nil, which rules see as {}, where there is none
	Text   string            // of the body; rules see the first 16 KiB
	Step   string            // of the sign-up, "none" where the call has none
	Claims map[string]any    // of the call, under the upstream's names
}

// Decision is what the first rule that applies says.
type Decision struct {
	Index   int // of the rule, from 0
	Verdict Kind
	Message string // "" where the rule has none
}

// Book is a list of rules. The nil Book has none.
type Book struct {
	rules []compiled
}

type compiled struct {
	matches func(activation map[string]any, status int) (bool, error)
	verdict Kind
	message func(activation map[string]any) (string, error)
}

// maxCost bounds one evaluation, in CEL's own units: about as many steps. The
// longest sensible rule over a body of 64 KiB stays far below.
const maxCost = 200_000

// maxText bounds the text that rules search, in bytes.
const maxText = 16 << 10

// maxExpression bounds an expression's text, in bytes.
const maxExpression = 4096

// New compiles rules. No rules make a nil Book.
func New(rules []Rule) (*Book, error) {
	if len(rules) == 0 {
		return nil, nil //nolint:nilnil // the nil Book works and has no rules
	}
	env, err := cel.NewEnv(
		cel.Variable("status", cel.IntType),
		cel.Variable("header", cel.MapType(cel.StringType, cel.StringType)),
		cel.Variable("body", cel.DynType),
		cel.Variable("text", cel.StringType),
		cel.Variable("step", cel.StringType),
		cel.Variable("claims", cel.MapType(cel.StringType, cel.DynType)),
		cel.ParserExpressionSizeLimit(maxExpression),
		ext.Strings(),
	)
	if err != nil {
		return nil, fmt.Errorf("setting up CEL: %w", err)
	}
	book := new(Book)
	var problems []error
	for _, rule := range rules {
		c, err := compile(env, rule)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		book.rules = append(book.rules, c)
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	return book, nil
}

func compile(env *cel.Env, rule Rule) (compiled, error) {
	verdict, known := kinds[rule.Verdict]
	c := compiled{verdict: verdict}
	var problems []error
	if !known {
		problems = append(problems, fmt.Errorf("verdicts: %q is no verdict; write continue, block, invalid or fault", rule.Verdict))
	}
	var err error
	switch {
	case rule.Status != "" && rule.When != "":
		err = fmt.Errorf("verdicts: status %q and when %q in one rule; make two of them", rule.Status, rule.When)
	case rule.Status != "":
		c.matches, err = byStatus(rule.Status)
	default:
		c.matches, err = byExpression(env, rule.When)
	}
	problems = append(problems, err)
	c.message, err = messageOf(env, rule.Message)
	problems = append(problems, err)
	return c, errors.Join(problems...)
}

var statusForm = regexp.MustCompile(`^[1-5](?:[0-9][0-9]|xx)$`)

func byStatus(want string) (func(map[string]any, int) (bool, error), error) {
	if !statusForm.MatchString(want) {
		return nil, fmt.Errorf("verdicts: status %q: write a code such as 404 or a class such as 4xx", want)
	}
	class := strings.HasSuffix(want, "xx")
	return func(_ map[string]any, status int) (bool, error) {
		if class {
			return status/100 == int(want[0]-'0'), nil
		}
		return fmt.Sprint(status) == want, nil
	}, nil
}

func byExpression(env *cel.Env, text string) (func(map[string]any, int) (bool, error), error) {
	program, err := program(env, "when", text, cel.BoolType)
	if err != nil {
		return nil, err
	}
	return func(activation map[string]any, _ int) (bool, error) {
		value, applies, err := evaluate(program, activation)
		yes, isBool := value.(bool)
		if applies && !isBool {
			return false, ErrRule
		}
		return yes, err
	}, nil
}

// messageOf is the message's text, or an expression that yields it.
func messageOf(env *cel.Env, text string) (func(map[string]any) (string, error), error) {
	expression, isExpression := strings.CutPrefix(text, "=")
	if !isExpression {
		return func(map[string]any) (string, error) { return text, nil }, nil
	}
	program, err := program(env, "message", strings.TrimSpace(expression), cel.StringType)
	if err != nil {
		return nil, err
	}
	return func(activation map[string]any) (string, error) {
		value, _, err := evaluate(program, activation)
		said, _ := value.(string)
		return said, err
	}, nil
}

func program(env *cel.Env, word, text string, want *cel.Type) (cel.Program, error) {
	if text == "" {
		return nil, fmt.Errorf("verdicts: %s: the expression is empty; write one such as %q", word, "status == 404 && body.code == 'unknown'")
	}
	ast, issues := env.Compile(text)
	if issues.Err() != nil {
		return nil, fmt.Errorf("verdicts: %s %q: %w", word, text, issues.Err())
	}
	if got := ast.OutputType(); !got.IsExactType(want) && !got.IsExactType(cel.DynType) {
		return nil, fmt.Errorf("verdicts: %s %q: this yields %s; write an expression that yields %s", word, text, got, want)
	}
	if err := checkPatterns(ast); err != nil {
		return nil, fmt.Errorf("verdicts: %s %q: %w", word, text, err)
	}
	program, err := env.Program(ast, cel.EvalOptions(cel.OptOptimize), cel.CostLimit(maxCost), cel.InterruptCheckFrequency(checkEvery))
	if err != nil {
		return nil, fmt.Errorf("verdicts: %s %q: %w", word, text, err)
	}
	return program, nil
}

// ErrRule is the error of a rule that could not be evaluated: of types that do not
// fit, or stopped because of its cost. It has none of CEL's own words, which can
// quote the answer.
var ErrRule = errors.New("a verdicts rule cannot be evaluated")

// maxTime bounds one evaluation; CEL looks at it after every so many steps.
const (
	maxTime    = 250 * time.Millisecond
	checkEvery = 100
)

// evaluate runs a program. applies is false where it asks for what is not there.
func evaluate(program cel.Program, activation map[string]any) (value any, applies bool, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), maxTime)
	defer cancel()
	out, _, err := program.ContextEval(ctx, activation)
	switch {
	case err == nil:
		return out.Value(), true, nil
	case strings.HasPrefix(err.Error(), "no such key"), strings.HasPrefix(err.Error(), "no such attribute"):
		return nil, false, nil
	default:
		return nil, false, ErrRule
	}
}

// Decide returns what the first rule that applies says, and whether there is one.
func (b *Book) Decide(in Input) (Decision, bool, error) {
	if b == nil {
		return Decision{}, false, nil
	}
	if in.Body == nil {
		in.Body = map[string]any{}
	}
	if len(in.Text) > maxText {
		in.Text = strings.ToValidUTF8(in.Text[:maxText], "")
	}
	activation := map[string]any{
		"status": in.Status, "header": in.Header, "body": in.Body,
		"text": in.Text, "step": in.Step, "claims": in.Claims,
	}
	for i, rule := range b.rules {
		applies, err := rule.matches(activation, in.Status)
		if err != nil {
			return Decision{Index: i}, false, err
		}
		if !applies {
			continue
		}
		text, err := rule.message(activation)
		if err != nil {
			return Decision{Index: i}, false, err
		}
		return Decision{i, rule.verdict, text}, true, nil
	}
	return Decision{}, false, nil
}
