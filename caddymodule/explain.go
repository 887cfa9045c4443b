package caddymodule

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/spf13/cobra"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/judge"
	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/protocol"
	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/verdict"
)

func explainCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "explain --status <code> [--header <line>]... [<file>|-]",
		Short: "Show what becomes of an answer of the validator",
		Long: `
Takes an answer of a validator and shows what a connector makes of it, with default
settings or with those of a configuration: the verdict, the rule that decided by its
number and name, the exact bytes that leave and the claims that cannot.

The body is read from the file, or from standard input with - or without a file.
The steps are PostFederationSignup, PostAttributeCollection and PreTokenIssuance;
without --step the call has none.`,
		Example: `  curl -s http://validator/check -d @call.json | gatehouse connector explain --status 409 -
  gatehouse connector explain --protocol b2c_custom_policy --status 200 answer.json
  gatehouse connector explain --config Caddyfile --connector signup --status 404 answer.json
  gatehouse connector explain --status 422 --header 'Content-Type: application/problem+json' --json answer.json`,
		Args: cobra.MaximumNArgs(1),
		RunE: runExplain,
	}
	cmd.Flags().String("protocol", protocol.UserFlow{}.Name(), "b2c_user_flow or b2c_custom_policy")
	cmd.Flags().String("step", "", "step of the user flow at which the call came")
	cmd.Flags().Int("status", 0, "HTTP status of the answer (required)")
	cmd.Flags().StringArray("header", nil, "header line of the answer, such as 'Content-Type: text/plain'; repeatable")
	cmd.Flags().String("config", "", "configuration (Caddyfile, or *.json) whose connector judges; default: one with default settings")
	cmd.Flags().String("connector", "", "name of the connector in --config, where there are several")
	cmd.Flags().Bool("json", false, "print JSON")
	return cmd
}

func runExplain(cmd *cobra.Command, args []string) error {
	flags := cmd.Flags()
	protocolName, err1 := flags.GetString("protocol")
	step, err2 := flags.GetString("step")
	status, err3 := flags.GetInt("status")
	lines, err4 := flags.GetStringArray("header")
	asJSON, err5 := flags.GetBool("json")
	if err := errors.Join(err1, err2, err3, err4, err5); err != nil {
		return err
	}
	config, err6 := flags.GetString("config")
	name, err7 := flags.GetString("connector")
	if err := errors.Join(err6, err7); err != nil {
		return err
	}
	c, err := &Connector{Protocol: protocolName}, error(nil)
	if config != "" {
		if flags.Changed("protocol") {
			return fmt.Errorf("--protocol %q: the connector of --config has its own; leave it out", protocolName)
		}
		c, err = configured(config, name)
	} else {
		err = errors.Join(c.configureMeaning()...)
	}
	if err != nil {
		return err
	}
	at, err := c.stepOf(step)
	if err != nil {
		return err
	}
	answer := judge.Answer{Status: status, Header: make(http.Header)}
	if status < 100 || status > 599 {
		return fmt.Errorf("--status %d: write the HTTP status of the answer, 100 to 599", status)
	}
	for _, line := range lines {
		name, value, found := strings.Cut(line, ":")
		if !found || !isToken(strings.TrimSpace(name)) {
			return fmt.Errorf("--header %q: write it as 'Name: value'", line)
		}
		answer.Header.Add(strings.TrimSpace(name), strings.TrimSpace(value))
	}
	if answer.Body, err = readAnswer(cmd, args, c.MaxResponse); err != nil {
		return err
	}
	e := c.explain(at, answer)
	if asJSON {
		return e.writeJSON(cmd.OutOrStdout())
	}
	return e.write(cmd.OutOrStdout())
}

// explainer is a connector with default settings that answers nobody.
func explainer(protocolName, step string) (*Connector, protocol.Step, error) {
	c := &Connector{Protocol: protocolName}
	if err := errors.Join(c.configureMeaning()...); err != nil {
		return nil, 0, err
	}
	at, err := c.stepOf(step)
	return c, at, err
}

// stepOf reads --step.
func (c *Connector) stepOf(step string) (protocol.Step, error) {
	at := protocol.StepByName(step)
	switch {
	case step != "" && len(c.dialect.Steps()) == 1:
		return 0, fmt.Errorf("--step %q: calls of %s name no step; leave it out", step, c.Protocol)
	case at == protocol.StepOther:
		return 0, fmt.Errorf("--step %q is unknown; write PostFederationSignup, PostAttributeCollection or PreTokenIssuance", step)
	}
	return at, nil
}

// configured finds a connector in a configuration, in any place of any route.
func configured(path, name string) (*Connector, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("--config: %w", err)
	}
	if !strings.HasSuffix(path, ".json") {
		if content, _, err = caddyconfig.GetAdapter("caddyfile").Adapt(content, map[string]any{"filename": path}); err != nil {
			return nil, fmt.Errorf("--config %q: %w", path, err)
		}
	}
	var tree any
	if err := json.Unmarshal(content, &tree); err != nil {
		return nil, fmt.Errorf("--config %q: %w", path, err)
	}
	var found []*Connector
	var names []string
	eachConnector(tree, func(raw map[string]any) {
		delete(raw, "handler")
		text, _ := json.Marshal(raw) // it was JSON before
		c := new(Connector)
		problem := caddy.StrictUnmarshalJSON(text, c)
		err = errors.Join(err, problem)
		if problem == nil && (name == "" || c.Name == name) {
			found = append(found, c)
		}
		names = append(names, strconv.Quote(c.Name))
	})
	slices.Sort(names)
	if len(found) != 1 {
		return nil, errors.Join(err, fmt.Errorf("--config %q: %d connectors fit; choose one with --connector: %s", path, len(found), strings.Join(names, ", ")))
	}
	return found[0], errors.Join(found[0].configureMeaning()...)
}

func eachConnector(tree any, visit func(map[string]any)) {
	switch v := tree.(type) {
	case map[string]any:
		if v["handler"] == "api_connector" {
			visit(v)
		}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			eachConnector(v[key], visit)
		}
	case []any:
		for _, element := range v {
			eachConnector(element, visit)
		}
	}
}

// readAnswer reads the body. One that is too large is judged as the connector
// would.
func readAnswer(cmd *cobra.Command, args []string, limit int64) ([]byte, error) {
	in := cmd.InOrStdin()
	if len(args) == 1 && args[0] != "-" {
		file, err := os.Open(args[0])
		if err != nil {
			return nil, fmt.Errorf("reading the answer: %w", err)
		}
		defer func() { _ = file.Close() }() // it was only read
		in = file
	}
	body, err := io.ReadAll(io.LimitReader(in, limit+1))
	if err != nil {
		return nil, fmt.Errorf("reading the answer: %w", err)
	}
	return body, nil
}

// explanation is what explain says, as its JSON has it.
type explanation struct {
	Verdict string `json:"verdict"`          // continue, block, invalid or fault
	Reason  string `json:"reason,omitempty"` // of a fault
	Rule    struct {
		Number  int    `json:"number"`
		Name    string `json:"name"`
		Applies string `json:"applies"`
	} `json:"rule"`
	Format  string             `json:"format"`
	Dropped []protocol.Dropped `json:"dropped"`
	Answer  struct {
		Kind   string          `json:"kind"` // continue, block, invalid or halt
		Status int             `json:"status"`
		Body   json.RawMessage `json:"body"`
	} `json:"answer"`
}

func (c *Connector) explain(at protocol.Step, answer judge.Answer) explanation {
	finding := judge.Failed(verdict.TooLarge)
	if int64(len(answer.Body)) <= c.MaxResponse {
		answer.Step = at.String()
		finding = c.judge.Answer(answer)
	}
	left, dropped := c.render(question{step: at}, finding.Verdict)
	var e explanation
	e.Verdict = outcome(finding.Verdict)
	if fault, isFault := finding.Verdict.(verdict.Fault); isFault {
		e.Reason = fault.Reason.String()
	}
	e.Rule.Number, e.Rule.Name, e.Rule.Applies = int(finding.Rule), finding.Rule.Name(), finding.Rule.Applies()
	if finding.Rule == judge.RuleConfigured {
		e.Rule.Applies = c.Verdicts[finding.Index].String()
	}
	e.Format = finding.Format.String()
	e.Dropped = append([]protocol.Dropped{}, dropped...)
	e.Answer.Kind, e.Answer.Status, e.Answer.Body = left.Kind.String(), left.Status, left.Body
	return e
}

func (e explanation) writeJSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(e)
}

func (e explanation) write(w io.Writer) error {
	var text strings.Builder
	fmt.Fprintf(&text, "verdict  %s\n", strings.TrimSpace(e.Verdict+" "+e.Reason))
	fmt.Fprintf(&text, "rule     %d %s: %s\n", e.Rule.Number, e.Rule.Name, e.Rule.Applies)
	fmt.Fprintf(&text, "format   %s\n", e.Format)
	for _, d := range e.Dropped {
		fmt.Fprintf(&text, "dropped  %s: %s\n", d.Name, d.Why)
	}
	fmt.Fprintf(&text, "answer   %s, HTTP %d\n\n%s\n", e.Answer.Kind, e.Answer.Status, e.Answer.Body)
	_, err := io.WriteString(w, text.String())
	return err
}
