package gatehouse

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/internal/contract"
)

// rawWithin bounds what is done on such a connection: less than any time-out of
// the server, so that an answer that waits for one does not pass.
const rawWithin = 8 * time.Second

// Dial opens a TLS connection to the site, closed at the end of the test.
func (p *Process) Dial(t testing.TB) net.Conn {
	t.Helper()
	return p.DialTLS(t, p.TLS())
}

// DialTLS is Dial with a configuration of the test's own.
func (p *Process) DialTLS(t testing.TB, config *tls.Config) *tls.Conn {
	t.Helper()
	conn, err := p.TryDial(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	require.NoError(t, conn.SetDeadline(time.Now().Add(rawWithin)))
	return conn
}

// TryDial shakes hands with the site, which may fail.
func (p *Process) TryDial(ctx context.Context, config *tls.Config) (*tls.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	raw, err := new(net.Dialer).DialContext(ctx, "tcp", p.Address())
	if err != nil {
		return nil, fmt.Errorf("reaching gatehouse: %w", err)
	}
	conn := tls.Client(raw, config)
	if err := conn.HandshakeContext(ctx); err != nil {
		raw.Close()
		return nil, fmt.Errorf("shaking hands with gatehouse: %w", err)
	}
	return conn, nil
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
