package main

import (
	"slices"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql/parser"
)

// expression is what one expression reads and yields.
type expression struct {
	Error     string     `json:"error,omitempty"`
	Selectors []selector `json:"selectors"`
	Functions []string   `json:"functions"` // and aggregations
	Grouped   []string   `json:"grouped"`   // labels that by(), on() and their like name
	Quantiles int        `json:"quantiles"` // histogram_quantile() without le below
	Labels    []string   `json:"labels"`    // that the result certainly keeps
	Open      []string   `json:"open"`      // metrics of which the result keeps the labels they have
}

type selector struct {
	Metric   string        `json:"metric"`
	Matchers []matcher     `json:"matchers"`
	Range    time.Duration `json:"range"`    // 0: an instant
	Function string        `json:"function"` // that has the range, "" where none
}

type matcher struct {
	Label string `json:"label"`
	Op    string `json:"op"`
	Value string `json:"value"`
}

func read(text string) expression {
	parsed, err := parser.NewParser(parser.Options{}).ParseExpr(text)
	if err != nil {
		return expression{Error: err.Error()}
	}
	var e expression
	parser.Inspect(parsed, func(node parser.Node, path []parser.Node) error {
		e.note(node, path)
		return nil
	})
	e.Labels, e.Open = result(parsed)
	return e
}

func (e *expression) note(node parser.Node, path []parser.Node) {
	switch n := node.(type) {
	case *parser.VectorSelector:
		s := selector{Metric: n.Name}
		for _, m := range n.LabelMatchers {
			if m.Name != model.MetricNameLabel {
				s.Matchers = append(s.Matchers, matcher{m.Name, m.Type.String(), m.Value})
			}
		}
		if len(path) > 0 {
			if m, ok := path[len(path)-1].(*parser.MatrixSelector); ok {
				s.Range = m.Range
				if len(path) > 1 {
					if call, ok := path[len(path)-2].(*parser.Call); ok {
						s.Function = call.Func.Name
					}
				}
			}
		}
		e.Selectors = append(e.Selectors, s)
	case *parser.Call:
		e.Functions = append(e.Functions, n.Func.Name)
		if n.Func.Name == "histogram_quantile" {
			if kept, open := result(n.Args[1]); len(open) == 0 && !slices.Contains(kept, "le") {
				e.Quantiles++
			}
		}
	case *parser.AggregateExpr:
		e.Functions = append(e.Functions, n.Op.String())
		e.Grouped = append(e.Grouped, n.Grouping...)
	case *parser.BinaryExpr:
		if n.VectorMatching != nil {
			e.Grouped = append(e.Grouped, n.VectorMatching.MatchingLabels...)
		}
	}
}

// result tells which labels the result of an expression keeps: those it names, and
// whatever labels the metrics have that nothing aggregates.
func result(node parser.Expr) (kept, open []string) {
	switch n := node.(type) {
	case *parser.ParenExpr:
		return result(n.Expr)
	case *parser.UnaryExpr:
		return result(n.Expr)
	case *parser.VectorSelector:
		return nil, []string{n.Name}
	case *parser.MatrixSelector:
		return result(n.VectorSelector)
	case *parser.SubqueryExpr:
		return result(n.Expr)
	case *parser.AggregateExpr:
		if n.Op == parser.TOPK || n.Op == parser.BOTTOMK || n.Without {
			return result(n.Expr)
		}
		return n.Grouping, nil
	case *parser.Call:
		return ofCall(n)
	case *parser.BinaryExpr:
		return ofBinary(n)
	}
	return nil, nil
}

func ofCall(call *parser.Call) (kept, open []string) {
	for _, arg := range call.Args {
		if arg.Type() == parser.ValueTypeVector || arg.Type() == parser.ValueTypeMatrix {
			kept, open = result(arg)
		}
	}
	switch call.Func.Name {
	case "histogram_quantile":
		kept = slices.DeleteFunc(slices.Clone(kept), func(label string) bool { return label == "le" })
	case "label_replace", "label_join":
		if name, ok := call.Args[1].(*parser.StringLiteral); ok {
			kept = append(slices.Clone(kept), name.Val)
		}
	}
	return kept, open
}

func ofBinary(n *parser.BinaryExpr) (kept, open []string) {
	left, openLeft := result(n.LHS)
	right, openRight := result(n.RHS)
	switch {
	case n.VectorMatching == nil && n.LHS.Type() == parser.ValueTypeScalar:
		return right, openRight
	case n.Op == parser.LOR:
		return append(slices.Clone(left), right...), append(openLeft, openRight...)
	case n.VectorMatching != nil && n.VectorMatching.Card == parser.CardOneToMany:
		return append(slices.Clone(right), n.VectorMatching.Include...), openRight
	case n.VectorMatching != nil && n.VectorMatching.Card == parser.CardManyToOne:
		return append(slices.Clone(left), n.VectorMatching.Include...), openLeft
	}
	return left, openLeft
}
