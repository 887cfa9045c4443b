package caddymodule

import (
	"errors"
	"fmt"
	"slices"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/protocol"
)

// onFault is how a fault leaves, by step.
type onFault [protocol.StepCount]protocol.Kind

// unreadable is how the answer to a call that cannot be read leaves; its step
// mostly is not known. It never is a continue: that the person sent too much must
// not spare them the validator. Nor is it a block page where the step may be the
// one before the token, at which such a page is ignored.
func (o onFault) unreadable(dialect protocol.Dialect, step protocol.Step) protocol.Kind {
	kind := o[step]
	if kind == protocol.KindContinue {
		kind = dialect.OnFault(step)
	}
	if kind == protocol.KindBlock && step == protocol.StepNone {
		return protocol.KindHalt
	}
	return dialect.Legal(step, kind)
}

// anyStep is the word for every step that has no line of its own.
const anyStep = "default"

func newOnFault(dialect protocol.Dialect, configured map[string]string) (onFault, error) {
	var table onFault
	var problems []error
	byStep := make(map[protocol.Step]protocol.Kind)
	for step, word := range configured {
		kind, known := protocol.KindByName(word)
		if !known {
			problems = append(problems, fmt.Errorf("on_fault %q: write block, invalid, continue or halt", word))
		}
		if step == anyStep {
			continue
		}
		s := protocol.StepByName(step)
		if s < protocol.StepFederation || !slices.Contains(dialect.Steps(), s) {
			problems = append(problems, fmt.Errorf("on_fault %q: protocol %s has no such step; user flows have PostFederationSignup, PostAttributeCollection and PreTokenIssuance", step, dialect.Name()))
			continue
		}
		if _, twice := byStep[s]; twice {
			problems = append(problems, fmt.Errorf("on_fault %q: step %s is set twice under two spellings; keep one of the lines", step, s))
		}
		byStep[s] = kind
	}
	general, hasGeneral := protocol.KindByName(configured[anyStep])
	for _, s := range dialect.Steps() {
		kind, named := byStep[s]
		switch {
		case named:
		case hasGeneral && !(s == protocol.StepToken && general == protocol.KindContinue):
			kind = general
		default:
			kind = dialect.OnFault(s)
		}
		table[s] = dialect.Legal(s, kind)
	}
	return table, errors.Join(problems...)
}
