package caddymodule

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// site is what a connector can know of the route in which it stands.
type site struct {
	host  string // the first host name, or "default"
	route []byte // the configuration of the whole route, less what gives a verdict no meaning
}

// surroundings finds the route that is being provisioned. Caddy sets up one
// route after the other and drops a route's raw handlers once they are loaded,
// so within the server that is at work the first route that still has them is
// the one in which this module stands. Where the connector is not in an HTTP
// route of the http app, nothing is known of what stands behind it: then its
// surroundings are unlike any other and its memo starts cold.
func surroundings(ctx caddy.Context) site {
	found := site{host: "default"}
	for _, module := range ctx.Modules() {
		app, isHTTP := module.(*caddyhttp.App)
		if !isHTTP {
			continue
		}
		for _, server := range app.Servers {
			if server.Name() == "" { // not reached yet
				continue
			}
			for _, route := range server.Routes {
				if len(route.HandlersRaw) == 0 {
					continue
				}
				found.route = meaningOf(route.HandlersRaw)
				if host := firstHost(route.MatcherSets); host != "" {
					found.host = host
				}
				return found
			}
		}
	}
	found.route = make([]byte, sha256.Size)
	_, _ = rand.Read(found.route) // never fails (crypto/rand, Go 1.24)
	return found
}

// meaningOf writes the handlers of a route without what of a connector changes no
// verdict: its credentials, its times and its memo's size. Those may change while
// verdicts stay.
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
			delete(v, "cache")
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

func firstHost(sets caddyhttp.MatcherSets) string {
	for _, set := range sets {
		for _, matcher := range set {
			if hosts, isHost := matcher.(*caddyhttp.MatchHost); isHost && len(*hosts) > 0 {
				return (*hosts)[0]
			}
		}
	}
	return ""
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
