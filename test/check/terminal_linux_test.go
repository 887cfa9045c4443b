package check_test

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// On a terminal there are colours, unless NO_COLOR is set, and a line of progress
// that is gone at the end.
func TestOnATerminal(t *testing.T) {
	t.Parallel()
	e := serve(t, naive{}, nil)
	for name, tc := range map[string]struct {
		env    string
		colour bool
	}{"colours": {"NO_COLOR=", true}, "no colours": {"NO_COLOR=1", false}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command(gatehouse.Binary(t), append([]string{"connector", "check"}, e.args()...)...)
			cmd.Env = []string{"HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH"), tc.env}
			said := onTerminal(t, cmd)
			assert.Equal(t, tc.colour, strings.Contains(said, "\x1b[32m✓\x1b[0m tls-1.2"), said)
			assert.Equal(t, !tc.colour, strings.Contains(said, "\n✓ tls-1.2"), said)
			assert.Contains(t, said, "\r\x1b[2KA broken body …\r\x1b[2Khttps://", "progress, and then nothing of it")
		})
	}
}

// onTerminal runs a command on a terminal of its own and returns what that shows.
func onTerminal(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	ours, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("LEFT OUT: this machine has no terminals: %v", err)
	}
	defer ours.Close()
	require.NoError(t, unix.IoctlSetPointerInt(int(ours.Fd()), unix.TIOCSPTLCK, 0)) // unlocks theirs
	number, err := unix.IoctlGetUint32(int(ours.Fd()), unix.TIOCGPTN)
	require.NoError(t, err)
	theirs, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	require.NoError(t, err)
	cmd.Stdout, cmd.Stderr = theirs, theirs
	require.NoError(t, cmd.Start())
	require.NoError(t, theirs.Close())
	tooLate := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
	defer tooLate.Stop()
	shown, _ := io.ReadAll(ours) // ends with an error of input and output when they hang up
	require.NoError(t, cmd.Wait(), string(shown))
	return strings.ReplaceAll(string(shown), "\r\n", "\n")
}

// Ctrl+C ends a run; what there is is printed, and it has not passed.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	asked := make(chan bool, 1)
	e := serve(t, naive{reply: func(_ http.ResponseWriter, r *http.Request, _ claims) bool {
		select {
		case asked <- true:
		default:
		}
		<-r.Context().Done()
		return true
	}}, nil)
	var said strings.Builder
	cmd := exec.Command(gatehouse.Binary(t), append([]string{"connector", "check"}, e.args("--timeout", "1m")...)...)
	cmd.Env = []string{"HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH")}
	cmd.Stdout, cmd.Stderr = &said, &said
	require.NoError(t, cmd.Start())
	tooLate := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
	defer tooLate.Stop()
	<-asked
	require.NoError(t, cmd.Process.Signal(syscall.SIGINT))
	_ = cmd.Wait()
	assert.Equal(t, 2, cmd.ProcessState.ExitCode(), said.String())
	assert.Contains(t, said.String(), "✓ auth-wrong")
	assert.Contains(t, said.String(), "Not finished: ")
	assert.NotContains(t, said.String(), "✗")
}
