package protocol

import (
	"net/http"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/claims"
)

// CustomPolicy is b2c_custom_policy: RESTful technical profiles. Claim names are
// the policy author's, so none has an alias, and there are no steps.
type CustomPolicy struct{}

// Name implements Dialect.
func (CustomPolicy) Name() string { return "b2c_custom_policy" }

// Attempt implements Dialect: 10 s since 2025, 30 s on older pages.
func (CustomPolicy) Attempt() time.Duration { return 10 * time.Second }

// LanguageClaim implements Dialect: the policy's author chooses one.
func (CustomPolicy) LanguageClaim() string { return "" }

// Steps implements Dialect: a policy's calls name none.
func (CustomPolicy) Steps() []Step { return []Step{StepNone} }

// OnFault implements Dialect.
func (CustomPolicy) OnFault(Step) Kind { return KindInvalid }

// Aliases implements Dialect.
func (CustomPolicy) Aliases() map[string]string { return nil }

// Methods implements Dialect: SendClaimsIn Body and Form are POST, QueryString,
// Url and Header are GET.
func (CustomPolicy) Methods() []string { return []string{http.MethodPost, http.MethodGet} }

// Read implements Dialect. Claims are in the body (JSON or form), or, with GET,
// in the query and in the configured headers.
func (CustomPolicy) Read(r Request) (Call, error) {
	if r.Method == http.MethodGet {
		object, err := readGet(r)
		return Call{Claims: object}, err
	}
	object, err := readPost(r)
	return Call{Claims: object, Query: r.Query}, err
}

// Legal implements Dialect: a policy has one way to refuse.
func (CustomPolicy) Legal(_ Step, k Kind) Kind { return k }

// Leaving implements Dialect. Nothing is required of a policy's answer and no
// name is reserved in it; an empty list makes the token's issuance fail, so it
// is omitted, as null is. An `action` that refuses cannot leave: a rule of the
// connector's own has overruled it.
func (CustomPolicy) Leaving(_ Step, o claims.Object) (claims.Object, []Dropped) {
	members := make([]claims.Member, 0, o.Len())
	var dropped []Dropped
	for name, value := range o.All() {
		switch {
		case isOneOf(name, "action") && refuses(value):
			dropped = append(dropped, Dropped{name, "it says no where the answer says yes"})
		case value.Kind() == 'n':
			dropped = append(dropped, Dropped{name, "null"})
		case len(value) == len("[]") && value.Kind() == '[':
			dropped = append(dropped, Dropped{name, "an empty list; the token could not be issued"})
		default:
			members = append(members, claims.Member{Name: name, Value: value})
		}
	}
	if len(dropped) == 0 {
		return o, nil
	}
	return claims.New(members...), dropped
}

func refuses(action jsontext.Value) bool {
	text, _ := claims.Unquote(action)
	return isOneOf(strings.TrimSpace(text), "ShowBlockPage", "ValidationError")
}

// Write implements Dialect. Any 4xx is read as an error today and 409 always
// was, so every refusal is 409 with 409 in the body.
func (CustomPolicy) Write(k Kind, c Content) Answer {
	body := make([]byte, 0, 256)
	if k == KindContinue {
		return Answer{k, http.StatusOK, c.Claims.Append(body)}
	}
	return Answer{k, http.StatusConflict, appendError(body, "409", c)}
}
