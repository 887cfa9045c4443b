// Command stock is Caddy as its project builds it: the same version, nothing of
// Gatehouse. It is what the benchmark compares with.
package main

import (
	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	_ "github.com/caddyserver/caddy/v2/modules/standard"
)

func main() { caddycmd.Main() }
