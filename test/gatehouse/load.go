package gatehouse

import (
	"context"
	"crypto/tls"
	"net"
	"net/netip"
)

// PID is the process id, to look at what the process takes of the machine.
func (p *Process) PID() int { return p.command.Process.Pid }

// DialFrom opens a TLS connection to the site from one of the loopback addresses.
// Unlike Dial it sets no deadline and closes nothing at the end of the test.
func (p *Process) DialFrom(ctx context.Context, from netip.Addr) (net.Conn, error) {
	dialer := tls.Dialer{
		Config:    p.tlsConfig(),
		NetDialer: &net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(from, 0))},
	}
	return dialer.DialContext(ctx, "tcp", p.dialAddress())
}
