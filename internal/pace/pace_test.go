package pace

import (
	"os"
	"runtime"
	"runtime/debug"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPercentOf(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		live uint64
		want int
	}{
		{"before the first collection", 0, 1600},
		{"less than Go counts with", 1 << 20, 1600},
		{"Gatehouse at rest", 16 << 20, 400},
		{"as much as the headroom", Headroom, 100},
		{"a large memory", 1 << 30, 100},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, c.want, percentOf(c.live))
		})
	}
}

// percent is GOGC as it holds.
func percent() int {
	now := debug.SetGCPercent(100)
	debug.SetGCPercent(now)
	return now
}

func TestCollectorFollowsWhatIsLive(t *testing.T) { // GOGC is the process's
	before := percent()
	t.Cleanup(func() { debug.SetGCPercent(before) })

	t.Setenv("GOGC", "100")
	Collector()
	require.Equal(t, before, percent(), "what the operator says holds")

	require.NoError(t, os.Unsetenv("GOGC"))
	Collector()
	require.Greater(t, percent(), 200)

	large := make([]byte, 2*Headroom)
	becomes := func(want func(percent int) bool, why string) {
		t.Helper()
		assert.Eventually(t, func() bool { // a cleanup runs at some time after its collection
			runtime.GC()
			return want(percent())
		}, 10*time.Second, time.Millisecond, why)
	}
	becomes(func(percent int) bool { return percent == 100 }, "beside a large memory Go's own rule holds")
	runtime.KeepAlive(large)
	becomes(func(percent int) bool { return percent > 200 }, "and no longer when it is gone")
}
