// Package mainjob has the tests of what Gatehouse is for: a sign-up calls, a
// validator answers well, badly or not at all, and the provider gets an answer
// that it understands. They drive the real binary over TLS, with real servers
// behind it.
package mainjob
