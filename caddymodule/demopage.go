package caddymodule

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/demo"
	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/simulator"
)

// servePage serves the sign-up page, over HTTP: browsers trust loopback as it is,
// and the local CA they do not know.
func (d *demonstration) servePage(validator *demo.Validator, lines *demo.Lines, roots *x509.CertPool) (stop func() error, err error) {
	listener, err := net.Listen("tcp", d.page)
	if err != nil {
		return nil, fmt.Errorf("serving the page on %s: %w; choose another address with --page", d.page, err)
	}
	d.page = listener.Addr().String()
	_, port, err := net.SplitHostPort(d.page)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("serving the page: %w", err), listener.Close())
	}
	hosts := []string{d.page, net.JoinHostPort("localhost", port)}
	if port == "80" { // which no browser writes
		hosts = []string{strings.TrimSuffix(d.page, ":80"), "localhost"}
	}
	page := &demo.Page{
		Validator: validator,
		Lines:     lines,
		Client:    simulator.NewClient(&tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}),
		Endpoint:  "https://" + d.address + "/" + demoPageConnector,
		Metrics:   "https://" + d.address + "/metrics",
		Connector: demoPageConnector,
		Basic:     url.UserPassword("b2c", d.password),
		Hosts:     hosts,
		Forget:    forgetDemo,
	}
	server := &http.Server{Handler: page.Handler(), ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	return func() error {
		err := server.Close() // sign-ups under way end with it
		if ended := <-served; !errors.Is(ended, http.ErrServerClosed) {
			err = errors.Join(err, ended)
		}
		return err
	}, nil
}

// forgetDemo does what DELETE /gatehouse/connectors/signup/memo does where there is
// an admin endpoint; the demo has none.
func forgetDemo() {
	for _, s := range statesInUse() {
		if s.connector == demoPageConnector {
			s.memo.Forget("")
		}
	}
}
