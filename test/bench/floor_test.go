//go:build linux

package bench

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// floorVariable makes the test binary a bare server at the address that it holds;
// its arguments are the files of a certificate and its key.
const floorVariable = "GATEHOUSE_BENCH_FLOOR"

func TestMain(m *testing.M) {
	if address := os.Getenv(floorVariable); address != "" {
		err := serveFloor(address, os.Args[1], os.Args[2])
		_, _ = io.WriteString(os.Stderr, err.Error()+"\n")
		os.Exit(1)
	}
	gatehouse.Main(m)
}

// serveFloor is the least that Go can do over TLS: it reads a call, asks nobody for
// a password and answers.
func serveFloor(address, certFile, keyFile string) error {
	listening := &http.Server{Addr: address, ReadHeaderTimeout: callWithin, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header()["Content-Type"] = []string{contentType}
		_, _ = io.WriteString(w, answer)
	})}
	return listening.ListenAndServeTLS(certFile, keyFile)
}

func startFloor(t testing.TB) *server {
	t.Helper()
	certFile, keyFile, config := certificateFiles(t)
	address := gatehouse.FreeAddresses(t, 1)[0]
	command := exec.Command(os.Args[0], certFile, keyFile)
	command.Env = []string{floorVariable + "=" + address}
	launch(t, command, address)
	return &server{
		name: floor, address: address, tls: config, pids: []int{command.Process.Pid},
		password: secret, want: want{http.StatusOK, answer}, next: same,
	}
}

// certificateFiles are those of a new certificate for localhost, and what trusts it.
func certificateFiles(t testing.TB) (certFile, keyFile string, config *tls.Config) {
	t.Helper()
	folder := t.TempDir()
	pair := gatehouse.ServerCertificate(t, "localhost", time.Hour)
	certFile, keyFile = filepath.Join(folder, "server.crt"), filepath.Join(folder, "server.key")
	gatehouse.WriteKeyPair(t, pair, certFile, keyFile)
	trust := x509.NewCertPool()
	trust.AddCert(pair.Leaf)
	return certFile, keyFile, &tls.Config{RootCAs: trust, ServerName: "localhost", MinVersion: tls.VersionTLS13}
}

// launch starts a process on the server's core, waits until it listens, and stops it
// at the end.
func launch(t testing.TB, command *exec.Cmd, address string) {
	t.Helper()
	command.Stdout, command.Stderr = os.Stderr, os.Stderr
	onServerCore(t, func() { require.NoError(t, command.Start()) })
	t.Cleanup(func() {
		_ = command.Process.Signal(syscall.SIGTERM)
		_ = command.Wait() // how a server ends that was told to is no result
	})
	listens := gatehouse.Await(func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		conn, err := (&tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true}}).DialContext(ctx, "tcp", address)
		if err != nil {
			return false
		}
		conn.Close()
		return true
	})
	require.True(t, listens, "%s does not listen", command.Path)
}
