// Package protocol holds the wire dialects in which calls arrive and verdicts
// leave: one file each, and nothing outside this package knows a dialect.
//
// The rules and their sources:
//   - user flows: learn.microsoft.com/azure/active-directory-b2c/add-api-connector
//   - custom policies: learn.microsoft.com/azure/active-directory-b2c/restful-technical-profile
//
// It promises that whatever [Dialect.Write] returns is an answer that the
// dialect defines: plain JSON without null, with every member that is required.
package protocol

import (
	"net/http"
	"time"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/claims"
	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/verdict"
)

// DefaultVersion is the `version` of an answer unless the upstream gave one.
const DefaultVersion = "1.0.0"

// Request is what a dialect reads a call from.
type Request struct {
	Method       string
	Query        string // of the URL, raw
	Header       http.Header
	HeaderClaims []string // names of headers that are claims
	Body         []byte
}

// Call is one request of the identity provider.
type Call struct {
	Step   Step
	Claims claims.Object // as sent; the dialect's own spellings are settled
	Query  string        // of the URL, raw, where it holds no claims
}

// Dialect is one protocol.
type Dialect interface {
	// Name is the word in the configuration.
	Name() string
	// Attempt is how long the provider waits for one attempt, by default.
	Attempt() time.Duration
	// Aliases are other spellings of the dialect's own claim names.
	Aliases() map[string]string
	// Methods lists the HTTP methods of a call.
	Methods() []string
	// Read makes a Call of a request. The error is a *Refusal.
	Read(Request) (Call, error)
	// LanguageClaim is the claim that holds the person's languages, or "".
	LanguageClaim() string
	// OnFault is how a fault leaves at the step, by default.
	OnFault(Step) Kind
	// Steps lists the steps at which calls arrive.
	Steps() []Step
	// Legal is the kind in which a verdict of kind k can leave at the step.
	Legal(Step, Kind) Kind
	// Leaving shapes an upstream's claims for the step and lists what it had to
	// drop.
	Leaving(Step, claims.Object) (claims.Object, []Dropped)
	// Write renders an answer; the kind has passed Legal and the content's
	// claims have passed Leaving.
	Write(Kind, Content) Answer
}

// ByName returns the dialect of that name.
func ByName(name string) (Dialect, bool) {
	for _, d := range []Dialect{UserFlow{}, CustomPolicy{}} {
		if d.Name() == name {
			return d, true
		}
	}
	return nil, false
}

// Dropped is a claim that cannot leave.
type Dropped struct {
	Name string `json:"name"`
	Why  string `json:"why"`
}

// Content is what an answer says.
type Content struct {
	Version string // "" means DefaultVersion
	Message string // for the person; every kind but KindContinue needs one
	Claims  claims.Object
}

// Answer is what leaves.
type Answer struct {
	Kind   Kind
	Status int
	Body   []byte // JSON
}

// Kind is how an answer leaves. The zero value is the one that lets nobody on.
type Kind uint8

// The kinds of answers. Halt is an error outside the contract's dialogue: the
// journey ends with the provider's own error page.
const (
	KindHalt Kind = iota
	KindInvalid
	KindBlock
	KindContinue
	KindRefused // a request that was no call of an authenticated caller
)

var kinds = [...]string{"halt", "invalid", "block", "continue", "refused"}

// String is the kind's word in configuration, metrics and logs.
func (k Kind) String() string { return kinds[k] }

// KindByName returns the kind that on_fault may name.
func KindByName(word string) (Kind, bool) {
	for k := range KindRefused {
		if kinds[k] == word {
			return k, true
		}
	}
	return KindHalt, false
}

// Refusal is why a request is no call. Its text never quotes the request.
type Refusal struct {
	Reason verdict.Reason
	Err    error
}

func (r *Refusal) Error() string { return r.Reason.String() + ": " + r.Err.Error() }

// Unwrap returns the cause.
func (r *Refusal) Unwrap() error { return r.Err }

func appendError(dst []byte, status string, c Content) []byte {
	dst = append(dst, `{"version":`...)
	dst = appendVersion(dst, c)
	dst = append(dst, `,"status":`...)
	dst = append(dst, status...)
	dst = append(dst, `,"userMessage":`...)
	dst = claims.AppendQuote(dst, c.Message)
	return append(dst, '}')
}

func appendVersion(dst []byte, c Content) []byte {
	if c.Version == "" {
		c.Version = DefaultVersion
	}
	return claims.AppendQuote(dst, c.Version)
}
