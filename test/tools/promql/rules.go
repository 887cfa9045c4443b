package main

import (
	"log/slog"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
)

// ruleFile is a file of rules as Prometheus would load it.
type ruleFile struct {
	Errors []string `json:"errors,omitempty"`
	Groups []group  `json:"groups"`
}

type group struct {
	Name  string `json:"name"`
	Rules []rule `json:"rules"`
}

type rule struct {
	Record      string            `json:"record,omitempty"`
	Alert       string            `json:"alert,omitempty"`
	Expr        string            `json:"expr"`
	For         time.Duration     `json:"for"`
	Labels      map[string]string `json:"labels,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

func readRules(content string) ruleFile {
	parsed, errs := rulefmt.Parse([]byte(content), false, model.UTF8Validation, parser.NewParser(parser.Options{}), slog.New(slog.DiscardHandler))
	var file ruleFile
	for _, err := range errs {
		file.Errors = append(file.Errors, err.Error())
	}
	if parsed == nil {
		return file
	}
	for _, g := range parsed.Groups {
		out := group{Name: g.Name}
		for _, r := range g.Rules {
			out.Rules = append(out.Rules, rule{r.Record, r.Alert, r.Expr, time.Duration(r.For), r.Labels, r.Annotations})
		}
		file.Groups = append(file.Groups, out)
	}
	return file
}
