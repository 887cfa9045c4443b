package checkup

import (
	"crypto/tls"
	"crypto/x509"
	"net/url"
	"slices"
	"time"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/simulator"
	"github.com/gatehouse-proxy/gatehouse/internal/contract"
)

// Limit bounds a whole run, and LongestTimeout each attempt. A user flow of three
// steps is some forty calls, and where calls are not answered in time no more are
// made.
const (
	Limit          = 5 * time.Minute
	LongestTimeout = time.Minute
)

// Plan is what to check and how.
type Plan struct {
	URL      *url.URL // https
	Protocol contract.Protocol
	// Steps of a user flow. Default: all.
	Steps []string
	// Basic and Certificate are the right credentials; none, one or both.
	Basic       *url.Userinfo
	Certificate *tls.Certificate
	// Roots are the authorities to trust. Default: the system's.
	Roots *x509.CertPool
	// Insecure goes on whatever the certificate is worth.
	Insecure bool
	// Claims are sent instead of the documented examples.
	Claims map[string]any
	// Expect is the answer that the calls with them have to get. Default: any.
	Expect Expectation
	// Timeout is how long the provider waits for an answer. Default: that of the
	// protocol.
	Timeout time.Duration
	// Progress, if set, is told what is asked next.
	Progress func(what string)
}

// Expectation is an answer by its meaning.
type Expectation string

// The expectations. None is for no expectation.
const (
	ExpectNone     Expectation = ""
	ExpectContinue Expectation = "continue"
	ExpectBlock    Expectation = "block"
	ExpectInvalid  Expectation = "invalid"
)

// met says whether an answer is what is expected: at some steps a refusal has one
// form only.
func (e Expectation) met(protocol contract.Protocol, step string, kind contract.Kind) bool {
	switch e {
	case ExpectNone:
		return true
	case ExpectContinue:
		return kind == contract.Continue
	case ExpectBlock, ExpectInvalid:
	}
	switch {
	case protocol == contract.CustomPolicy, step == simulator.PreTokenIssuance:
		return kind == contract.Halt
	case e == ExpectInvalid && step == simulator.PostAttributeCollection:
		return kind == contract.Invalid
	}
	return kind == contract.Block
}

func (p *Plan) setDefaults() {
	if len(p.Steps) == 0 {
		p.Steps = simulator.Steps(p.Protocol)
	}
	if p.Timeout <= 0 {
		p.Timeout = simulator.AttemptOf(p.Protocol)
	}
	if p.Progress == nil {
		p.Progress = func(string) {}
	}
}

// mainStep is where calls are made that need only one.
func (p *Plan) mainStep() string {
	if slices.Contains(p.Steps, simulator.PostAttributeCollection) {
		return simulator.PostAttributeCollection
	}
	return p.Steps[0]
}

// claims are those of the calls at a step.
func (p *Plan) claims(step string) map[string]any {
	if p.Claims != nil {
		return p.Claims
	}
	return simulator.Example(p.Protocol, step)
}
