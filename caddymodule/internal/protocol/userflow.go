package protocol

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/claims"
)

// UserFlow is b2c_user_flow: API connectors of Azure AD B2C user flows. A call
// is a POST of one flat JSON object; at one step of three the names differ
// between Microsoft's own examples, and both are read.
type UserFlow struct{}

// Name implements Dialect.
func (UserFlow) Name() string { return "b2c_user_flow" }

// Attempt implements Dialect: 5 s since 2025, 20 s on older pages.
func (UserFlow) Attempt() time.Duration { return 5 * time.Second }

// LanguageClaim implements Dialect.
func (UserFlow) LanguageClaim() string { return "ui_locales" }

// Steps implements Dialect.
func (UserFlow) Steps() []Step {
	return []Step{StepNone, StepOther, StepFederation, StepAttributes, StepToken}
}

// OnFault implements Dialect. On the attribute page the person keeps the form
// and can press again; elsewhere nobody gets on unchecked.
func (UserFlow) OnFault(s Step) Kind {
	switch s {
	case StepFederation:
		return KindBlock
	case StepToken:
		return KindHalt
	case StepNone, StepOther, StepAttributes:
	}
	return KindInvalid
}

var userFlowAliases = map[string]string{"clientId": "client_id", "lastName": "surname"}

// Aliases implements Dialect.
func (UserFlow) Aliases() map[string]string { return userFlowAliases }

// Methods implements Dialect.
func (UserFlow) Methods() []string { return []string{http.MethodPost} }

// Read implements Dialect. A known step gets its documented spelling.
func (UserFlow) Read(r Request) (Call, error) {
	object, err := readJSON(r)
	if err != nil {
		return Call{}, err
	}
	call := Call{Claims: object, Query: r.Query}
	if sent := object.Text("step"); sent != "" {
		call.Step = StepByName(sent)
		if call.Step >= StepFederation && sent != call.Step.String() {
			call.Claims = object.With("step", claims.Quote(call.Step.String()))
		}
	}
	return call, nil
}

// Legal implements Dialect, from the expected response types of each step on
// Microsoft's page. A block page at PreTokenIssuance is ignored and the user
// gets the token, so every refusal there leaves as a halt.
func (UserFlow) Legal(s Step, k Kind) Kind {
	switch {
	case s == StepToken && (k == KindBlock || k == KindInvalid):
		return KindHalt
	case s == StepFederation && k == KindInvalid:
		return KindBlock
	default:
		return k
	}
}

// reservedInUserFlow are the contract's own members beside version and action. In
// any letter case: a serialiser that writes "Status" means the same.
var reservedInUserFlow = []string{"status", "userMessage", "code", "requestId", "developerMessage", "moreInfo"}

func isOneOf(name string, names ...string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) })
}

// Leaving implements Dialect. A user flow's attributes are strings, booleans and
// integers: lists of scalars are joined, objects cannot leave. `email` cannot be
// overridden at PreTokenIssuance.
func (UserFlow) Leaving(s Step, o claims.Object) (claims.Object, []Dropped) {
	members := make([]claims.Member, 0, o.Len())
	var dropped []Dropped
	drop := func(name, why string) { dropped = append(dropped, Dropped{name, why}) }
	for name, value := range o.All() {
		switch kind := value.Kind(); {
		case isOneOf(name, "version", "action"):
			continue // the answer has its own
		case isOneOf(name, reservedInUserFlow...):
			drop(name, "a member of the contract, no claim")
			continue
		case s == StepToken && isOneOf(name, "email"):
			drop(name, "the token's e-mail address cannot be overridden")
			continue
		case kind == 'n':
			drop(name, "null")
			continue
		case kind == '{':
			drop(name, "an object; attributes are strings, booleans and integers")
			continue
		case kind == '[':
			joined, ok := claims.JoinScalars(value, ",")
			if len(value) == len("[]") {
				drop(name, "an empty list")
				continue
			}
			if !ok {
				drop(name, "a list of more than scalars; attributes are strings, booleans and integers")
				continue
			}
			value = joined
		}
		members = append(members, claims.Member{Name: name, Value: value})
	}
	return claims.New(members...), dropped
}

// Write implements Dialect.
func (UserFlow) Write(k Kind, c Content) Answer {
	body := make([]byte, 0, 256)
	switch k {
	case KindContinue:
		body = appendAction(body, "Continue", c)
		if c.Claims.Len() > 0 {
			body = append(body, ',')
			body = c.Claims.AppendMembers(body)
		}
		return Answer{k, http.StatusOK, append(body, '}')}
	case KindBlock:
		body = appendAction(body, "ShowBlockPage", c)
		body = append(body, `,"userMessage":`...)
		body = claims.AppendQuote(body, c.Message)
		return Answer{k, http.StatusOK, append(body, '}')}
	case KindInvalid:
		// The body's status has to repeat the HTTP status, or the page shows
		// "The claims exchange ... returned HTTP error response".
		body = append(body, `{"version":`...)
		body = appendVersion(body, c)
		body = append(body, `,"status":400,"action":"ValidationError","userMessage":`...)
		body = claims.AppendQuote(body, c.Message)
		return Answer{k, http.StatusBadRequest, append(body, '}')}
	case KindHalt, KindRefused:
	}
	return Answer{KindHalt, http.StatusConflict, appendError(body, "409", c)}
}

func appendAction(dst []byte, action string, c Content) []byte {
	dst = append(dst, `{"version":`...)
	dst = appendVersion(dst, c)
	dst = append(dst, `,"action":"`...)
	dst = append(dst, action...)
	return append(dst, '"')
}
