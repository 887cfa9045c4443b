// Package operations tests what those who run Gatehouse do with it: the admin API,
// its probes, and the end of the process.
package operations
