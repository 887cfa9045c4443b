package checkup

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/simulator"
	"github.com/gatehouse-proxy/gatehouse/internal/contract"
)

// lengths are the most characters that an attribute can have,
// AD/user-profile-attributes. A custom attribute has at most 250.
var lengths = map[string]int{
	"displayName": 256, "givenName": 64, "surname": 64, "jobTitle": 128, "streetAddress": 1024,
	"city": 128, "state": 128, "country": 128, "postalCode": 40,
}

const longestCustom = 250

// nonLatin is text in the scripts of people who sign up, with a character beyond
// the basic plane.
const nonLatin = "Žofia Ελένη 李雷 محمد שרה अनिता 😀"

// variant changes the claims of an example.
type variant struct {
	name   Name
	what   string
	change func(claims map[string]any, claim string)
}

var variants = []variant{
	{ClaimsAbsent, "the fewest claims", func(claims map[string]any, claim string) { delete(claims, claim) }},
	{ClaimsNull, "null claims", func(claims map[string]any, claim string) { claims[claim] = nil }},
	{ClaimsEmpty, "empty claims", func(claims map[string]any, claim string) {
		if _, isText := claims[claim].(string); isText {
			claims[claim] = ""
		}
	}},
	{ClaimsLong, "long claims", func(claims map[string]any, claim string) {
		length, known := lengths[claim]
		if !known {
			length = longestCustom
		}
		setText(claims, claim, strings.Repeat("x", length))
	}},
	{ClaimsNonLatin, "claims in other scripts", func(claims map[string]any, claim string) {
		setText(claims, claim, nonLatin)
	}},
}

// setText replaces a claim that is free text; an identifier stays what it is.
func setText(claims map[string]any, claim, text string) {
	if _, isText := claims[claim].(string); isText && claim != "objectId" {
		claims[claim] = text
	}
}

// kept are the claims that every variant has: "email is always sent", and what a
// flow says of itself.
var kept = []string{"email", "step", "client_id", "clientId", "ui_locales", "language"}

func (v variant) call(protocol contract.Protocol, step string, claims map[string]any) simulator.Request {
	changed := maps.Clone(claims)
	for _, claim := range slices.Sorted(maps.Keys(claims)) {
		if !slices.Contains(kept, claim) {
			v.change(changed, claim)
		}
	}
	return simulator.Request{Body: simulator.Encode(simulator.WithContext(protocol, step, changed))}
}

// variants asks with other claims. What was wrong with the answer to the example
// is not held against them again.
func (r *run) variants(ctx context.Context, examples []answer) {
	for _, v := range variants {
		for _, example := range examples {
			r.plan.Progress(v.what + " at " + nameOf(example.step))
			x := r.ask(ctx, r.right(), example.step, 1, v.call(r.plan.Protocol, example.step, r.plan.claims(example.step)))
			if ctx.Err() != nil {
				return
			}
			a := r.judge(x)
			for _, name := range aspects {
				if problems := a.problems[name]; len(problems) > 0 && len(example.problems[name]) == 0 {
					r.fail(v.name, r.found(x, a.code(name), "%s: %s", name, strings.Join(problems, "; ")))
				}
			}
		}
		r.settle(v.name, "answered, %s", countOf(len(examples), "call"))
	}
}

func countOf(n int, what string) string {
	if n == 1 {
		return "one " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// wrong asks what the provider never would.
func (r *run) wrong(ctx context.Context) {
	step := r.plan.mainStep()
	if r.plan.Protocol == contract.UserFlow {
		r.plan.Progress("a GET")
		x := r.ask(ctx, r.right(), step, 1, simulator.Request{Method: http.MethodGet})
		r.stands(WrongMethod, x, x.Status/100 == 2, "a GET is answered with HTTP %d")
	} else {
		r.skip(WrongMethod, "not asked: a policy may call with GET (SendClaimsIn)")
	}
	r.plan.Progress("a wrong Content-Type")
	x := r.ask(ctx, r.right(), step, 1, simulator.Request{Body: r.example(step).Body, ContentType: "text/plain"})
	r.stands(WrongType, x, false, "")
	r.plan.Progress("a broken body")
	x = r.ask(ctx, r.right(), step, 1, simulator.Request{Body: []byte(`{"step":"` + step + `","email":`)})
	r.stands(WrongBody, x, r.judge(x).kind == contract.Continue, "what cannot be read is let through, HTTP %d")
}

// stands fails a check where bad is true, or where the endpoint broke down.
func (r *run) stands(name Name, x asked, bad bool, format string) {
	switch {
	case x.Err != nil:
		r.fail(name, r.found(x, "", "no answer: %v", x.Err))
	case x.Status >= http.StatusInternalServerError && x.Status != http.StatusNotImplemented:
		r.fail(name, r.found(x, "", "HTTP %d", x.Status))
	case bad:
		r.fail(name, r.found(x, "", format, x.Status))
	default:
		r.pass(name, "HTTP %d", x.Status)
	}
}
