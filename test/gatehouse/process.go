package gatehouse

import (
	"context"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Bounds of waiting. They are generous because the race detector and a busy
// machine slow everything down; a healthy process is ready within a second.
const (
	readyWithin = time.Minute
	stopWithin  = 15 * time.Second
	pollEvery   = 5 * time.Millisecond
	startTries  = 5
)

// Process is a running gatehouse with one TLS site and a metrics listener.
type Process struct {
	settings settings
	folder   string
	path     string // of the Caddyfile
	trust    *x509.CertPool
	certFile string
	keyFile  string
	client   *http.Client
	// caddyfile is the whole text around a site, on the addresses below.
	caddyfile func(t testing.TB, site string) string

	site, metrics string   // host:port
	admin         string   // host:port, or unix/ and a path
	bind          string   // of the site
	socket        *os.File // of the site, if it is inherited

	command *exec.Cmd
	exited  chan struct{}
	log     *journal

	reloaded   atomic.Int64 // when, in Unix nanoseconds; 0: never
	terminated atomic.Bool
}

// Start starts a process whose TLS site for localhost has the given directives,
// and stops it at the end of the test.
func Start(t testing.TB, site string, options ...Option) *Process {
	t.Helper()
	p := &Process{folder: t.TempDir()}
	p.caddyfile = p.around
	p.start(t, site, options)
	return p
}

func (p *Process) start(t testing.TB, site string, options []Option) {
	t.Helper()
	for _, option := range options {
		option(&p.settings)
	}
	p.path = filepath.Join(p.folder, "Caddyfile")
	p.certFile, p.keyFile, p.trust = localhostCertificate(t, p.folder, p.settings.rsa)
	p.client = p.newClient()
	for try := 1; ; try++ {
		p.choosePorts(t)
		p.launch(t, site)
		err := p.awaitReady(t.Context())
		if err == nil {
			break
		}
		p.end()
		// Between our look for a free port and its use another process may
		// have got it.
		taken := strings.Contains(p.Logs(), "address already in use")
		require.Truef(t, taken && try < startTries, "starting gatehouse: %v\n%s", err, p.Logs())
	}
	t.Cleanup(func() { p.stop(t) })
}

// PID is the id of the process.
func (p *Process) PID() int { return p.command.Process.Pid }

// Home is the folder to which the process may write.
func (p *Process) Home() string { return p.folder }

// Site is the host:port of the TLS site, with the name localhost.
func (p *Process) Site() string { return p.site }

// Address is the site's loopback address, without a look-up of localhost, which
// may be ::1 first.
func (p *Process) Address() string {
	_, port, _ := net.SplitHostPort(p.site)
	return net.JoinHostPort("127.0.0.1", port)
}

// MetricsAddress is the host:port of the metrics.
func (p *Process) MetricsAddress() string { return p.metrics }

// Logs is everything that the process has printed so far.
func (p *Process) Logs() string { return p.log.String() }

func (p *Process) choosePorts(t testing.TB) {
	t.Helper()
	addresses := FreeAddresses(t, 3)
	p.metrics = addresses[0]
	if !strings.HasPrefix(p.admin, unixSocket) {
		p.admin = addresses[1]
	}
	p.bind = "127.0.0.1"
	if p.settings.inherit {
		p.bind = "fd/3"
		addresses[2] = p.openSocket(t)
	}
	_, port, err := net.SplitHostPort(addresses[2])
	require.NoError(t, err)
	p.site = net.JoinHostPort("localhost", port)
}

// openSocket opens the socket that the process inherits. Ours is closed once the
// process has it.
func (p *Process) openSocket(t testing.TB) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	p.socket, err = listener.(*net.TCPListener).File()
	require.NoError(t, err)
	return listener.Addr().String()
}

// FreeAddresses finds loopback addresses on which nobody listens.
func FreeAddresses(t testing.TB, n int) []string {
	t.Helper()
	addresses := make([]string, n)
	for i := range addresses {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		defer listener.Close() // at the end, so that no two are the same
		addresses[i] = listener.Addr().String()
	}
	return addresses
}

func (p *Process) writeCaddyfile(t testing.TB, site string) {
	t.Helper()
	require.NoError(t, os.WriteFile(p.path, []byte(p.caddyfile(t, site)), 0o600))
}

func (p *Process) launch(t testing.TB, site string) {
	t.Helper()
	p.writeCaddyfile(t, site)
	p.log = new(journal)
	executable := p.settings.executable
	if executable == "" {
		executable = Binary(t)
	}
	p.command = exec.Command(executable, "run", "--config", p.path, "--adapter", "caddyfile")
	p.command.Env = append(environment(p.folder), p.settings.env...)
	p.command.Stdout, p.command.Stderr = p.log, p.log
	if p.settings.inherit {
		defer p.socket.Close()
		p.command.ExtraFiles = []*os.File{p.socket} // the first is descriptor 3
	}
	require.NoError(t, p.command.Start())
	p.exited = make(chan struct{})
	go func(command *exec.Cmd, exited chan struct{}) {
		_ = command.Wait() // what it printed and its state say how it ended
		close(exited)
	}(p.command, p.exited)
}

// awaitReady waits until both listeners serve.
func (p *Process) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		if p.serves(ctx) {
			return nil
		}
		select {
		case <-p.exited:
			return fmt.Errorf("it ended: %s", p.command.ProcessState)
		case <-ctx.Done():
			return fmt.Errorf("it is not ready: %w", ctx.Err())
		case <-tick.C:
		}
	}
}

// serves shakes hands without a request, so that no counter moves. It waits until the
// configuration is loaded: Caddy listens a little before it has started its TLS app, and
// a handshake in between races with that start within Caddy (2.11.9).
func (p *Process) serves(ctx context.Context) bool {
	if !p.loaded(ctx) {
		return false
	}
	conn, err := p.TryDial(ctx, p.TLS())
	if err != nil {
		return false
	}
	conn.Close()
	_, err = p.scrape(ctx, "text/plain")
	return err == nil
}

func (p *Process) stop(t testing.TB) {
	t.Helper()
	p.client.CloseIdleConnections()
	if p.terminated.Load() {
		<-p.exited
	}
	select {
	case <-p.exited:
		if code := p.command.ProcessState.ExitCode(); p.terminated.Load() && code == 0 {
			break
		}
		t.Errorf("gatehouse ended by itself: %s\n%s", p.command.ProcessState, p.Logs())
	default:
		if !p.end() {
			t.Errorf("gatehouse did not stop within %s of SIGTERM:\n%s", stopWithin, p.Logs())
		} else if code := p.command.ProcessState.ExitCode(); code != 0 {
			t.Errorf("gatehouse ended with status %d:\n%s", code, p.Logs())
		}
	}
	requireHealthy(t, p.Logs())
	if t.Failed() {
		t.Logf("log of gatehouse:\n%s", p.Logs())
	}
}

// Terminate asks the process to end, as a supervisor does, and returns what is
// closed when it has. It is killed where it takes longer than at the end of a test.
func (p *Process) Terminate() <-chan struct{} {
	p.terminated.Store(true)
	go p.end()
	return p.exited
}

// end stops the process and reports whether SIGTERM was enough.
func (p *Process) end() bool {
	_ = p.command.Process.Signal(syscall.SIGTERM) // it may be gone already
	patience := time.NewTimer(stopWithin)
	defer patience.Stop()
	select {
	case <-p.exited:
		return true
	case <-patience.C:
		_ = p.command.Process.Kill()
		<-p.exited
		return false
	}
}
