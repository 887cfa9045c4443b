package shipped

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// Bounds of waiting, generous for a busy machine under the race detector.
const (
	readyWithin = time.Minute
	stopWithin  = 15 * time.Second
	pollEvery   = 10 * time.Millisecond
	startTries  = 5
	dialWithin  = 20 * time.Second
)

// The account of the example and what proves it.
const (
	Username = "b2c"
	Secret   = "Wd3kZ0q9Tn4vYx8cLr2mHs6bPf1gJa7u"
)

// Options of Start. The zero value is the example as it is.
type Options struct {
	Upstream string   // host:port; default: a port on which nobody listens
	RSA      bool     // an RSA certificate instead of an ECDSA one
	Edits    []Edit   // of the Caddyfile
	Env      []string // of the process
	// Thumbprint of the client certificate that may call. Default: nobody's.
	Thumbprint string
}

// Gatehouse is a running process.
type Gatehouse struct {
	Site    string // host:port of the TLS site, with the name localhost
	Address string // the same, with its loopback address
	Metrics string // host:port
	Socket  string // path of the admin socket
	Trust   *x509.CertPool

	folder, certFile, keyFile string
	command                   *exec.Cmd
	exited                    chan struct{}
	log                       *journal
}

// Start starts the binary and stops it at the end of the test.
func Start(t testing.TB, o Options) *Gatehouse {
	t.Helper()
	// t.TempDir may be longer than the path of a socket can be.
	folder, err := os.MkdirTemp("", "gatehouse")
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	g := &Gatehouse{folder: folder, Socket: filepath.Join(folder, "admin.sock")}
	g.certFile, g.keyFile, g.Trust = certificate(t, folder, o.RSA)
	for try := 1; ; try++ {
		g.launch(t, o)
		err := g.awaitReady(t.Context())
		if err == nil {
			break
		}
		g.end()
		taken := strings.Contains(g.Logs(), "address already in use")
		require.Truef(t, taken && try < startTries, "starting gatehouse: %v\n%s", err, g.Logs())
	}
	t.Cleanup(func() { g.stop(t) })
	return g
}

// PID is the id of the process.
func (g *Gatehouse) PID() int { return g.command.Process.Pid }

// Logs is everything that the process has printed so far.
func (g *Gatehouse) Logs() string { return g.log.String() }

// Home is the folder to which the process may write.
func (g *Gatehouse) Home() string { return g.folder }

// TLS is a client's configuration that trusts the site.
func (g *Gatehouse) TLS() *tls.Config {
	return &tls.Config{RootCAs: g.Trust, ServerName: "localhost", MinVersion: tls.VersionTLS12}
}

// Dial shakes hands with the site and closes the connection at the end of the
// test. The caller has 20 s for all that it does on it.
func (g *Gatehouse) Dial(t testing.TB, config *tls.Config) *tls.Conn {
	t.Helper()
	conn, err := g.TryDial(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	return conn
}

// TryDial is Dial that may fail.
func (g *Gatehouse) TryDial(ctx context.Context, config *tls.Config) (*tls.Conn, error) {
	dialer := tls.Dialer{Config: config}
	ctx, cancel := context.WithTimeout(ctx, dialWithin)
	defer cancel()
	conn, err := dialer.DialContext(ctx, "tcp", g.Address)
	if err != nil {
		return nil, fmt.Errorf("shaking hands with gatehouse: %w", err)
	}
	tlsConn, isTLS := conn.(*tls.Conn)
	if !isTLS {
		return nil, fmt.Errorf("dialing gave a %T", conn)
	}
	return tlsConn, tlsConn.SetDeadline(time.Now().Add(dialWithin))
}

// Client is a client of the site. It keeps no connection.
func (g *Gatehouse) Client(certificates ...tls.Certificate) *http.Client {
	config := g.TLS()
	config.Certificates = certificates
	return &http.Client{
		Timeout:       dialWithin,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			TLSClientConfig: config, DisableKeepAlives: true, DisableCompression: true,
			DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, network, g.Address)
			},
		},
	}
}

// Scrape is the text of the metrics.
func (g *Gatehouse) Scrape(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, dialWithin)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+g.Metrics+"/metrics", http.NoBody)
	if err != nil {
		return "", err
	}
	req.Header.Set("Accept", "text/plain; version=0.0.4")
	req.Close = true
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", fmt.Errorf("scraping metrics: %w", err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return string(text), err
}

func (g *Gatehouse) launch(t testing.TB, o Options) {
	t.Helper()
	addresses := gatehouse.FreeAddresses(t, 3)
	g.Address, g.Metrics = addresses[0], addresses[1]
	if o.Upstream == "" {
		o.Upstream = addresses[2]
	}
	_, port, err := net.SplitHostPort(g.Address)
	require.NoError(t, err)
	g.Site = net.JoinHostPort("localhost", port)
	path := filepath.Join(g.folder, "Caddyfile")
	require.NoError(t, os.WriteFile(path, []byte(g.caddyfile(t, o.Upstream, o.Edits)), 0o600))

	thumbprint := o.Thumbprint
	if thumbprint == "" {
		thumbprint = strings.Repeat("0a", 32)
	}
	g.log = new(journal)
	g.command = exec.Command(gatehouse.Binary(t), "run", "--config", path, "--adapter", "caddyfile")
	g.command.Env = append([]string{
		"HOME=" + g.folder, "XDG_DATA_HOME=" + g.folder, "XDG_CONFIG_HOME=" + g.folder, "PATH=" + os.Getenv("PATH"),
		"GATEHOUSE_CREDENTIAL=plain:" + Secret, "GATEHOUSE_THUMBPRINT=" + thumbprint, "GORACE=halt_on_error=0",
	}, o.Env...)
	if folder := os.Getenv("GOCOVERDIR"); folder != "" {
		g.command.Env = append(g.command.Env, "GOCOVERDIR="+folder)
	}
	g.command.Stdout, g.command.Stderr = g.log, g.log
	require.NoError(t, g.command.Start())
	g.exited = make(chan struct{})
	go func(command *exec.Cmd, exited chan struct{}) {
		_ = command.Wait() // its state says how it ended
		close(exited)
	}(g.command, g.exited)
}

func (g *Gatehouse) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		if conn, err := g.TryDial(ctx, g.TLS()); err == nil {
			conn.Close()
			if _, err := g.Scrape(ctx); err == nil {
				return nil
			}
		}
		select {
		case <-g.exited:
			return fmt.Errorf("it ended: %s", g.command.ProcessState)
		case <-ctx.Done():
			return fmt.Errorf("it is not ready: %w", ctx.Err())
		case <-tick.C:
		}
	}
}

// sicknesses are what a process that is well never prints.
var sicknesses = []string{"panic: ", "panic serving", "fatal error: ", "DATA RACE", "connector panicked"}

func (g *Gatehouse) stop(t testing.TB) {
	t.Helper()
	select {
	case <-g.exited:
		t.Errorf("gatehouse ended by itself: %s", g.command.ProcessState)
	default:
		if !g.end() {
			t.Errorf("gatehouse did not stop within %s of SIGTERM", stopWithin)
		}
	}
	for _, sickness := range sicknesses {
		if strings.Contains(g.Logs(), sickness) {
			t.Errorf("gatehouse printed %q", sickness)
		}
	}
	if t.Failed() {
		t.Logf("log of gatehouse:\n%s", g.Logs())
	}
}

// end stops the process and reports whether SIGTERM was enough.
func (g *Gatehouse) end() bool {
	_ = g.command.Process.Signal(syscall.SIGTERM) // it may be gone already
	patience := time.NewTimer(stopWithin)
	defer patience.Stop()
	select {
	case <-g.exited:
		return true
	case <-patience.C:
		_ = g.command.Process.Kill()
		<-g.exited
		return false
	}
}

// journal collects what a process prints; it may be read while it grows.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

// String is everything so far.
func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}
