package demo

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/simulator"
	"github.com/gatehouse-proxy/gatehouse/internal/contract"
)

// form is what the person who signs up has done: chosen another provider, or sent
// the form.
type form struct {
	Federating  bool   `json:"federating"` // just back from the other provider; the form comes next
	Federated   bool   `json:"federated"`
	Email       string `json:"email"`
	DisplayName string `json:"display_name"`
	LoyaltyID   string `json:"loyalty_id"`
}

// event is one line of a journey, as the page reads it.
type event struct {
	Event string `json:"event"` // step, attempt, attempt_over, answer or end
	Step  string `json:"step,omitempty"`

	Call string `json:"call,omitempty"` // of step: the body that is sent

	Attempt int     `json:"attempt,omitempty"`
	Seconds float64 `json:"seconds,omitempty"`
	Status  int     `json:"status,omitempty"`
	GaveUp  bool    `json:"gave_up,omitempty"`

	// Of answer: what left, what the log says of it, and what the validator said.
	Body       string         `json:"body,omitempty"`
	Log        *Line          `json:"log,omitempty"`
	Validator  *validatorSaid `json:"validator,omitempty"`
	Violations string         `json:"violations,omitempty"` // of the contract

	// Of end.
	Outcome  string         `json:"outcome,omitempty"` // form, invalid, blocked, failed or token
	Message  string         `json:"message,omitempty"` // for the person
	Token    map[string]any `json:"token,omitempty"`
	Returned []string       `json:"returned,omitempty"` // claims of it that the validator gave
}

// validatorSaid is the validator's side of a call.
type validatorSaid struct {
	Answered
	// State is answered, remembered (it was not asked), silent, reset, refused or
	// unknown.
	State string `json:"state"`
}

// The ids that stand for those of a tenant, from Microsoft's example.
const (
	ExtensionsAppID = "0123456789abcdef0123456789abcdef"
	extensionPrefix = "extension_" + ExtensionsAppID + "_"
	objectID        = "11111111-0000-0000-0000-000000000000"
	clientID        = "93fd07aa-333c-409d-955d-96008fd08dd9"
)

// providersWords is what a person reads where the provider makes nothing of an
// answer.
const providersWords = "Sorry, something went wrong. The sign-up could not be completed."

// journey is one person's way through the sign-up, as the provider leads it.
type journey struct {
	page     *Page
	emit     func(event)
	claims   map[string]any
	returned map[string]bool
}

// run takes the steps that follow a form and emits what happens, to the end.
func (j *journey) run(ctx context.Context, f form) {
	j.claims = map[string]any{"email": f.Email, "displayName": f.DisplayName}
	j.returned = make(map[string]bool)
	if f.Federated || f.Federating {
		j.claims["identities"] = []any{map[string]any{"signInType": "federated", "issuer": "fabrikam.com", "issuerAssignedId": "0123456789"}}
	}
	if f.Federating {
		if j.ask(ctx, simulator.PostFederationSignup, f) {
			j.emit(event{Event: "end", Outcome: "form"})
		}
		return
	}
	j.claims[extensionPrefix+"LoyaltyId"] = f.LoyaltyID
	if !j.ask(ctx, simulator.PostAttributeCollection, f) {
		return
	}
	j.claims["objectId"] = objectID // the user exists now
	if !j.ask(ctx, simulator.PreTokenIssuance, f) {
		return
	}
	j.emit(j.token(time.Now()))
}

// ask makes the call of a step and tells whether the journey goes on. Where it does
// not, its end has been emitted.
func (j *journey) ask(ctx context.Context, step string, f form) bool {
	body, contentType := simulator.Call(contract.UserFlow, step, j.claims)
	j.emit(event{Event: "step", Step: step, Call: string(body)})
	began := time.Now()
	client := &http.Client{Transport: &watched{RoundTripper: j.page.Client.Transport, emit: j.emit, step: step}}
	provider := simulator.Provider{URL: j.page.Endpoint, Client: client, Basic: j.page.Basic}
	x := provider.Ask(ctx, simulator.Request{Body: body, ContentType: contentType})
	if x.Err != nil {
		j.emit(event{Event: "answer", Step: step, Seconds: x.Elapsed.Seconds(), Validator: &validatorSaid{State: "unknown"}})
		j.emit(event{Event: "end", Outcome: "failed", Message: providersWords})
		return false
	}
	answer, broken := contract.Check(contract.Exchange{
		Protocol: contract.UserFlow, Step: step, Status: x.Status, Header: x.Header, Body: x.Body,
		Elapsed: x.Elapsed, Budget: simulator.DefaultAttempts * simulator.UserFlowAttempt,
	})
	told := event{Event: "answer", Step: step, Seconds: x.Elapsed.Seconds(), Status: x.Status, Body: string(x.Body)}
	if broken != nil {
		told.Violations = broken.Error()
	}
	told.Log = j.page.line(ctx, x.Header.Get("X-Request-Id"))
	about := registration{Email: f.Email, LoyaltyID: f.LoyaltyID, Step: step}
	if f.Federating {
		about.LoyaltyID = ""
	}
	said := j.page.said(about, told.Log, began)
	told.Validator = &said
	j.emit(told)
	return j.goesOn(step, answer)
}

// goesOn does what the provider does with an answer.
func (j *journey) goesOn(step string, answer contract.Answer) bool {
	end := event{Event: "end", Message: answer.Message}
	switch answer.Kind {
	case contract.Continue:
		for name, raw := range answer.Claims {
			var value any
			if json.Unmarshal(raw, &value) == nil {
				j.claims[name], j.returned[name] = value, true
			}
		}
		return true
	case contract.Block:
		if step == simulator.PreTokenIssuance { // the provider ignores it there, and so does this one
			return true
		}
		end.Outcome = "blocked"
	case contract.Invalid:
		end.Outcome = "invalid"
	case contract.Halt:
		end.Outcome = "failed"
	case contract.Unclear, contract.Refused:
		end.Outcome, end.Message = "failed", providersWords
	}
	j.emit(end)
	return false
}

// token is the end of a sign-up: the claims that the application gets, decoded.
// Nothing signs it, since nobody but the visitor reads it.
func (j *journey) token(now time.Time) event {
	end := event{Event: "end", Outcome: "token", Token: map[string]any{
		"iss": "https://contoso.b2clogin.com/demo/v2.0/",
		"aud": clientID, "sub": objectID, "tfp": "B2C_1_signup", "newUser": true,
		"iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
	}}
	for name, value := range maps.All(j.claims) {
		switch name {
		case "email":
			end.Token["emails"] = []any{value}
			continue
		case "displayName":
			name = "name"
		case "identities", "objectId":
			continue
		}
		// In a token the attribute has its short name.
		short := strings.Replace(name, extensionPrefix, "extension_", 1)
		end.Token[short] = value
		if j.returned[name] {
			end.Returned = append(end.Returned, short)
		}
	}
	return end
}
