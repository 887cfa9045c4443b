package caddymodule

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// site is what a connector can know of the route in which it stands.
type site struct {
	host     string        // the first host name, or "default"
	hosts    []string      // all of them
	tls      bool          // its listener speaks TLS
	route    []byte        // the configuration of the whole route, less what gives a verdict no meaning
	patience time.Duration // how long Caddy waits for requests when the process ends; 0: for ever
}

// surroundings finds the route that is being provisioned. Caddy sets up one
// route after the other and drops a route's raw handlers once they are loaded,
// so within the server that is at work the first route that still has them is
// the one in which this module stands.
//
// Where what stands behind the connector cannot be seen in that route, its
// surroundings are unlike any other, and its memo starts cold at each load.
func surroundings(ctx caddy.Context) site {
	for _, module := range ctx.Modules() {
		app, isHTTP := module.(*caddyhttp.App)
		if !isHTTP {
			continue
		}
		for _, server := range app.Servers {
			if server.Name() == "" { // not reached yet
				continue
			}
			for i, route := range server.Routes {
				if len(route.HandlersRaw) > 0 {
					found := siteOf(server.Routes, i)
					found.tls = len(server.TLSConnPolicies) > 0
					if app.GracePeriod > 0 {
						found.patience = time.Duration(app.ShutdownDelay + app.GracePeriod)
					}
					return found
				}
			}
		}
	}
	return site{host: "default", route: unlikeAnyOther()}
}

func siteOf(routes caddyhttp.RouteList, at int) site {
	found := site{host: "default", route: meaningOf(routes[at].HandlersRaw)}
	if found.hosts = hostsOf(routes[at].MatcherSets); len(found.hosts) > 0 {
		found.host = found.hosts[0]
	}
	// Other routes of the server, and named ones, can run before and behind it.
	alone := routes[at].Terminal || at == len(routes)-1
	for _, before := range routes[:at] {
		alone = alone && before.Terminal
	}
	if !alone || bytes.Contains(found.route, []byte(`"handler":"invoke"`)) {
		found.route = unlikeAnyOther()
	}
	return found
}

func unlikeAnyOther() []byte {
	random := make([]byte, sha256.Size)
	_, _ = rand.Read(random) // never fails (crypto/rand, Go 1.24)
	return random
}

// meaningOf writes the handlers of a route without the credentials, time-outs and
// bounds of connectors, which change no verdict.
func meaningOf(handlers []json.RawMessage) []byte {
	var tree []any
	for _, raw := range handlers {
		var value any
		if json.Unmarshal(raw, &value) != nil {
			value = string(raw)
		}
		tree = append(tree, withoutNeutral(value))
	}
	meaning, _ := json.Marshal(tree) // it was JSON before
	return meaning
}

func withoutNeutral(value any) any {
	switch v := value.(type) {
	case map[string]any:
		if v["handler"] == "api_connector" {
			delete(v, "auth")
			delete(v, "timeouts")
			delete(v, "flights")
		}
		for key, member := range v {
			v[key] = withoutNeutral(member)
		}
	case []any:
		for i, element := range v {
			v[i] = withoutNeutral(element)
		}
	}
	return value
}

func hostsOf(sets caddyhttp.MatcherSets) (hosts []string) {
	for _, set := range sets {
		for _, matcher := range set {
			if match, isHost := matcher.(*caddyhttp.MatchHost); isHost {
				hosts = append(hosts, *match...)
			}
		}
	}
	return hosts
}

// digest hashes fields that cannot run into one another.
func digest(fields ...[]byte) string {
	hash := sha256.New()
	for _, f := range fields {
		_ = binary.Write(hash, binary.LittleEndian, uint64(len(f)))
		hash.Write(f)
	}
	return hex.EncodeToString(hash.Sum(nil))
}
