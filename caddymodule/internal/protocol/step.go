package protocol

import "strings"

// Step is where in the sign-up a call happens.
type Step uint8

// The steps. StepNone is a call that names none, as every call of a custom
// policy; StepOther one that names a step unknown to the contract.
const (
	StepNone Step = iota
	StepOther
	StepFederation // PostFederationSignup
	StepAttributes // PostAttributeCollection
	StepToken      // PreTokenIssuance
	stepCount
)

var steps = [stepCount]string{"none", "other", "PostFederationSignup", "PostAttributeCollection", "PreTokenIssuance"}

// String is the step's word in configuration, metrics and logs.
func (s Step) String() string { return steps[s] }

// StepCount is the number of steps.
const StepCount = int(stepCount)

// StepByName reads a step. Letter case and white space around it do not count, and
// PreTokenApplicationClaims, which one example on Microsoft's page has, is
// PreTokenIssuance.
func StepByName(name string) Step {
	name = strings.TrimSpace(name)
	switch {
	case name == "":
		return StepNone
	case strings.EqualFold(name, "PreTokenApplicationClaims"):
		return StepToken
	}
	for s := StepFederation; s < stepCount; s++ {
		if strings.EqualFold(name, steps[s]) {
			return s
		}
	}
	return StepOther
}
