package gatehouse

import (
	"fmt"
	"testing"
)

type settings struct {
	clientAuth string
	servers    string
	global     string
	executable string
	env        []string
	http2      bool
	rsa        bool
	inherit    bool
}

// Option changes how a process is started.
type Option func(*settings)

// RequestClientCertificate makes the TLS listener ask for a client certificate
// and leave the decision to the connector.
func RequestClientCertificate() Option {
	return func(s *settings) { s.clientAuth = "client_auth {\n mode request\n }\n" }
}

// ClientAuth is the block client_auth of the TLS listener.
func ClientAuth(lines string) Option {
	return func(s *settings) { s.clientAuth = "client_auth {\n" + lines + "\n }\n" }
}

// Servers adds lines to the global option servers.
func Servers(lines string) Option { return func(s *settings) { s.servers = lines } }

// Global adds lines to the global options.
func Global(lines string) Option { return func(s *settings) { s.global = lines } }

// Executable is the binary that is started, in place of [Binary].
func Executable(path string) Option { return func(s *settings) { s.executable = path } }

// Env adds a variable to the environment of the process.
func Env(name, value string) Option {
	return func(s *settings) { s.env = append(s.env, name+"="+value) }
}

// HTTP2 makes the client speak HTTP/2.
func HTTP2() Option { return func(s *settings) { s.http2 = true } }

// RSA gives the site an RSA certificate instead of an ECDSA one.
func RSA() Option { return func(s *settings) { s.rsa = true } }

// InheritSocket gives the process the listening socket of its site as descriptor
// 3, as systemd's socket activation does. It lives through reloads.
func InheritSocket() Option { return func(s *settings) { s.inherit = true } }

// around is the Caddyfile of Start.
func (p *Process) around(_ testing.TB, site string) string {
	return fmt.Sprintf(`{
	admin %s
	persist_config off
	auto_https off
	skip_install_trust
	grace_period 1s
	%s
	servers {
		protocols h1 h2
		%s
	}
}
http://%s {
	bind 127.0.0.1
	metrics
}
https://%s {
	bind %s
	tls %s %s {
		%s
	}
	%s
}
`, p.admin, p.settings.global, p.settings.servers, p.metrics, p.site, p.bind, p.certFile, p.keyFile, p.settings.clientAuth, site)
}
