// Command gatehouse is Caddy with its standard modules and the api_connector.
package main

import (
	_ "time/tzdata"

	"github.com/caddyserver/caddy/v2"
	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	_ "github.com/caddyserver/caddy/v2/modules/standard"

	"github.com/gatehouse-proxy/gatehouse/caddymodule"
	"github.com/gatehouse-proxy/gatehouse/internal/pace"
)

func main() {
	pace.Collector()
	caddy.CustomBinaryName = "gatehouse"
	caddy.CustomVersion = "gatehouse " + caddymodule.Version() + ", caddy"
	caddycmd.Main()
}
