// Package alloctest is for tests that count allocations.
package alloctest

import (
	"runtime/debug"
	"slices"
	"testing"
)

// SkipUnderRace skips a test whose count means nothing in a binary that was built
// with the race detector: there a sync.Pool forgets at random.
func SkipUnderRace(t testing.TB) {
	t.Helper()
	if info, ok := debug.ReadBuildInfo(); ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"}) {
		t.Skip("under the race detector a sync.Pool forgets at random, so that the count means nothing")
	}
}
