package upstream_test

import (
	"crypto/tls"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// secured is a validator that speaks TLS, and the files of the example.
type secured struct {
	*gatehouse.Upstream
	folder string
	client tls.Certificate // that the example shows
	shown  chan []byte     // what a client has shown
}

func newSecured(t *testing.T) *secured {
	t.Helper()
	s := &secured{folder: t.TempDir(), client: gatehouse.ClientCertificate(t, "gatehouse", time.Hour), shown: make(chan []byte, 16)}
	s.Upstream = gatehouse.NewTLSUpstream(t, func(w http.ResponseWriter, r *http.Request) {
		if len(r.TLS.PeerCertificates) > 0 {
			s.shown <- r.TLS.PeerCertificates[0].Raw
		}
		if r.Header.Get("Authorization") != "Basic Z2F0ZWhvdXNlOnNlY3JldA==" {
			http.Error(w, "", http.StatusUnauthorized)
			return
		}
		w.Header().Set("Cache-Control", "no-cache, no-store, max-age=0, must-revalidate")
		named("well")(w, r)
	})
	s.WriteAuthority(t, s.file("ca.pem"))
	gatehouse.WriteKeyPair(t, s.client, s.file("client.pem"), s.file("client.key"))
	s.write(t, "Z2F0ZWhvdXNlOnNlY3JldA==\n")
	return s
}

func (s *secured) file(name string) string { return filepath.Join(s.folder, name) }

func (s *secured) write(t *testing.T, credential string) {
	t.Helper()
	require.NoError(t, os.WriteFile(s.file("new"), []byte(credential), 0o600))
	require.NoError(t, os.Rename(s.file("new"), s.file("credential")))
}

// edits put the example where the validator and its files are.
func (s *secured) edits(more ...edit) []edit {
	return append([]edit{
		{"https://10.0.0.1:8443", "https://" + s.Address()},
		{"/run/secrets/validator", s.file("credential")},
		{"/etc/gatehouse/validator-ca.pem", s.file("ca.pem")},
		{"/etc/gatehouse/client.pem /etc/gatehouse/client.key", s.file("client.pem") + " " + s.file("client.key")},
	}, more...)
}

var apiKey = gatehouse.Env("VALIDATOR_API_KEY", "k-123")

func TestTLSExample(t *testing.T) {
	t.Parallel()
	validator := newSecured(t)
	g := start(t, example(t, "tls", validator.edits()...), apiKey)
	requireContinue(t, g, "john")
	received := validator.Last(t)
	assert.Equal(t, "validator.example.com", received.Host)
	assert.Equal(t, "k-123", received.Header.Get("X-Api-Key"))
	assert.Equal(t, validator.client.Certificate[0], <-validator.shown)

	// A new secret is live at once, and no secret is an empty text.
	for i, c := range []struct{ secret, reason string }{{"wrong\n", "upstream_unauthorized"}, {"Z2F0ZWhvdXNlOnNlY3JldA==", ""}} {
		validator.write(t, c.secret)
		if c.reason != "" {
			requireFault(t, g, c.reason, "jane")
			continue
		}
		requireContinue(t, g, "jane")
		assert.Equal(t, 2+i, validator.Calls())
	}
	require.NoError(t, os.Remove(validator.file("credential")))
	requireFault(t, g, "upstream_unauthorized", "jim")
	assert.Equal(t, "Basic", validator.Last(t).Header.Get("Authorization"))
	assert.Contains(t, g.Logs(), "failed to read file")
}

// TestHostWithoutHeaderUp: TLS to the validator sends its address.
func TestHostWithoutHeaderUp(t *testing.T) {
	t.Parallel()
	validator := newSecured(t)
	g := start(t, example(t, "tls", validator.edits(edit{"header_up Host validator.example.com", ""})...), apiKey)
	requireContinue(t, g, "john")
	assert.Equal(t, validator.Address(), validator.Last(t).Host)

	plain := gatehouse.NewUpstream(t, named("well"))
	g = start(t, example(t, "keepalive", one(plain.Address())))
	requireContinue(t, g, "john")
	assert.Regexp(t, `^localhost:\d+$`, plain.Last(t).Host)
}

func TestWrongValidatorIsNotSentACall(t *testing.T) {
	t.Parallel()
	texts, validators := make(map[string]string), make(map[string]*secured)
	for name, change := range map[string]edit{
		"another name":      {"tls_server_name validator.example.com", "tls_server_name validator.example.org"},
		"another authority": {"ca.pem", "client.pem"},
		"no authority":      {"tls_trust_pool file", "# tls_trust_pool file"},
	} {
		validators[name] = newSecured(t)
		texts[name] = example(t, "tls", validators[name].edits(change)...)
	}
	for name, g := range startAll(t, texts, apiKey) {
		requireFault(t, g, "unreachable", "john")
		assert.Zero(t, validators[name].Calls(), name)
	}
}

// TestMissingFilesAreRefused: at the load, and not at the first call.
func TestMissingFilesAreRefused(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"ca.pem", "client.pem", "client.key"} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			validator := newSecured(t)
			require.NoError(t, os.Remove(validator.file(file)))
			result := gatehouse.Validate(t, "http://localhost:0 {\n"+example(t, "tls", validator.edits(edit{"{env.GATEHOUSE_CREDENTIAL}", "plain:" + secret})...)+"\n}")
			assert.NotZero(t, result.Status)
			assert.Contains(t, result.Output, file)
		})
	}
}

// TestHandshakeThatHangs: tls_timeout ends it, since Caddy's default does not.
func TestHandshakeThatHangs(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0") // the kernel accepts, nobody speaks
	require.NoError(t, err)
	t.Cleanup(func() { listener.Close() })
	validator := newSecured(t)
	hanging := edit{validator.Address(), listener.Addr().String()}
	sites := startAll(t, map[string]string{
		"set": example(t, "tls", validator.edits(hanging, edit{"tls_timeout 2s", "tls_timeout 200ms"})...),
		"not": example(t, "tls", validator.edits(hanging, edit{"tls_timeout 2s", ""}, short)...),
	}, apiKey)
	answer := requireFault(t, sites["set"], "timeout", "john", gatehouse.Within(5*time.Second))
	assert.GreaterOrEqual(t, answer.Exchange.Elapsed, 200*time.Millisecond)
	answer = requireFault(t, sites["not"], "timeout", "john", gatehouse.Within(withinShort))
	assert.GreaterOrEqual(t, answer.Exchange.Elapsed, 500*time.Millisecond)
}

// TestFailedHandshakeIsNoFailedDial: a POST does not go to the other validator,
// although nothing was sent; the next one does, by fail_duration.
func TestFailedHandshakeIsNoFailedDial(t *testing.T) {
	t.Parallel()
	broken := gatehouse.NewMisbehaving(t, gatehouse.Silent) // it takes the handshake for no request, and hangs up
	validator := newSecured(t)
	g := start(t, example(t, "tls", validator.edits(edit{
		"https://" + validator.Address() + " {",
		"https://" + broken.Address() + " https://" + validator.Address() + " {\n lb_policy first\n lb_try_duration 2s\n fail_duration 10s",
	})...), apiKey)
	requireFault(t, g, "unreachable", "john")
	assert.Zero(t, validator.Calls())
	requireContinue(t, g, "john")
	assert.Equal(t, 1, validator.Calls())
}
