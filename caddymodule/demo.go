package caddymodule

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
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
		Use:   "demo [--listen <address>]",
		Short: "Run a connector in front of a sample validator, on this machine only",
		Long: `
Runs everything in one process on the loopback interface: a sample loyalty
validator that knows nothing of API connectors, and a connector in front of it
with a certificate of a local CA. Prints what to call, with curl lines to paste.

The username is b2c. The password is the value of ` + demoPasswordVariable + `,
or a new one that is printed. Nothing is written outside of a temporary folder,
which is removed at the end, and the system's trust store stays as it is.`,
		Example: `  gatehouse connector demo
  gatehouse connector demo --listen 127.0.0.1:9443`,
		Args: cobra.NoArgs,
		RunE: runDemo,
	}
	cmd.Flags().String("listen", "127.0.0.1:8443", "loopback address and port; port 0 takes a free one")
	return cmd
}

// demonstration is one run of the demo.
type demonstration struct {
	address   string // host and port
	host      string
	password  string
	folder    string // temporary
	validator string // host and port
}

func runDemo(cmd *cobra.Command, _ []string) error {
	listen, err := cmd.Flags().GetString("listen")
	if err != nil {
		return err
	}
	d, err := newDemonstration(listen)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return d.run(ctx, cmd)
}

func newDemonstration(listen string) (*demonstration, error) {
	address, err := netip.ParseAddrPort(listen)
	if err != nil || !address.Addr().IsLoopback() {
		return nil, fmt.Errorf("--listen %q: the demo listens on loopback only; write an address such as 127.0.0.1:8443", listen)
	}
	d := &demonstration{address: address.String(), host: address.Addr().String(), password: os.Getenv(demoPasswordVariable)}
	if d.password == "" {
		d.password, _ = credential.NewSecret()
	}
	return d, nil
}

func (d *demonstration) run(ctx context.Context, cmd *cobra.Command) (err error) {
	if d.folder, err = os.MkdirTemp("", "gatehouse-demo-"); err != nil {
		return fmt.Errorf("making a temporary folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(d.folder)) }()
	// Caddy keeps an instance id beside its storage.
	for _, variable := range []string{"XDG_DATA_HOME", "XDG_CONFIG_HOME"} {
		if err := os.Setenv(variable, d.folder); err != nil {
			return fmt.Errorf("setting %s: %w", variable, err)
		}
	}

	stopValidator, err := d.startValidator()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stopValidator()) }()
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

	if err := d.ready(ctx); err != nil {
		return err
	}
	fmt.Fprint(cmd.OutOrStdout(), d.welcome())
	<-ctx.Done()
	fmt.Fprintln(cmd.ErrOrStderr(), "\nThe demo ends.")
	return nil
}

// startValidator serves the sample validator on a free port.
func (d *demonstration) startValidator() (stop func() error, err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listening for the sample validator: %w", err)
	}
	d.validator = listener.Addr().String()
	server := &http.Server{Handler: new(demo.Loyalty), ReadHeaderTimeout: 5 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	return func() error {
		err := server.Close()
		if ended := <-served; !errors.Is(ended, http.ErrServerClosed) {
			err = errors.Join(err, ended)
		}
		return err
	}, nil
}

// pickPort replaces port 0 by a free one.
func (d *demonstration) pickPort() error {
	if !strings.HasSuffix(d.address, ":0") {
		return nil
	}
	listener, err := net.Listen("tcp", d.address)
	if err != nil {
		return fmt.Errorf("looking for a free port on %s: %w", d.address, err)
	}
	d.address = listener.Addr().String()
	return listener.Close()
}

// ready waits until the certificate has been issued, which Caddy does after it
// has begun to listen.
func (d *demonstration) ready(ctx context.Context) error {
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
				return conn.Close()
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for the certificate of the demo: %w", err)
		case <-again.C:
		}
	}
}

// root is the file of the local CA's certificate.
func (d *demonstration) root() string {
	return filepath.Join(d.folder, "pki", "authorities", "local", "root.crt")
}

// caddyfile is the demo's configuration: what an operator would write, but for a
// local certificate.
func (d *demonstration) caddyfile() string {
	sum := sha256.Sum256([]byte(d.password))
	_, port, _ := net.SplitHostPort(d.address)
	return strings.NewReplacer(
		"<site>", "https://"+d.address+", https://localhost:"+port,
		"<host>", d.host,
		"<folder>", d.folder,
		"<credential>", "sha256:"+hex.EncodeToString(sum[:]),
		"<validator>", d.validator,
	).Replace(demoCaddyfile)
}

const demoCaddyfile = `{
	admin off
	persist_config off
	skip_install_trust
	auto_https disable_redirects
	storage file_system "<folder>"
	servers {
		protocols h1 h2
	}
	log {
		level WARN
		exclude http.handlers.api_connector
	}
	log calls {
		include http.handlers.api_connector
		format console {
			level_format upper
		}
	}
}

<site> {
	bind <host>
	tls internal

	# An API connector of a user flow.
	handle /loyalty {
		api_connector {
			name loyalty
			auth {
				basic b2c <credential>
			}
			request {
				rename extension_LoyaltyId loyaltyId
				rename extension_PromoCode promoCode
				rename ui_locales language
			}
			cache
		}
		reverse_proxy <validator>
	}

	# The same validator as a RESTful technical profile of a custom policy.
	handle /policy {
		api_connector {
			name policy
			protocol b2c_custom_policy
			auth {
				basic b2c <credential>
			}
			request {
				rename lang language
			}
			cache
		}
		reverse_proxy <validator>
	}

	# How often the validator was asked.
	handle_path /validator/* {
		@read method GET
		reverse_proxy @read <validator>
	}

	handle /metrics {
		metrics
	}
}
`

// demoAppID stands for the id of the b2c-extensions-app of a tenant.
const demoAppID = "0123456789abcdef0123456789abcdef"

func (d *demonstration) welcome() string {
	curl := `curl -sS -w '\n' --cacert ` + shellQuote(d.root())
	login := " -u " + shellQuote("b2c:"+d.password)
	post := func(path, body string) string {
		return " https://" + d.address + path + " -H 'Content-Type: application/json' -d " + shellQuote(body)
	}
	signUp := func(loyaltyID string) string {
		return `{"step":"PostAttributeCollection","email":"david@contoso.com","extension_` + demoAppID + `_LoyaltyId":"` + loyaltyID + `","ui_locales":"en-US"}`
	}
	return strings.NewReplacer(
		"<address>", d.address, "<folder>", d.folder, "<password>", d.password,
		"<nobody>", curl+" -i"+post("/loyalty", signUp("1234")),
		"<invalid>", curl+" -i"+login+post("/loyalty", signUp("1234")),
		"<continue>", curl+" -i"+login+post("/loyalty", signUp("5678")),
		"<policy>", curl+" -i"+login+post("/policy", `{"email":"david@contoso.com","loyaltyId":"1234","lang":"1033"}`),
		"<calls>", curl+" https://"+d.address+"/validator/calls",
		"<metrics>", curl+" https://"+d.address+"/metrics | grep '^gatehouse_requests_total' | grep -v ' 0$'",
	).Replace(demoWelcome)
}

const demoWelcome = `
Gatehouse demo: a connector in front of a validator that knows nothing of it.
It listens on <address> only and writes only to <folder>.

  user flow      https://<address>/loyalty
  custom policy  https://<address>/policy
  username       b2c
  password       <password>

Paste these into another shell.

# Nobody gets in without credentials: 401.
<nobody>

# The validator answers 409; the sign-up page gets a ValidationError, HTTP 400.
<invalid>

# Another loyalty ID: Continue, with the promo code as a claim.
<continue>

# Again: the same answer, and the validator is not asked a second time.
<continue>
<calls>
<metrics>

# The same validator for a custom policy: HTTP 409.
<policy>

Each call is logged here. Press Ctrl+C to end.

`

// shellQuote quotes for a POSIX shell.
func shellQuote(text string) string {
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
