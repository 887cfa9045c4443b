//go:build linux

package bench

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// The cores of a machine that has two. A server is born on its core, so that Go
// runs it with GOMAXPROCS=1.
const (
	serverCore    = 0
	generatorCore = 1
)

// settle puts this process, with all its threads, on the core of the generator. It
// reports whether there are two cores.
func settle(t testing.TB) bool {
	t.Helper()
	if runtime.NumCPU() < generatorCore+1 {
		return false
	}
	threads, err := os.ReadDir("/proc/self/task")
	require.NoError(t, err)
	for _, thread := range threads {
		id, err := strconv.Atoi(thread.Name())
		require.NoError(t, err)
		if err := unix.SchedSetaffinity(id, only(generatorCore)); err != nil {
			require.ErrorIs(t, err, unix.ESRCH, "a thread may have ended meanwhile")
		}
	}
	runtime.GOMAXPROCS(1)
	return true
}

func only(core int) *unix.CPUSet {
	set := new(unix.CPUSet)
	set.Set(core)
	return set
}

// onServerCore starts a process there: a child inherits where the thread may run
// that starts it, sched_setaffinity(2).
func onServerCore(t testing.TB, start func()) {
	t.Helper()
	if runtime.NumCPU() < generatorCore+1 {
		start()
		return
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var before unix.CPUSet
	require.NoError(t, unix.SchedGetaffinity(0, &before))
	require.NoError(t, unix.SchedSetaffinity(0, only(serverCore)))
	defer func() { require.NoError(t, unix.SchedSetaffinity(0, &before)) }()
	start()
}

// processClock is the clock of a process's CPU time: MAKE_PROCESS_CPUCLOCK of the
// kernel's posix-timers.h with CPUCLOCK_SCHED, as clock_getcpuclockid(3) has it.
// /proc/<pid>/stat has the same time in ticks of 10 ms.
func processClock(pid int) int32 { return ^int32(pid)<<3 | 2 }

// cpuTime is what the processes have used so far, in user and kernel mode.
func cpuTime(pids []int) (sum time.Duration, err error) {
	for _, pid := range pids {
		var used unix.Timespec
		if err := unix.ClockGettime(processClock(pid), &used); err != nil {
			return 0, fmt.Errorf("reading the CPU time of process %d: %w", pid, err)
		}
		sum += time.Duration(used.Nano())
	}
	return sum, nil
}

// children are those of a process whose command line has a word in it,
// proc_pid_task_children(5).
func children(t testing.TB, pid int, word string) (pids []int) {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	require.NoError(t, err)
	for _, field := range strings.Fields(string(text)) {
		line, err := os.ReadFile("/proc/" + field + "/cmdline")
		require.NoError(t, err)
		if strings.Contains(string(line), word) {
			child, err := strconv.Atoi(field)
			require.NoError(t, err)
			pids = append(pids, child)
		}
	}
	require.NotEmpty(t, pids, "process %d has no %s", pid, word)
	return pids
}
