// Package caddymodule is Gatehouse as Caddy modules: the handler api_connector,
// two authentication providers, the listener wrapper handover and the `connector`
// commands.
//
// # What it promises
//
// An authenticated call always gets an answer that its protocol defines, within
// the budget, whatever the validator behind it does; nobody else gets in; nothing
// personal is logged.
//
// # The path of a call
//
//	authenticate → read → normalise → key → memo ─ hit ──────────────┐
//	                                        └ miss → flight → forward → judge → verdict → render → answer
//
// A call whose very bytes are remembered is recognised before it is read.
// One direction: [Connector.ServeHTTP] reads as that list. This package is the
// thin part that touches Caddy; what a call, a verdict and an answer are is in
// the packages under internal, which know nothing of Caddy.
//
// # State
//
// Verdicts outlive a configuration load as long as the whole site in which the
// connector stands is the same but for credentials and time-outs; otherwise, and
// where a site has no host name but several routes, they start cold. Metrics
// belong to the process.
package caddymodule
