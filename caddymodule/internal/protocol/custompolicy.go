package protocol

import (
	"net/http"
	"time"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/claims"
)

// CustomPolicy is b2c_custom_policy: RESTful technical profiles. Claim names are
// the policy author's, so none has an alias, and there are no steps.
type CustomPolicy struct{}

// Name implements Dialect.
func (CustomPolicy) Name() string { return "b2c_custom_policy" }

// Attempt implements Dialect: 10 s since 2025, 30 s on older pages.
func (CustomPolicy) Attempt() time.Duration { return 10 * time.Second }

// Steps implements Dialect: a policy's calls name none.
func (CustomPolicy) Steps() []Step { return []Step{StepNone} }

// OnFault implements Dialect.
func (CustomPolicy) OnFault(Step) Kind { return KindInvalid }

// Aliases implements Dialect.
func (CustomPolicy) Aliases() map[string]string { return nil }

// Read implements Dialect.
func (CustomPolicy) Read(r Request) (Call, error) {
	object, err := readJSON(r)
	return Call{Claims: object}, err
}

// Legal implements Dialect: a policy has one way to refuse.
func (CustomPolicy) Legal(_ Step, k Kind) Kind { return k }

// Leaving implements Dialect. Nothing is required of a policy's answer and no
// name is reserved in it; an empty list makes the token's issuance fail, so it
// is omitted, as null is.
func (CustomPolicy) Leaving(_ Step, o claims.Object) (claims.Object, int) {
	members := make([]claims.Member, 0, o.Len())
	dropped := 0
	for name, value := range o.All() {
		if value.Kind() == 'n' {
			continue
		}
		if len(value) == len("[]") && value.Kind() == '[' {
			dropped++
			continue
		}
		members = append(members, claims.Member{Name: name, Value: value})
	}
	return claims.New(members...), dropped
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
