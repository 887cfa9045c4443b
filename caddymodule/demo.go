package caddymodule

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/spf13/cobra"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/credential"
	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/demo"
)

const demoPasswordVariable = "GATEHOUSE_DEMO_PASSWORD"

func demoCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "demo [--listen <address>] [--page <address>]",
		Short: "Run a sign-up page, a connector and a sample validator, on this machine only",
		Long: `
Runs everything in one process on the loopback interface: a sample loyalty
validator that answers with a 409, as many do, a connector in front of it with a
certificate of a local CA, and a sign-up page that plays the identity provider and
shows what happens at each step. Prints the address of the page to open in a
browser, and curl lines to paste for who has none.

The username is b2c. The password is the value of ` + demoPasswordVariable + `,
or a new one that is printed. Nothing is written outside of a temporary folder,
which is removed at the end, and the system's trust store stays as it is.`,
		Example: `  gatehouse connector demo
  gatehouse connector demo --listen 127.0.0.1:9443`,
		Args: cobra.NoArgs,
		RunE: runDemo,
	}
	cmd.Flags().String("listen", "127.0.0.1:8443", "loopback address and port of the connector; port 0 takes a free one")
	cmd.Flags().String("page", "", "loopback address and port of the page; default: the port after that of --listen")
	return cmd
}

// demonstration is one run of the demo.
type demonstration struct {
	address   string // host and port
	host      string
	password  string
	folder    string // temporary
	validator string // host and port
	page      string // host and port
	log       string // host and port to which the connector's log is sent
}

func runDemo(cmd *cobra.Command, _ []string) error {
	listen, err := cmd.Flags().GetString("listen")
	if err != nil {
		return err
	}
	page, err := cmd.Flags().GetString("page")
	if err != nil {
		return err
	}
	d, err := newDemonstration(listen, page)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	return d.run(ctx, cmd)
}

func newDemonstration(listen, page string) (*demonstration, error) {
	address, err := loopback("--listen", listen)
	if err != nil {
		return nil, err
	}
	d := &demonstration{address: address.String(), host: address.Addr().String(), password: os.Getenv(demoPasswordVariable)}
	if page == "" {
		next := address.Port()
		if next != 0 {
			next++ // after the last port comes 0, a free one
		}
		d.page = netip.AddrPortFrom(address.Addr(), next).String()
	} else if address, err = loopback("--page", page); err != nil {
		return nil, err
	} else {
		d.page = address.String()
	}
	if d.password == "" {
		d.password, _ = credential.NewSecret()
	}
	return d, nil
}

func loopback(flag, text string) (netip.AddrPort, error) {
	address, err := netip.ParseAddrPort(text)
	address = netip.AddrPortFrom(address.Addr().Unmap(), address.Port())
	if err != nil || !address.Addr().IsLoopback() {
		return address, fmt.Errorf("%s %q: the demo listens on loopback only; write an IP address and a port such as 127.0.0.1:8443", flag, text)
	}
	return address, nil
}

func (d *demonstration) run(ctx context.Context, cmd *cobra.Command) (err error) {
	if d.folder, err = os.MkdirTemp("", "gatehouse-demo-"); err != nil {
		return fmt.Errorf("making a temporary folder: %w", err)
	}
	defer func() {
		err = errors.Join(err, os.RemoveAll(d.folder))
		fmt.Fprintln(cmd.ErrOrStderr(), "\nThe demo has ended.")
	}()
	// Caddy keeps an instance id beside its storage.
	for _, variable := range []string{"XDG_DATA_HOME", "XDG_CONFIG_HOME"} {
		if err := os.Setenv(variable, d.folder); err != nil {
			return fmt.Errorf("setting %s: %w", variable, err)
		}
	}

	validator, err := demo.StartValidator()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, validator.Close()) }()
	lines, err := demo.ListenForLines()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lines.Close()) }()
	d.validator, d.log = validator.Address(), lines.Address()
	if err := d.pickPort(); err != nil {
		return err
	}
	adapted, _, err := caddyconfig.GetAdapter("caddyfile").Adapt([]byte(d.caddyfile()), map[string]any{"filename": "Caddyfile"})
	if err != nil {
		return fmt.Errorf("adapting the demo's configuration: %w", err)
	}
	if err := caddy.Load(adapted, true); err != nil {
		return fmt.Errorf("starting on %s: %w; choose another address with --listen", d.address, err)
	}
	defer func() { err = errors.Join(err, caddy.Stop()) }()

	roots, err := d.ready(ctx)
	switch {
	case ctx.Err() != nil: // Ctrl+C, and no error
		return nil
	case err != nil:
		return err
	}
	stopPage, err := d.servePage(validator, lines, roots)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stopPage()) }()
	fmt.Fprint(cmd.OutOrStdout(), d.welcome())
	<-ctx.Done()
	return nil
}

// pickPort replaces port 0 by a free one, and refuses one that is taken: Caddy would
// share it with a Caddy of the same user (SO_REUSEPORT), and each of the two would get
// some of the other's calls.
func (d *demonstration) pickPort() error {
	listener, err := net.Listen("tcp", d.address)
	if err != nil {
		return fmt.Errorf("listening on %s: %w; choose another address with --listen", d.address, err)
	}
	d.address = listener.Addr().String()
	return listener.Close()
}

// ready waits until the certificate has been issued, which Caddy does after it
// has begun to listen, and yields the CA that it is of.
func (d *demonstration) ready(ctx context.Context) (*x509.CertPool, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		pem, err := os.ReadFile(d.root())
		if err == nil {
			roots := x509.NewCertPool()
			roots.AppendCertsFromPEM(pem)
			dialer := tls.Dialer{Config: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
			var conn net.Conn
			if conn, err = dialer.DialContext(ctx, "tcp", d.address); err == nil {
				return roots, conn.Close()
			}
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("waiting for the certificate of the demo: %w", err)
		case <-again.C:
		}
	}
}

// root is the file of the local CA's certificate.
func (d *demonstration) root() string {
	return filepath.Join(d.folder, "pki", "authorities", "local", "root.crt")
}
