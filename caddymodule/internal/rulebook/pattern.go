package rulebook

import (
	"errors"
	"fmt"
	"regexp/syntax"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
)

// maxProgram is how many instructions a pattern may have. Go matches in time
// linear in the text times these; CEL's cost counts the pattern as it is written,
// so that x{0,1000} would be cheap.
const maxProgram = 250

// checkPatterns refuses patterns of `matches` that cannot be weighed or weigh too
// much.
func checkPatterns(compiled *cel.Ast) error {
	var problems []error
	visitor := ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() != ast.CallKind || e.AsCall().FunctionName() != "matches" {
			return
		}
		args := e.AsCall().Args()
		pattern := args[len(args)-1]
		if pattern.Kind() != ast.LiteralKind {
			problems = append(problems, errors.New("matches wants its pattern spelled out"))
			return
		}
		text, _ := pattern.AsLiteral().Value().(string)
		parsed, err := syntax.Parse(text, syntax.Perl)
		if err != nil {
			problems = append(problems, fmt.Errorf("matches: %w", err))
			return
		}
		program, err := syntax.Compile(parsed.Simplify())
		if err != nil || len(program.Inst) > maxProgram {
			problems = append(problems, fmt.Errorf("matches %q: the pattern is too large once its repetitions are spelled out; write a simpler one", text))
		}
	})
	ast.PostOrderVisit(compiled.NativeRep().Expr(), visitor)
	return errors.Join(problems...)
}
