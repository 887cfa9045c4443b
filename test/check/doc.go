// Package check drives `gatehouse connector check`: our own connector passes every
// check, and an endpoint with one fault fails the check that is about it and no
// other.
package check
