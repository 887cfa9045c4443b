package load

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"unicode"

	"github.com/gatehouse-proxy/gatehouse/internal/contract"
)

// kind says what the validator does with a call, and so what has to come back.
type kind string

const (
	accepted kind = "accepted" // claims, with the number
	rejected kind = "rejected" // 409 with a text, with the number
	blocked  kind = "blocked"  // a block page with a text, with the number
	slow     kind = "slow"     // as accepted, but later than the provider's first attempt waits
	failing  kind = "failing"  // 500
	cut      kind = "cut"      // the connection ends without an answer
	stranger kind = "stranger" // wrong credentials: the validator must not see it
)

const (
	federated = "PostFederationSignup"
	collected = "PostAttributeCollection"
	issuing   = "PreTokenIssuance"
)

// call is the claims of one call.
type call struct {
	Step  string `json:"step"`
	Email string `json:"email"`
	Kind  kind   `json:"kind"`
	Nonce string `json:"nonce"` // a number that no other claims have
}

var lastNonce atomic.Int64

func newCall(step string, k kind) call {
	nonce := fmt.Sprintf("%09d", lastNonce.Add(1))
	return call{Step: step, Email: "person" + nonce + "@example.com", Kind: k, Nonce: nonce}
}

func (c call) body() []byte {
	body, err := json.Marshal(c)
	if err != nil {
		panic(err) // a struct of strings
	}
	return body
}

// text is what the validator says to a person whom it turns away.
func (c call) text() string { return "Number " + c.Nonce + " cannot join." }

// outcome is what an answer was.
type outcome int

const (
	right  outcome = iota // the validator's verdict for these claims, or the refusal that was due
	failed                // Gatehouse's own words, since the validator failed to answer
	wrong                 // breaks the contract, or belongs to other claims
)

// The answers of a user flow, by step: to a refusal by the validator, and to its
// failure where on_fault is not configured.
var (
	rejectedKind = map[string]contract.Kind{federated: contract.Block, collected: contract.Invalid, issuing: contract.Halt}
	blockedKind  = map[string]contract.Kind{federated: contract.Block, collected: contract.Block, issuing: contract.Halt}
)

// judge says what an answer to c was, and what is wrong with it.
func (c call) judge(x contract.Exchange) (outcome, error) {
	if c.Kind == stranger {
		if err := contract.CheckRefusal(x); err != nil {
			return wrong, err
		}
		return right, nil
	}
	answer, err := contract.Check(x)
	if err != nil {
		return wrong, err
	}
	// No text of Gatehouse's own has a digit, every one of the validator's has.
	own := answer.Kind == rejectedKind[c.Step] && !strings.ContainsFunc(answer.Message, unicode.IsDigit)
	switch c.Kind {
	case accepted, slow:
		var nonce string
		if json.Unmarshal(answer.Claims["nonce"], &nonce) == nil && answer.Kind == contract.Continue && nonce == c.Nonce {
			return right, nil
		}
	case rejected:
		if answer.Kind == rejectedKind[c.Step] && answer.Message == c.text() {
			return right, nil
		}
	case blocked:
		if answer.Kind == blockedKind[c.Step] && answer.Message == c.text() {
			return right, nil
		}
	case failing, cut:
		if own {
			return right, nil
		}
	case stranger: // judged above
	}
	if own {
		return failed, nil
	}
	return wrong, errors.New("it belongs to other claims, or is not what the validator said")
}
