// Package observe looks at Gatehouse the way an operator does: the real binary with
// three connectors, traffic that visits every answer, source and reason, Debian's
// Prometheus that scrapes it with the shipped configuration and rules, and every query
// of every dashboard asked of that Prometheus.
//
// Without `prometheus` and `promtool` in the PATH those parts are left out, and the
// test says so. What needs neither, that the metrics are those which dashboards/README.md
// lists, runs everywhere.
//
//	make observe     # two minutes; prints every query's value, writes dashboards/pictures
package observe
