package faults_test

import (
	"time"

	"github.com/gatehouse-proxy/gatehouse/internal/contract"
)

// Times. Where nothing waits, an attempt is as long as the provider's own, so that
// a busy machine makes no timeout of what comes at once. Elsewhere it is shorter:
// between its end and the slow answer, and between that and the end of the budget,
// lies two fifths of an attempt each.
const (
	longAttempt = 5 * time.Second
	attempt     = 2500 * time.Millisecond

	slowAfter = attempt * 14 / 10
	lateAfter = attempt * 24 / 10
	// flightsEnd is longer than any budget, so that an answer that waits for the
	// flight instead of the budget is seen.
	flightsEnd = 3 * attempt
	// tolerance is by how much an answer may miss the budget on a busy machine: less
	// than an attempt, so that a second one that gets a budget anew is seen.
	tolerance = 2 * time.Second
)

// attempt is how long the provider waits.
func (p pace) attempt() time.Duration {
	if p == atOnce {
		return longAttempt
	}
	return attempt
}

// budget is attempts × attempt − 10 % (section 5 of the specification).
func (p pace) budget(attempts int) time.Duration {
	return time.Duration(attempts) * p.attempt() * 9 / 10
}

// form is a form of call: a step of a user flow, or a custom policy, which has one.
type form struct {
	name     string
	protocol contract.Protocol
	step     string        // as the call names it
	label    string        // in metrics
	fault    contract.Kind // the default answer, as it reads on the wire
	counted  contract.Kind // the same in metrics
}

// forms have the default answers to a fault of section 4 of the specification. A
// policy names no step, for which that is invalid, and has one form for every no.
var forms = []form{
	{"PostFederationSignup", contract.UserFlow, "PostFederationSignup", "PostFederationSignup", contract.Block, contract.Block},
	{"PostAttributeCollection", contract.UserFlow, "PostAttributeCollection", "PostAttributeCollection", contract.Invalid, contract.Invalid},
	{"PreTokenIssuance", contract.UserFlow, "PreTokenIssuance", "PreTokenIssuance", contract.Halt, contract.Halt},
	{"no step", contract.UserFlow, "", "none", contract.Invalid, contract.Invalid},
	{"custom policy", contract.CustomPolicy, "", "none", contract.Halt, contract.Invalid},
}

// cache is what is remembered of a call when the upstream goes bad.
type cache struct {
	name       string
	directives string
	remembered bool          // a verdict
	expired    bool          // it may answer only for a fault
	ttl        time.Duration // then
}

// The states of memory.
var (
	off   = cache{name: "off", directives: "cache off"}
	fresh = cache{name: "fresh", directives: "cache {\n ttl 1h\n }", remembered: true}
	stale = cache{name: "stale", directives: "cache {\n ttl 50ms\n stale_if_error 1h\n }", remembered: true, expired: true, ttl: 50 * time.Millisecond}
)

// What the upstream's claims say: when it was asked before it went bad, and since.
const (
	before = "before"
	asked  = "since"
)

// defaultFault is what a person reads where there is no verdict.
const defaultFault = "We could not check your details just now. Please try again in a moment."

// want is what a cell must come to.
type want struct {
	kind      contract.Kind
	counted   contract.Kind // as what, in gatehouse_requests_total
	promoCode string        // of a continue
	source    string        // in gatehouse_requests_total
	reason    string        // in gatehouse_faults_total; "" is none
	attempts  int           // that the provider makes, since each but the last hangs up
	notBefore time.Duration
	within    time.Duration // from the first attempt on

	calls, connections int // at the upstream
}

// expect derives it from the specification:
//
//   - a fresh verdict answers by itself (section 1, stage 5);
//   - what the budget overtakes is a timeout (section 3, rule 2);
//   - the provider asks again only after its own time-out, and its second attempt
//     joins the flight of its first (section 5);
//   - a fault becomes a stale verdict if there is one, else the answer of on_fault
//     (section 4), and counts in both cases;
//   - an abandoned attempt has no answer, so it counts nowhere.
func expect(b behaviour, f form, c cache, attempts int) want {
	if c.remembered && !c.expired {
		return want{kind: contract.Continue, counted: contract.Continue, promoCode: before, source: "cache", attempts: 1, within: b.pace.budget(attempts)}
	}
	w := want{reason: b.reason, attempts: 1, within: b.pace.budget(attempts) + tolerance, calls: b.calls, connections: b.connections}
	waits := b.pace != atOnce
	overtaken := waits && !(b.pace == slow && attempts > 1)
	switch {
	case overtaken:
		w.reason, w.notBefore = "timeout", b.pace.budget(attempts)
	case waits:
		w.notBefore = slowAfter
	}
	if waits {
		w.attempts = attempts
	}
	switch {
	case w.reason == "":
		w.kind, w.counted, w.promoCode, w.source = contract.Continue, contract.Continue, asked, "upstream"
		if w.attempts > 1 {
			w.source = "flight"
		}
	case c.expired:
		w.kind, w.counted, w.promoCode, w.source = contract.Continue, contract.Continue, before, "stale"
	default:
		w.kind, w.counted, w.source = f.fault, f.counted, "fault"
	}
	return w
}
