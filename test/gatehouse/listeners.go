package gatehouse

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Listeners are the sockets on which the process takes connections or datagrams,
// as "tcp 127.0.0.1:443" or "udp …", sorted. Only Linux tells (proc(5)); elsewhere
// ok is false.
func (p *Process) Listeners(t testing.TB) (listeners []string, ok bool) {
	t.Helper()
	process := filepath.Join("/proc", strconv.Itoa(p.PID()))
	descriptors, err := os.ReadDir(filepath.Join(process, "fd"))
	if err != nil {
		return nil, false
	}
	own := make(map[string]bool)
	for _, descriptor := range descriptors {
		target, err := os.Readlink(filepath.Join(process, "fd", descriptor.Name()))
		if inode, found := strings.CutPrefix(target, "socket:["); err == nil && found {
			own[strings.TrimSuffix(inode, "]")] = true
		}
	}
	const listening, unconnected = "0A", "07"
	for table, state := range map[string]string{"tcp": listening, "tcp6": listening, "udp": unconnected, "udp6": unconnected} {
		text, err := os.ReadFile(filepath.Join(process, "net", table))
		if err != nil {
			continue // a machine without IPv6
		}
		for line := range strings.Lines(string(text)) {
			// sl local_address rem_address st queues timer retransmits uid timeout inode
			if fields := strings.Fields(line); len(fields) > 9 && fields[3] == state && own[fields[9]] {
				listeners = append(listeners, strings.TrimSuffix(table, "6")+" "+addressOf(t, fields[1]))
			}
		}
	}
	slices.Sort(listeners)
	return listeners, true
}

// addressOf reads an address of /proc/net: words of four bytes in the machine's
// order, which is the little end first wherever the tests run.
func addressOf(t testing.TB, field string) string {
	t.Helper()
	address, port, found := strings.Cut(field, ":")
	require.True(t, found, field)
	number, err := strconv.ParseUint(port, 16, 16)
	require.NoError(t, err)
	var ip net.IP
	for ; len(address) >= 8; address = address[8:] {
		word, err := strconv.ParseUint(address[:8], 16, 32)
		require.NoError(t, err)
		ip = append(ip, byte(word), byte(word>>8), byte(word>>16), byte(word>>24))
	}
	return net.JoinHostPort(ip.String(), fmt.Sprint(number))
}
