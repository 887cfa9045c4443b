package gatehouse

import (
	"context"
	"crypto/tls"
	"net"
	"net/netip"
)

// DialFrom opens a TLS connection to the site from one of the loopback addresses.
// Unlike Dial it sets no deadline and closes nothing at the end of the test.
func (p *Process) DialFrom(ctx context.Context, from netip.Addr) (net.Conn, error) {
	dialer := tls.Dialer{
		Config:    p.TLS(),
		NetDialer: &net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(from, 0))},
	}
	return dialer.DialContext(ctx, "tcp", p.Address())
}
