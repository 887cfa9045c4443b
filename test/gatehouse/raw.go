package gatehouse

import (
	"bufio"
	"crypto/tls"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/test/contract"
)

// rawWithin bounds what is done on such a connection: less than any time-out of
// the server, so that an answer that waits for one does not pass.
const rawWithin = 8 * time.Second

// Dial opens a TLS connection to the site, closed at the end of the test.
func (p *Process) Dial(t testing.TB) net.Conn {
	t.Helper()
	dialer := tls.Dialer{Config: p.tlsConfig()}
	conn, err := dialer.DialContext(t.Context(), "tcp", p.dialAddress())
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	require.NoError(t, conn.SetDeadline(time.Now().Add(rawWithin)))
	return conn
}

// ReadAnswer reads one HTTP/1.1 answer off a connection.
func ReadAnswer(t testing.TB, conn net.Conn, began time.Time) contract.Exchange {
	t.Helper()
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	exchange, err := contract.FromResponse(contract.UserFlow, resp)
	require.NoError(t, err)
	exchange.Elapsed, exchange.Budget = time.Since(began), defaultBudget[contract.UserFlow]
	return exchange
}
