// Command profiled is gatehouse with a mutex profile, which is off in Go unless a
// program asks for it: Caddy's admin API then serves it at /debug/pprof/mutex. It is
// for the benchmark alone.
package main

import (
	"runtime"

	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	_ "github.com/caddyserver/caddy/v2/modules/standard"

	_ "github.com/gatehouse-proxy/gatehouse/caddymodule"
	"github.com/gatehouse-proxy/gatehouse/internal/pace"
)

// everyNth of the waits for a lock is noted. runtime.SetMutexProfileFraction
// scales what it reports, so the sum is that of all.
const everyNth = 10

func main() {
	pace.Collector()
	runtime.SetMutexProfileFraction(everyNth)
	caddycmd.Main()
}
