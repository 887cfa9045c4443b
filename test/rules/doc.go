// Package rules has the rules of the repository that a test can keep, each with
// its reason: what may import what, what every package owes its reader, and that
// the module can be built into anybody's Caddy.
package rules
