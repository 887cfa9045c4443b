//go:build linux

package bench

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// shares are what of a call's CPU time was spent in or below a function, by server.
type shares struct {
	servers []string
	each    map[string]map[string]float64 // function, server: µs a call
}

func newShares() *shares { return &shares{each: make(map[string]map[string]float64)} }

// What of a call is worth a line: stages of net/http and Caddy, the system, the
// collector, and every function of our own.
const shown = `^(net/http\.\(\*conn\)\.(serve|readRequest)|net/http\.\(\*response\)\.finishRequest|net/http\.\(\*persistConn\)\.(readLoop|writeLoop|roundTrip)` +
	`|crypto/tls\.\(\*Conn\)\.(Read|Write)|internal/runtime/syscall/linux\.Syscall6|runtime\.(gcBgMarkWorker|mallocgc|schedule|gcAssistAlloc|bgsweep|newproc|morestack|newstack)` +
	`|github\.com/caddyserver/caddy/v2/modules/caddyhttp\.(\(\*Server\)\.ServeHTTP|PrepareRequest)` +
	`|github\.com/caddyserver/caddy/v2/modules/caddyhttp/(reverseproxy|caddyauth|encode)\..*\.ServeHTTP|github\.com/gatehouse-proxy/.*)$`

// add reads the shares off a profile; took is the CPU time of a call.
func (s *shares) add(t testing.TB, server string, took time.Duration, profile string) {
	t.Helper()
	s.servers = append(s.servers, server)
	for line := range strings.Lines(top(t, profile, "-cum", "-nodefraction=0", "-nodecount=500", "-show="+shown)) {
		// flat flat% sum% cum cum% name
		fields := strings.Fields(line)
		if len(fields) < 6 || !strings.HasSuffix(fields[4], "%") {
			continue
		}
		percent, err := strconv.ParseFloat(strings.TrimSuffix(fields[4], "%"), 64)
		if err != nil {
			continue
		}
		name := strings.Join(fields[5:], " ")
		if s.each[name] == nil {
			s.each[name] = make(map[string]float64)
		}
		s.each[name][server] = percent / 100 * micro(took)
	}
}

// print leaves out what takes less than half a microsecond everywhere.
func (s *shares) print(to io.Writer) {
	table := columns(to, append([]string{"µs of CPU a call, in or below"}, s.servers...)...)
	defer table.Flush()
	most := func(name string) (most float64) {
		for _, took := range s.each[name] {
			most = max(most, took)
		}
		return most
	}
	var names []string
	for name := range s.each {
		if most(name) >= 0.5 {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Compare(most(b), most(a)) })
	for _, name := range names {
		line := shorter.Replace(name)
		for _, server := range s.servers {
			line += fmt.Sprintf("\t%.1f", s.each[name][server])
		}
		fmt.Fprintf(table, "%s\t\n", line)
	}
}

var shorter = strings.NewReplacer(
	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/", "", "github.com/gatehouse-proxy/gatehouse/", "",
	"github.com/caddyserver/caddy/v2/modules/", "", "github.com/go-json-experiment/json/", "",
)
