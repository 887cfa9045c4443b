// Command promql reads PromQL with Prometheus' own parser and says what it found,
// for tests that cannot import that parser: as a dependency of the product's module
// it would choose versions for everybody who builds Gatehouse.
//
// It reads one JSON object from standard input, and writes one:
//
//	{"expressions": ["…"], "rules": {"<file name>": "<its content>"}}
//	{"expressions": [{"selectors": […], …}], "rules": {"<file name>": {"groups": […], "errors": […]}}}
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
)

type question struct {
	Expressions []string          `json:"expressions"`
	Rules       map[string]string `json:"rules"`
}

type answer struct {
	Expressions []expression        `json:"expressions"`
	Rules       map[string]ruleFile `json:"rules"`
}

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "promql:", err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer) error {
	var asked question
	if err := json.NewDecoder(in).Decode(&asked); err != nil {
		return fmt.Errorf("reading the question: %w", err)
	}
	said := answer{Expressions: make([]expression, len(asked.Expressions)), Rules: make(map[string]ruleFile)}
	for i, text := range asked.Expressions {
		said.Expressions[i] = read(text)
	}
	for name, content := range asked.Rules {
		said.Rules[name] = readRules(content)
	}
	if err := json.NewEncoder(out).Encode(said); err != nil {
		return fmt.Errorf("writing the answer: %w", err)
	}
	return nil
}
