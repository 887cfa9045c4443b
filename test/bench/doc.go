// Package bench measures what a call costs, beside others that answer the same bytes
// on the same machine in the same minutes: a stock Caddy, a bare net/http server
// and, where it is installed, nginx. docs/performance.md tells what the figures mean.
//
// It has benchmarks and no tests, since a test that measures time fails where the
// machine is busy. `make bench` and `make bench-memory` run them, print tables and
// fail where a goal is missed, at the end and with a list.
//
// What makes the ratios worth something on a machine that is never quite quiet:
//   - The Caddy that is compared is of the same version and has the same modules but
//     ours, as its project builds it; both are built here, by the same compiler.
//   - CPU time is what the kernel has booked for the server's processes, to the
//     nanosecond; a neighbour that takes the core makes a call late, not costly.
//   - The server has the first core, the load generator and the validator the second.
//   - Every round measures every server in turn, each time in another order. A ratio
//     is taken within a round, and the median of the rounds is judged.
package bench
