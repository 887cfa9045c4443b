package checkup

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"reflect"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/simulator"
)

// retries sends calls a second time, with the same bytes.
func (r *run) retries(ctx context.Context, examples []answer) {
	for _, example := range examples {
		r.plan.Progress("a retried call at " + nameOf(example.step))
		again := r.ask(ctx, r.right(), example.step, 1, example.request)
		if ctx.Err() != nil {
			return
		}
		r.same(Retry, example.asked, again)
	}
	r.settle(Retry, "the same, %s", countOf(len(examples), "call"))

	// Two calls that nobody has sent before, so that neither finds the trace of an
	// earlier one.
	step := r.plan.mainStep()
	claims := maps.Clone(r.plan.claims(step))
	if email, isText := claims["email"].(string); isText {
		claims["email"] = "retry." + email
	}
	body, kind := simulator.Call(r.plan.Protocol, step, claims)
	call := simulator.Request{Body: body, ContentType: kind}
	r.plan.Progress("two equal calls at once")
	other := make(chan asked, 1)
	second := *r // counts for itself
	go func() { other <- second.ask(ctx, r.right(), step, 1, call) }()
	one := r.ask(ctx, r.right(), step, 1, call)
	two := <-other
	r.calls += len(two.Attempts)
	if ctx.Err() != nil {
		return
	}
	r.same(RetryAtOnce, one, two)
	r.settle(RetryAtOnce, "the same")
}

func (r *run) same(name Name, one, two asked) {
	switch {
	case two.Err != nil:
		r.fail(name, r.found(two, "", "no answer: %v", two.Err))
	case one.Err != nil:
		r.fail(name, r.found(one, "", "no answer: %v", one.Err))
	case one.Status != two.Status:
		r.fail(name, r.found(two, "", "HTTP %d, and HTTP %d to the same call", one.Status, two.Status))
	case !sameBody(one.Body, two.Body):
		r.fail(name, r.found(two, "", "another body; to the same call it was %.300q", r.hide.part(string(one.Body))))
	}
}

// sameBody compares what bodies say. A requestId names the call itself.
func sameBody(one, two []byte) bool {
	if bytes.Equal(one, two) {
		return true
	}
	var first, second map[string]any
	if json.Unmarshal(one, &first) != nil || json.Unmarshal(two, &second) != nil {
		return false
	}
	delete(first, "requestId")
	delete(second, "requestId")
	return reflect.DeepEqual(first, second)
}
