// Package verdict says what a validator's answer means, free of any wire format.
//
// A [Verdict] is exactly one of [Continue], [Block], [Invalid] and [Fault]. A
// Fault carries a [Reason], one word of a closed list; that word is the label in
// the metrics, the field in the logs and the heading in the documentation.
package verdict

import "github.com/gatehouse-proxy/gatehouse/caddymodule/internal/claims"

// Verdict is one of Continue, Block, Invalid and Fault.
type Verdict interface{ verdict() }

// Continue lets the sign-up go on, with claims to add.
type Continue struct {
	Version string // the upstream's, or "" for the default
	Claims  claims.Object
}

// Block ends the sign-up. An empty Message means the configured default.
type Block struct {
	Version string
	Message string
}

// Invalid lets the person correct the input. An empty Message means the
// configured default.
type Invalid struct {
	Version string
	Message string
}

// Fault says that the upstream did not answer the question.
type Fault struct {
	Reason Reason
}

func (Continue) verdict() {}
func (Block) verdict()    {}
func (Invalid) verdict()  {}
func (Fault) verdict()    {}
