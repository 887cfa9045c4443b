// Package credentials measures what a flood of wrong passwords does to the right
// caller, against the real binary over TLS: twice 10,000 of them at full speed from
// one address, then, against slow hashes, 5 s of them from another address after
// every 20. The right
// caller calls from the first address or from another, one call after the other,
// each with claims of its own, so that the validator is asked.
//
// It has no tests, since a test that measures time fails where the machine is busy;
// `make bench-credentials` runs it.
//
// It fails where a right call takes 5 ms or more at the median meanwhile, where a
// wrong one is answered by anything but 401 and 429, or where the process keeps more
// than 32 MiB or 5 goroutines.
package credentials
