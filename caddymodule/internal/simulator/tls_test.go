package simulator

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestHandshake(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		config  *tls.Config
		version uint16
		taken   bool
	}{
		"taken":                     {&tls.Config{}, tls.VersionTLS12, true},
		"old":                       {&tls.Config{MinVersion: tls.VersionTLS10}, tls.VersionTLS10, true},
		"refused":                   {&tls.Config{}, tls.VersionTLS11, false},
		"TLS 1.3":                   {&tls.Config{}, tls.VersionTLS13, true},
		"taken, but for the client": {&tls.Config{ClientAuth: tls.RequireAnyClientCert}, tls.VersionTLS12, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewUnstartedServer(http.NotFoundHandler())
			server.TLS = tc.config
			server.Config.ErrorLog = nil
			server.StartTLS()
			t.Cleanup(server.Close)
			target, err := url.Parse(server.URL)
			require.NoError(t, err)
			state, err := EndpointOf(target).Handshake(t.Context(), tc.version, AllSuites()...)
			if !tc.taken {
				reached := new(Reached)
				require.ErrorAs(t, err, &reached)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, tc.version, state.Version)
			assert.NotEmpty(t, state.PeerCertificates)
		})
	}
}

// A listener that accepts and says nothing was reached; one that is not there was
// not.
func TestHandshakeIsBounded(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	silent := Endpoint{Host: "localhost", Address: listener.Addr().String(), Within: 50 * time.Millisecond}
	_, err = silent.Handshake(t.Context(), tls.VersionTLS12)
	require.ErrorIs(t, err, ErrTimeout)
	reached := new(Reached)
	require.ErrorAs(t, err, &reached)

	require.NoError(t, listener.Close())
	_, err = silent.Handshake(t.Context(), tls.VersionTLS12)
	require.Error(t, err)
	assert.NotErrorAs(t, err, &reached)
}

func TestTrustOf(t *testing.T) {
	t.Parallel()
	server := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	leaf := server.Certificate() // for example.com and 127.0.0.1, until 2084
	known := x509.NewCertPool()
	known.AddCert(leaf)
	now := time.Now()
	for name, tc := range map[string]struct {
		host              string
		roots             *x509.CertPool
		now               time.Time
		name, time, chain bool // each is wrong
	}{
		"good":          {"example.com", known, now, false, false, false},
		"address":       {"127.0.0.1", known, now, false, false, false},
		"another name":  {"api.example.org", known, now, true, false, false},
		"expired":       {"example.com", known, leaf.NotAfter.Add(time.Hour), false, true, false},
		"not yet":       {"example.com", known, leaf.NotBefore.Add(-time.Hour), false, true, false},
		"unknown":       {"example.com", x509.NewCertPool(), now, false, false, true},
		"all at once":   {"api.example.org", x509.NewCertPool(), leaf.NotAfter.Add(time.Hour), true, true, true},
		"by the system": {"example.com", nil, now, false, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			trust := TrustOf([]*x509.Certificate{leaf}, tc.host, tc.roots, tc.now)
			assert.Equal(t, []bool{tc.name, tc.time, tc.chain}, []bool{trust.Name != nil, trust.Time != nil, trust.Chain != nil}, "%+v", trust)
		})
	}
	assert.Error(t, TrustOf(nil, "example.com", nil, now).Chain)
}

func TestEndpointOf(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"https://api.example.com/": "api.example.com:443", "https://[::1]:8443/": "[::1]:8443"} {
		target, err := url.Parse(text)
		require.NoError(t, err)
		assert.Equal(t, want, EndpointOf(target).Address)
	}
}
