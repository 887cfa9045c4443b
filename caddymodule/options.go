package caddymodule

import "github.com/caddyserver/caddy/v2"

// Request says how a call is read and what of it goes upstream.
type Request struct {
	// The largest body of a call, in bytes. A larger one is answered as a fault.
	// Default: 65536 (64 KiB).
	MaxSize int64 `json:"max_size,omitempty"`

	// Claims and the names by which the upstream knows them: forwards on the way
	// in, backwards on the way out. extension_<app id>_X and extension_X are one
	// claim; configured without the id it leaves with the id that the call had.
	Rename []Rename `json:"rename,omitempty"`

	// Claims that go no further, and so do not tell calls apart either.
	Drop []string `json:"drop,omitempty"`

	// Leave the domain of `email` as sent. Default: false, it is lowered.
	KeepCase bool `json:"keep_case,omitempty"`

	// How claims reach the upstream: "json" (a POST with a JSON body), "form" (a
	// POST with a form body) or "query" (a GET). Default: json.
	Format string `json:"format,omitempty"`

	// Headers of a custom policy's GET that are claims (SendClaimsIn Header), in
	// the spelling that the claims are to have. Caddy drops headers with _ or . in
	// their names, so such a claim needs a PartnerClaimType without. Default: none.
	ClaimHeader []string `json:"claim_header,omitempty"`

	// Claims that hold secrets, beside password, oldPassword, newPassword and
	// reenterPassword, at any depth of a nested body. They reach the upstream to the byte, and nothing of a call that carries one
	// is remembered. Default: none.
	Secret []string `json:"secret,omitempty"`

	// The validator may be sent the same call twice: it honours Idempotency-Key, or
	// does nothing by being asked. Only then is a call sent again when a kept-alive
	// connection dies under it. Default: false.
	Idempotent bool `json:"idempotent,omitempty"`

	// Headers of the call that go upstream. Each becomes part of what tells calls
	// apart. Credentials and hop-by-hop headers are refused here. Default: none.
	ForwardHeader []string `json:"forward_header,omitempty"`
}

// Rename is one claim and its name upstream.
type Rename struct {
	// The identity provider's name.
	Claim string `json:"claim"`
	// The upstream's name.
	Upstream string `json:"upstream"`
}

// Timeouts says how long a call may take. The budget, in which every call is
// answered, is attempts × attempt less a tenth, counted from the arrival of the
// call that made the validator be asked.
type Timeouts struct {
	// How long the identity provider waits for one attempt. Default: 5s for user
	// flows and 10s for custom policies, as Microsoft has documented since 2025. A JSON
	// number counts nanoseconds; write "5s".
	Attempt caddy.Duration `json:"attempt,omitempty"`

	// How often it tries. Default: 2.
	Attempts int `json:"attempts,omitempty"`

	// How long one upstream call may last, whoever still waits for it. Default:
	// twice the budget.
	Upstream caddy.Duration `json:"upstream,omitempty"`
}

// Flights bounds the upstream calls of a connector. A call beyond is answered as a
// fault, `overloaded`.
type Flights struct {
	// How many upstream calls there are at once. Set it to what the validator can
	// bear. Default: 1000.
	Max int `json:"max,omitempty"`

	// How many calls wait for one upstream call of theirs. Default: 1000.
	MaxWaiters int `json:"max_waiters,omitempty"`
}

// Cache says how long verdicts are remembered. A fresh verdict answers identical
// calls for one budget in any case, since such a call is the provider's retry;
// only Off ends that.
type Cache struct {
	// Remember nothing. Calls at the same time still share one upstream call.
	Off bool `json:"off,omitempty"`

	// How long each kind of verdict is remembered. Default: one budget.
	TTL TTL `json:"ttl,omitzero"`

	// Remember calls that carry a password or another secret claim too, as a keyed
	// hash. Default: false.
	RememberSecret bool `json:"remember_secret,omitempty"`

	// For how long after its time a verdict may still answer a call that the
	// upstream failed to answer (RFC 5861, section 4). Default: 0, not at all.
	StaleIfError caddy.Duration `json:"stale_if_error,omitempty"`

	// How many verdicts are remembered. Default: 100000.
	MaxEntries int `json:"max_entries,omitempty"`

	// How much memory they may take, in bytes; room for two answers of max_response at
	// least. Default: 67108864 (64 MiB), or that room where it is more.
	MaxSize int64 `json:"max_size,omitempty"`
}

// TTL is a time for each kind of verdict that is remembered; a fault never is.
type TTL struct {
	// Of a continue. Default: one budget, which also is the least.
	Continue caddy.Duration `json:"continue,omitempty"`
	// Of a block, likewise.
	Block caddy.Duration `json:"block,omitempty"`
	// Of an invalid, likewise.
	Invalid caddy.Duration `json:"invalid,omitempty"`
}
