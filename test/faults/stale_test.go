package faults_test

import "testing"

// TestStaleVerdictLeaves: a verdict that has expired answers where the upstream
// does not, whatever the reason, and nowhere else; the reason counts all the same.
func TestStaleVerdictLeaves(t *testing.T) {
	t.Parallel()
	runColumns(t, stale)
}
