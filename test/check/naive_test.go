package check_test

import (
	"crypto/subtle"
	"crypto/tls"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// naive is an endpoint that does everything right but for its fault.
type naive struct {
	door  func(w http.ResponseWriter, r *http.Request) bool              // instead of the credentials; true lets in
	early func(w http.ResponseWriter, r *http.Request) bool              // behind the door; true has answered
	reply func(w http.ResponseWriter, r *http.Request, call claims) bool // to a call that could be read; the same
}

// claims are those of a call.
type claims map[string]any

func (c claims) step() string { text, _ := c["step"].(string); return text }

func (n naive) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	door := n.door
	if door == nil {
		door = credentials
	}
	if !door(w, r) {
		w.Header().Set("WWW-Authenticate", `Basic realm="naive"`)
		send(w, http.StatusUnauthorized, `{"status":401}`)
		return
	}
	if n.early != nil && n.early(w, r) {
		return
	}
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", "POST")
		send(w, http.StatusMethodNotAllowed, `{}`)
		return
	}
	var call claims
	body, _ := io.ReadAll(r.Body)
	if json.Unmarshal(body, &call) != nil {
		send(w, http.StatusBadRequest, validationError)
		return
	}
	call["body"] = string(body)
	if n.reply == nil || !n.reply(w, r, call) {
		send(w, http.StatusOK, `{"version":"1.0.0","action":"Continue"}`)
	}
}

const validationError = `{"version":"1.0.0","status":400,"action":"ValidationError","userMessage":"Please check what you entered."}`

func credentials(_ http.ResponseWriter, r *http.Request) bool {
	name, password, _ := r.BasicAuth()
	return name == username && subtle.ConstantTimeCompare([]byte(password), []byte(secret)) == 1
}

func send(w http.ResponseWriter, status int, body string) {
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "application/json")
	}
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	fmt.Fprint(w, body)
}

// always is a reply that is the same to every call.
func always(status int, body string, header ...string) naive {
	return naive{reply: func(w http.ResponseWriter, _ *http.Request, _ claims) bool {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		send(w, status, body)
		return true
	}}
}

// endpoint is where a naive endpoint is, and what to trust for it.
type endpoint struct {
	url    string
	cacert string // a file
}

// args are the arguments for a check of it with the right credentials.
func (e endpoint) args(more ...string) []string {
	return append(more, "--basic", username+":"+secret, "--cacert", e.cacert, e.url)
}

// serve starts an endpoint with a certificate for localhost and 127.0.0.1.
func serve(t *testing.T, handler http.Handler, change func(*tls.Config)) endpoint {
	t.Helper()
	return serveAs(t, handler, gatehouse.ServerCertificate(t, "localhost", time.Hour), change)
}

func serveAs(t *testing.T, handler http.Handler, pair tls.Certificate, change func(*tls.Config)) endpoint {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{pair}}
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // handshakes fail on purpose
	if change != nil {
		change(server.TLS)
	}
	server.StartTLS()
	t.Cleanup(server.Close)
	root := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pair.Certificate[0]}))
	require.True(t, strings.HasPrefix(server.URL, "https://127.0.0.1:"))
	return endpoint{url: server.URL + "/signup", cacert: written(t, "root.crt", root)}
}
