package checkup

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/simulator"
)

// aspects are the checks that each example's answer is judged by.
var aspects = []Name{Answered, Time, Redirect, Status, Encoding, JSON, ContentType, Null, Version, Action, Message, Claims, Step}

func (r *run) example(step string) simulator.Request {
	body, kind := simulator.Call(r.plan.Protocol, step, r.plan.claims(step))
	return simulator.Request{Body: body, ContentType: kind}
}

// steps makes the example's call at each step and returns the answers that could
// be read.
func (r *run) steps(ctx context.Context) []answer {
	var readable []answer
	var seen examples
	for _, step := range r.plan.Steps {
		if r.stopped != "" {
			break
		}
		r.plan.Progress("the example of " + nameOf(step))
		x := r.ask(ctx, r.right(), step, simulator.DefaultAttempts, r.example(step))
		if ctx.Err() != nil || r.results[AuthRight] == nil && !r.letIn(x) {
			return nil
		}
		a := r.judge(x)
		for _, name := range aspects {
			if problems := a.problems[name]; len(problems) > 0 {
				r.fail(name, r.found(x, a.code(name), "%s", strings.Join(problems, "; ")))
			}
		}
		if len(a.problems[Time]) > 0 {
			r.stopped = fmt.Sprintf("calls are not answered within %s", inShort(r.plan.Timeout))
		}
		seen.add(a)
		if !a.unread {
			readable = append(readable, a)
			r.expected(a)
		}
	}
	r.settleAspects(seen, len(readable) > 0)
	return readable
}

// examples is what the answers to the examples have in common.
type examples struct {
	kinds   []string // what came
	remarks []string
	slowest time.Duration
	late    int // answers that came at the second attempt
}

func (e *examples) add(a answer) {
	if a.Err != nil {
		return
	}
	kind := a.kind.String()
	if a.unread {
		kind = fmt.Sprintf("HTTP %d", a.Status)
	}
	if a.step != "" {
		kind = a.step + " " + kind
	}
	e.kinds, e.remarks = append(e.kinds, kind), append(e.remarks, a.remarks...)
	e.slowest, e.late = max(e.slowest, a.Attempts[len(a.Attempts)-1].Elapsed), e.late+len(a.Attempts)-1
}

// settleAspects ends the checks of the examples' answers.
func (r *run) settleAspects(seen examples, readable bool) {
	if len(seen.kinds) == 0 {
		return
	}
	if seen.late > 0 && r.results[Time] == nil {
		r.skip(Time, "%s came only at the second attempt, after %s", countOf(seen.late, "answer"), inShort(r.plan.Timeout))
	}
	r.settle(Time, "the slowest answer took %s of %s", inShort(seen.slowest), inShort(r.plan.Timeout))
	r.settle(Answered, "%s", strings.Join(seen.kinds, ", "))
	r.settle(Redirect, "none")
	if !readable {
		return
	}
	says := map[Name]string{
		Status: "a pair of the contract", Encoding: "none", JSON: "one object", ContentType: "application/json",
		Null: "none", Version: "one wherever it is due", Action: "known", Message: "one wherever it is due",
		Claims: "of types that can be stored", Step: "allowed",
	}
	for _, name := range aspects {
		r.settle(name, "%s", says[name])
	}
	if r.plan.Expect != ExpectNone {
		r.settle(Expected, "%s", r.plan.Expect)
	}
	if slices.Sort(seen.remarks); len(seen.remarks) > 0 {
		r.skip(Plain, "documented nowhere: %s", strings.Join(slices.Compact(seen.remarks), "; "))
	} else {
		r.pass(Plain, "nothing undocumented")
	}
}

func (r *run) expected(a answer) {
	if !r.plan.Expect.met(r.plan.Protocol, a.step, a.kind) {
		r.fail(Expected, r.found(a.asked, "", "%s, want %s", a.kind, r.plan.Expect))
	}
}

func nameOf(step string) string {
	if step == "" {
		return "the policy's call"
	}
	return step
}
