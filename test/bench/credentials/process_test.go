package credentials_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// use is what the process takes of the machine.
type use struct {
	resident   int64 // bytes
	goroutines int
}

func (u use) String() string {
	return fmt.Sprintf("%d MiB and %d goroutines", u.resident>>20, u.goroutines)
}

// useOf looks at the process once the garbage of what it did has been collected:
// the metrics that are asked for meanwhile make enough of it for that.
func useOf(t testing.TB, p *gatehouse.Process, settled func(use) bool) (u use) {
	t.Helper()
	began := p.Metric(t, "go_gc_duration_seconds_count", nil)
	gatehouse.Await(func() bool {
		u = use{memory(t, p, "VmRSS:"), int(p.Metric(t, "go_goroutines", nil))}
		return settled(u) && p.Metric(t, "go_gc_duration_seconds_count", nil) >= began+2
	})
	return u
}

// memory reads one line of the process's status, proc_pid_status(5).
func memory(t testing.TB, p *gatehouse.Process, name string) int64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.PID()))
	if err != nil {
		t.Skipf("the memory of a process cannot be read here: %v", err)
	}
	_, after, found := strings.Cut(string(status), name)
	require.True(t, found, "no %s in the status of the process", name)
	kibibytes, err := strconv.ParseInt(strings.Fields(after)[0], 10, 64)
	require.NoError(t, err)
	return kibibytes << 10
}

// forgetPeak makes VmHWM begin anew, proc_pid_clear_refs(5).
func forgetPeak(t testing.TB, p *gatehouse.Process) {
	t.Helper()
	require.NoError(t, os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", p.PID()), []byte("5"), 0o600))
}

func percentile(sorted []time.Duration, percent int) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)*percent/100, len(sorted)-1)]
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}

func total(answers map[int]int) (sum int) {
	for _, n := range answers {
		sum += n
	}
	return sum
}
