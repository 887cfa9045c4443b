package gatehouse

import (
	"net"
	"testing"

	"github.com/stretchr/testify/require"
)

// DeadAddress is a loopback address that refuses connections until the end of the
// test. Its port is the near end of a connection that stays open, so that no other
// process gets it, as one may that is only free.
func DeadAddress(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { listener.Close() })
	conn, err := net.Dial("tcp", listener.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	return conn.LocalAddr().String()
}
