// Package load keeps a running gatehouse under load and judges every single
// answer: by package contract, and by whether it belongs to the claims that were
// sent. The validator behind it gives each call's number back as a claim or in
// its message, so an answer that went to the wrong person is seen.
//
// The load is an open model (github.com/tsenart/vegeta): calls are sent at a
// rate, whether or not earlier ones were answered, as people sign up. A client
// that waits for its answers before it sends more would hide an overload.
//
//   - TestOverload sends twice of what the validator can answer.
//   - TestReload reloads under load, with clients of several kinds on two kinds
//     of listening socket, with and without the wrapper handover, and says what each of them loses; README.md has the
//     numbers and what follows from them.
//   - TestSoak sends a mix of everything while configuration and validator
//     restart, and looks for what grows.
//
// `go test` runs each for some seconds, `make load` and `make soak` in full.
// Each prints a table, and appends a line of JSON to the file of -report.
//
// It is a module of its own, so that its load generator is none of the product's
// dependencies.
package load
