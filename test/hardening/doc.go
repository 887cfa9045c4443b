// Package hardening has a test for each question that a security reviewer asks
// of a service at the edge, named TestQ and the question's number. The comment of
// each says the question, why it is asked (a weakness, a report, a clause) and
// the answer.
//
// `go test -v -run TestQuestions ./test/hardening/` lists all of them, with those
// whose tests stand elsewhere. SECURITY.md names the test behind each of its statements, and a
// test here checks that each of them exists.
package hardening
