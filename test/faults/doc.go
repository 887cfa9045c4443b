// Package faults has the matrix of what an upstream can do wrong on the wire: each
// way at each step, with and without a remembered verdict, for a provider that
// asks once and for one that hangs up and asks again.
//
// What is to come of it is derived, in want_test.go, from the specification and
// docs/reasons.md, never from what the product does: a row of behaviour_test.go
// names a reason, how many requests the upstream may see and when the outcome is
// known, and nothing else. For every cell of the matrix the suite requires
//
//   - an answer that keeps the contract of its protocol (package contract);
//   - of the kind that the step allows, with the text or the claims that belong
//     there;
//   - within the budget, and where the budget decides, not before its end;
//   - one count of the right reason in gatehouse_faults_total, or none, and one of
//     the right step, answer and source in gatehouse_requests_total; the same in the
//     log line of the answer, which tells apart what shares a connector;
//   - exactly the expected number of requests and, apart from them, of connections
//     at the upstream. A request counts once its header has arrived whole.
//
// # The table
//
// The suite ends by printing the matrix, one line for each behaviour. `go test`
// shows what a passing package prints only with -v, or where no package is named:
//
//	go test -v ./test/faults
//	cd test/faults && go test
//
// `go test ./test/faults/...` prints it only when a cell is wrong. With -v it is
// there too, also from the cache of results.
package faults
