package legacy_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// Bounds of the live run. npm and a cold Java need most of them.
const (
	prepareWithin = 5 * time.Minute
	readyWithin   = time.Minute
	askWithin     = 20 * time.Second
	stopWithin    = 10 * time.Second
	pollEvery     = 50 * time.Millisecond
)

// path is where Debian has its programs.
const path = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"

// noSuchMode is the exit status of a start file for a mode its framework lacks.
const noSuchMode = 3

// validator is the folder of a framework, copied so that nothing is left behind.
type validator struct {
	framework string
	folder    string
}

func newValidator(t *testing.T, framework string) validator {
	t.Helper()
	v := validator{framework, filepath.Join(t.TempDir(), framework)}
	require.NoError(t, os.CopyFS(v.folder, os.DirFS(framework)))
	start := filepath.Join(v.folder, "start")
	require.NoError(t, os.Chmod(start, 0o700))
	if out, err := v.script(t, "prepare"); err != nil {
		require.NoError(t, err, "preparing %s:\n%s", framework, out)
	}
	return v
}

// script runs the start file to its end.
func (v validator) script(t *testing.T, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), prepareWithin)
	defer cancel()
	cmd := exec.CommandContext(ctx, "./start", args...)
	cmd.Dir = v.folder
	out, err := cmd.CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

func (v validator) versions(t *testing.T) string {
	t.Helper()
	text, err := v.script(t, "versions")
	require.NoError(t, err, text)
	return text
}

// running is a started validator.
type running struct {
	validator
	address string // host:port
	port    string
	output  *bytes.Buffer
}

// start starts a validator on a free port and waits until it serves. It is nil
// where the framework has no such mode.
func (v validator) start(t *testing.T, mode string) *running {
	t.Helper()
	address := gatehouse.FreeAddresses(t, 1)[0]
	_, port, err := net.SplitHostPort(address)
	require.NoError(t, err)
	r := &running{v, address, port, new(bytes.Buffer)}
	cmd := exec.Command("./start", mode, port)
	cmd.Dir = v.folder
	// A page of a debugger shows the environment, so there is nothing in it.
	cmd.Env = []string{"PATH=" + path, "HOME=" + v.folder, "LANG=C.UTF-8"}
	cmd.Stdout, cmd.Stderr = r.output, r.output
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // it may have workers
	cmd.WaitDelay = stopWithin
	require.NoError(t, cmd.Start())
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()
	t.Cleanup(func() { stop(t, cmd, exited) })
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	patience := time.NewTimer(readyWithin)
	defer patience.Stop()
	for {
		if answer, err := r.ask(t, "/signup", with("", "")); err == nil && answer.Status < 300 {
			return r
		}
		select {
		case err := <-exited:
			exited <- err
			var exit *exec.ExitError
			if errors.As(err, &exit) && exit.ExitCode() == noSuchMode {
				return nil
			}
			require.FailNow(t, "it ended by itself", "%s: %v\n%s", v.framework, err, r.output)
		case <-patience.C:
			stop(t, cmd, exited)
			require.FailNow(t, "it is not ready", "%s\n%s", v.framework, r.output)
		case <-tick.C:
		}
	}
}

// stop ends the group of a process: first it is asked, then made to.
func stop(t *testing.T, cmd *exec.Cmd, exited chan error) {
	t.Helper()
	group := -cmd.Process.Pid
	_ = syscall.Kill(group, syscall.SIGTERM) // it may be gone
	patience := time.NewTimer(stopWithin)
	defer patience.Stop()
	select {
	case err := <-exited:
		exited <- err
	case <-patience.C:
	}
	_ = syscall.Kill(group, syscall.SIGKILL)
}

// direct keeps no connection and follows no redirect.
var direct = &http.Client{
	Transport:     &http.Transport{DisableKeepAlives: true, DisableCompression: true},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// ask calls the validator itself, as Gatehouse would. An answer that breaks off
// has status 0.
func (r *running) ask(t *testing.T, target, body string) (record, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), askWithin)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+r.address+target, strings.NewReader(body))
	if err != nil {
		return record{}, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	resp, err := direct.Do(req)
	if err != nil {
		return record{}, fmt.Errorf("asking %s: %w", r.framework, err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return record{}, fmt.Errorf("reading from %s: %w", r.framework, err)
	}
	answer := record{Status: resp.StatusCode, ContentType: resp.Header.Get("Content-Type")}
	answer.Body, answer.Length = excerpt(settle(string(text), r.folder, r.port))
	return answer, nil
}
