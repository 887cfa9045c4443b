package hardening_test

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/internal/contract"
	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// Each of these failed once.

// TestQ10_TwoLinesOfContentEncodingAreRefused: only the first line is looked
// at, so that a body that says it is compressed is read as if it were not:
// CWE-436. RFC 9110, section 5.3: two lines are one list.
func TestQ10_TwoLinesOfContentEncodingAreRefused(t *testing.T) {
	t.Parallel()
	upstream := gatehouse.Answering(t, http.StatusOK, `{}`)
	g := gatehouse.Start(t, connector(upstream.Address()))
	answer := g.Raw(t, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAuthorization: "+authorization+
		"\r\nContent-Encoding: identity\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}")
	assert.Equal(t, contract.Invalid, gatehouse.Judge(t, answer).Kind)
	assert.Zero(t, upstream.Calls())
}

// TestQ26_DebugLogHoldsHeadersOfTheAnswer: at debug Caddy's proxy logs the
// header of each answer of the validator, Location with its query included, and
// quotes an answer that is no HTTP; the filter of Caddyfile.example deletes
// request>headers but not the fields headers and error: CWE-532.
func TestQ26_DebugLogHoldsHeadersOfTheAnswer(t *testing.T) {
	t.Parallel()
	upstream := gatehouse.NewMisbehaving(t, func(conn net.Conn, _ <-chan struct{}) {
		_, _ = io.WriteString(conn, "HTTP/1.1 302 Found\r\nLocation: https://example.com/?email="+canary("location")+"\r\nX-Email: "+
			canary("header")+"\r\nContent-Length: 0\r\n\r\n")
	})
	g := gatehouse.StartShipped(t, gatehouse.Shipped{Upstream: upstream.Address(), Edits: []gatehouse.Edit{gatehouse.Debug}})
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://"+g.Site()+"/signup", strings.NewReader(call))
	require.NoError(t, err)
	req.SetBasicAuth(gatehouse.Username, gatehouse.Secret)
	req.Header.Set("Content-Type", "application/json")
	resp, err := g.Client().Do(req)
	require.NoError(t, err)
	resp.Body.Close()
	require.True(t, gatehouse.Await(func() bool { return strings.Contains(g.Logs(), "upstream roundtrip") }))
	assert.NotContains(t, g.Logs(), "canary")
}

// TestQ26_AddressBehindAnUnknownHostIsMasked: the access log of
// Caddyfile.example keeps only the network of an address. A request whose Host is
// not the site's goes to Caddy's default logger instead, with the whole address:
// CWE-532.
func TestQ26_AddressBehindAnUnknownHostIsMasked(t *testing.T) {
	t.Parallel()
	g := gatehouse.StartShipped(t, gatehouse.Shipped{})
	for _, host := range []string{"localhost", "elsewhere.example"} {
		conn := g.DialTLS(t, g.TLS())
		_, err := io.WriteString(conn, "POST /signup HTTP/1.1\r\nHost: "+host+"\r\nContent-Length: 2\r\n\r\n{}")
		require.NoError(t, err)
		gatehouse.ReadAnswer(t, conn, time.Now())
	}
	require.True(t, gatehouse.Await(func() bool { return strings.Count(g.Logs(), "handled request") == 2 }))
	assert.Contains(t, g.Logs(), `"remote_ip":"127.0.0.0"`)
	assert.NotContains(t, g.Logs(), `"remote_ip":"127.0.0.1"`)
}

// TestQ10_ACallThatIsTooLargeReadsItsAnswer: the connection is closed while
// the caller still writes, so that the system answers with a reset, which throws
// away the refusal on its way: the caller has a broken connection and tries again
// instead of the answer of the protocol. RFC 9112, section 9.6, asks for a close
// in two steps.
func TestQ10_ACallThatIsTooLargeReadsItsAnswer(t *testing.T) {
	t.Parallel()
	const tries = 30
	upstream := gatehouse.Answering(t, http.StatusOK, `{}`)
	g := gatehouse.Start(t, connector(upstream.Address()))
	body := `{"a":"` + string(bytes.Repeat([]byte("x"), 4<<20)) + `"}`
	lost := 0
	for range tries {
		exchange, err := g.Try(t.Context(), "/", body, basic, gatehouse.Unread())
		if err != nil {
			t.Log(err)
			lost++
			continue
		}
		assert.Equal(t, contract.Invalid, gatehouse.Judge(t, exchange).Kind)
	}
	assert.Zero(t, lost, "of %d answers", tries)
}
