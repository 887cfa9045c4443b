// Package observability drives the real binary and reads what operators read:
// metrics, the log, the access log and, from a collector of its own, traces. What it
// finds is compared with docs/observability.md, so that the page is complete and true.
package observability
