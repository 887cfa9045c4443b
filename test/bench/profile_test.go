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
	executable, stock := build(b, "profiled"), build(b, "stock")
	v := newValidator(b, 0)
	site := connectorSite("reverse_proxy "+v.address, defaultEntries)
	of := func(executable string) []gatehouse.Option {
		return []gatehouse.Option{gatehouse.Executable(executable), gatehouse.Global(quiet)}
	}

	// Waits for locks need two cores that want them; so this is before settling.
	for _, clients := range []int{16, 256} {
		for _, remembered := range []int{1, 10_000} {
			p := gatehouse.Start(b, site, of(executable)...)
			s := serverOf(verdicts(remembered), p, upTo(remembered))
			remember(b, s, remembered)
			s.next = among(remembered)
			measured, profile := look(b, p, s, way{Protocol: http1, Clients: clients}, "mutex")
			fmt.Printf("\n== waits for locks: hits on %s by %d clients on all cores, %.0f a second\n%s", s.name, clients,
				measured.PerSecond, top(b, profile, "-nodecount=6", "-show=gatehouse-proxy|caddyserver|net/http|^sync|^runtime"))
		}
	}
	settle(b)
	toValidator := "reverse_proxy " + v.address
	shares := newShares()
	for _, c := range []struct {
		name, executable, site string
		next                   numbers
	}{
		{respond, stock, caddySite(b, answering()), same},
		{hit, executable, connectorSite(toValidator, defaultEntries), same},
		{proxy, stock, caddySite(b, toValidator), distinct},
		{miss, executable, connectorSite(toValidator, defaultEntries), distinct},
	} {
		var p *gatehouse.Process
		onServerCore(b, func() { p = gatehouse.Start(b, c.site, of(c.executable)...) })
		measured, profile := look(b, p, serverOf(c.name, p, c.next), judgedAt, "profile")
		shares.add(b, c.name, measured.CPU, profile)
		fmt.Printf("\n== CPU of %s, by function\n%s", c.name, top(b, profile, "-nodecount=20"))
		if c.name == hit || c.name == miss {
			fmt.Printf("\n== what our stages allocate, bytes, %s\n%s", c.name,
				top(b, fetch(b, p, "allocs"), "-sample_index=alloc_space", "-cum", "-nodecount=25", "-show=gatehouse-proxy"))
		}
	}
	shares.print(os.Stdout)
}

// build builds one of the commands beside this file.
func build(t testing.TB, command string) (executable string) {
	t.Helper()
	executable = filepath.Join(t.TempDir(), command)
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", executable, "./"+command).CombinedOutput()
	require.NoError(t, err, "%s", out)
	return executable
}

// look takes a profile while calls are made.
func look(t testing.TB, p *gatehouse.Process, s *server, w way, name string) (measured sample, profile string) {
	t.Helper()
	looked := make(chan string)
	go func() { looked <- fetch(t, p, fmt.Sprintf("%s?seconds=%d", name, int(profileFor.Seconds()))) }()
	measured, err := s.measure(t.Context(), w, *profileFor+time.Second)
	require.NoError(t, err)
	return measured, <-looked
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
