package gatehouse

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// demoWithin bounds the start and the end of the demo.
const demoWithin = time.Minute

// Demo is a running `gatehouse connector demo`.
type Demo struct {
	Lines []string // to paste into a shell
	Page  string   // URL of the sign-up page

	process *exec.Cmd
	errors  journal
	ended   chan error
}

// StartDemo runs the demo on free ports. Of the environment it has the path and
// what is given; HOME and TMPDIR should be folders of the test.
func StartDemo(t testing.TB, env ...string) *Demo {
	t.Helper()
	d := &Demo{process: exec.Command(Binary(t), "connector", "demo", "--listen", "127.0.0.1:0"), ended: make(chan error, 1)}
	d.process.Env = append([]string{"PATH=" + os.Getenv("PATH")}, env...)
	d.process.Stderr = &d.errors
	output, err := d.process.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, d.process.Start())
	t.Cleanup(func() { _ = d.process.Process.Kill() })

	welcome := make(chan string, 1)
	go func() {
		var text strings.Builder
		buffer := make([]byte, 4096)
		for {
			n, err := output.Read(buffer)
			text.Write(buffer[:n])
			if err != nil || strings.Contains(text.String(), "Ctrl+C") {
				welcome <- text.String()
				break
			}
		}
		d.ended <- d.process.Wait()
	}()
	select {
	case text := <-welcome:
		require.Contains(t, text, "Ctrl+C", "the demo did not start:\n%s%s", text, &d.errors)
		for line := range strings.Lines(text) {
			if strings.HasPrefix(line, "curl ") {
				d.Lines = append(d.Lines, strings.TrimSpace(line))
			}
		}
		d.Page = regexp.MustCompile(`http://\S+`).FindString(text)
		require.NotEmpty(t, d.Page, "the demo prints the address of its page:\n%s", text)
	case <-time.After(demoWithin):
		t.Fatal("the demo printed nothing in time")
	}
	return d
}

// Interrupt ends the demo as Ctrl+C does.
func (d *Demo) Interrupt(t testing.TB) {
	t.Helper()
	require.NoError(t, d.process.Process.Signal(syscall.SIGINT))
	select {
	case err := <-d.ended:
		require.NoError(t, err, "Ctrl+C is no failure:\n%s", &d.errors)
	case <-time.After(demoWithin):
		t.Fatal("the demo did not end in time")
	}
	requireHealthy(t, d.errors.String())
}
