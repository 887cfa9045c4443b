//go:build linux

package bench

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// BenchmarkProfile prints where the time of a hit and of a miss goes, and what
// waits for locks. It judges nothing.
func BenchmarkProfile(b *testing.B) {
	executable := profiledBinary(b)
	v := newValidator(b, 0)
	site := connectorSite("reverse_proxy "+v.address, defaultEntries)
	options := []gatehouse.Option{gatehouse.Executable(executable), gatehouse.Global(quiet)}

	// Waits for locks need two cores that want them; so this is before settling.
	for _, clients := range []int{16, 256} {
		p := gatehouse.Start(b, site, options...)
		s := serverOf(hit, p, same)
		measured := load(b, s, way{http1, clients}, *profileFor)
		profile := fetch(b, p, "mutex")
		fmt.Printf("\n== waits for locks: hits by %d clients on all cores, %.0f a second\n%s", clients, measured.PerSecond, top(b, profile, "-cum", "-nodecount=12"))
		fmt.Printf("\n== of these, in our own code\n%s", top(b, profile, "-cum", "-nodecount=12", "-show=gatehouse-proxy"))
	}
	settle(b)
	for name, next := range map[string]numbers{hit: same, miss: distinct} {
		var p *gatehouse.Process
		onServerCore(b, func() { p = gatehouse.Start(b, site, options...) })
		s := serverOf(name, p, next)
		looked := make(chan string)
		go func() { looked <- fetch(b, p, fmt.Sprintf("profile?seconds=%d", int(profileFor.Seconds()))) }()
		load(b, s, judgedAt, *profileFor+time.Second)
		profile := <-looked
		fmt.Printf("\n== CPU of a %s, by function\n%s", name, top(b, profile, "-nodecount=30"))
		fmt.Printf("\n== CPU of a %s, by what Caddy and net/http do\n%s", name, top(b, profile, "-cum", "-nodecount=30", "-show="+outerStages))
		fmt.Printf("\n== CPU of a %s, by our stages\n%s", name, top(b, profile, "-cum", "-nodecount=40", "-show=gatehouse-proxy"))
		allocated := fetch(b, p, "allocs")
		fmt.Printf("\n== what is allocated in our stages, bytes\n%s", top(b, allocated, "-sample_index=alloc_space", "-cum", "-nodecount=20", "-show=gatehouse-proxy"))
	}
}

// outerStages are where a call's time goes outside our own code.
const outerStages = `^(net/http\.\(\*conn\)\.serve|net/http\.\(\*conn\)\.readRequest|net/http\.\(\*response\)\.finishRequest|crypto/tls\.\(\*Conn\)\.(Read|Write)|internal/poll\.\(\*FD\)\.(Read|Write)` +
	`|runtime\.(gcBgMarkWorker|mallocgc|schedule|findRunnable|netpoll|bgsweep|gcAssistAlloc)|github\.com/caddyserver/caddy/v2/modules/caddyhttp\.\(\*(Server|App|metricsInstrumentedRoute)\)\.ServeHTTP` +
	`|github\.com/caddyserver/caddy/v2/modules/caddyhttp/reverseproxy\.\(\*Handler\)\.ServeHTTP|net/http\.\(\*persistConn\)\.(readLoop|writeLoop|roundTrip)` +
	`|github\.com/gatehouse-proxy/gatehouse/caddymodule\.\(\*Connector\)\.(ServeHTTP|forward))$`

// profiledBinary builds gatehouse with a mutex profile.
func profiledBinary(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "profiled")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", path, "./profiled").CombinedOutput()
	require.NoError(t, err, "%s", out)
	return path
}

func load(t testing.TB, s *server, w way, lasts time.Duration) sample {
	t.Helper()
	measured, err := s.measure(t.Context(), w, lasts)
	require.NoError(t, err)
	return measured
}

// fetch writes a profile of Caddy's admin API to a file.
func fetch(t testing.TB, p *gatehouse.Process, name string) (path string) {
	t.Helper()
	status, text := p.Admin(t, http.MethodGet, "/debug/pprof/"+name)
	require.Equal(t, http.StatusOK, status)
	path = filepath.Join(t.TempDir(), "profile")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// top is a table of `go tool pprof`, without its heading.
func top(t testing.TB, profile string, arguments ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, "go", append(append([]string{"tool", "pprof", "-top"}, arguments...), profile)...)
	command.Stderr = io.Discard // what it says of a binary that it does not need
	out, err := command.Output()
	require.NoError(t, err)
	_, table, _ := strings.Cut(string(out), "Showing nodes")
	return "Showing nodes" + table
}
