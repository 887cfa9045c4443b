package caddymodule

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/dustin/go-humanize"
)

func init() {
	httpcaddyfile.RegisterHandlerDirective("api_connector", parseDirective)
	// Outside of basic_auth and of everything behind it, so that whatever they
	// answer becomes an answer of the protocol; inside of nothing that would
	// compress ours.
	httpcaddyfile.RegisterDirectiveOrder("api_connector", httpcaddyfile.Before, "basic_auth")
}

func parseDirective(h httpcaddyfile.Helper) (caddyhttp.MiddlewareHandler, error) {
	c := new(Connector)
	return c, c.UnmarshalCaddyfile(h.Dispenser)
}

// UnmarshalCaddyfile sets up the connector from Caddyfile tokens. Syntax:
//
//	api_connector [<matcher>] {
//		name         <name>
//		protocol     b2c_user_flow|b2c_custom_policy
//		auth {
//			basic    <username> <credential>
//			client_certificate {
//				thumbprint       <hex>...
//				trust_pool       <module> ...
//				subject          <common name>
//				issuer           <common name>
//				forwarded_header <name>
//			}
//			unsafe_none
//		}
//		request {
//			max_size       <size>
//			rename         <claim> <upstream name>
//			drop           <claim>...
//			keep_case
//			format         json|form|query
//			idempotent
//			secret         <claim>...
//			claim_header   <name>...
//			forward_header <name>...
//		}
//		timeouts {
//			attempt  <duration>
//			attempts <n>
//			upstream <duration>
//		}
//		flights {
//			max         <n>
//			max_waiters <n>
//		}
//		cache [off] {
//			ttl            [continue|block|invalid] <duration>
//			stale_if_error <duration>
//			max_entries    <n>
//			max_size       <size>
//			remember_secret
//		}
//		verdicts {
//			status <code|class> continue|block|invalid|fault [<message>]
//			when   <CEL>        continue|block|invalid|fault [<message>]
//		}
//		messages {
//			default|block|invalid|fault <text>
//			file     <messages.json>
//			language <claim>
//		}
//		on_fault     [<step>] block|invalid|continue|halt
//		max_response <size>
//	}
//
// basic, rename and whatever takes a list may be repeated. A bare
// `cache` means ttl 60s.
func (c *Connector) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next() // the directive's name
	return block(d, words{
		"name":         func() error { return arguments(d, "<name>", &c.Name) },
		"protocol":     func() error { return arguments(d, "b2c_user_flow|b2c_custom_policy", &c.Protocol) },
		"auth":         func() error { return c.unmarshalAuth(d) },
		"request":      func() error { return c.Request.unmarshal(d) },
		"timeouts":     func() error { return c.Timeouts.unmarshal(d) },
		"flights":      func() error { return c.Flights.unmarshal(d) },
		"cache":        func() error { return c.Cache.unmarshal(d) },
		"verdicts":     func() error { return c.unmarshalVerdicts(d) },
		"messages":     func() error { return c.Messages.unmarshal(d) },
		"on_fault":     func() error { return c.unmarshalOnFault(d) },
		"max_response": func() error { return size(d, &c.MaxResponse) },
	})
}

func (c *Connector) unmarshalAuth(d *caddyfile.Dispenser) error {
	if c.Auth == nil {
		c.Auth = new(Auth)
	}
	return block(d, words{
		"basic": func() error {
			var a Account
			if err := arguments(d, "<username> <credential>", &a.Username, &a.Credential); err != nil {
				return err
			}
			c.Auth.Basic = append(c.Auth.Basic, a)
			return nil
		},
		"client_certificate": func() error {
			if c.Auth.ClientCertificate == nil {
				c.Auth.ClientCertificate = new(ClientCertificate)
			}
			return c.Auth.ClientCertificate.unmarshal(d)
		},
		"unsafe_none": func() error {
			c.Auth.UnsafeNone = true
			return arguments(d, "")
		},
	})
}

func (c *ClientCertificate) unmarshal(d *caddyfile.Dispenser) error {
	return block(d, words{
		"thumbprint":       func() error { return list(d, "<hex>...", &c.Thumbprints) },
		"trust_pool":       func() error { return c.unmarshalTrustPool(d) },
		"subject":          func() error { return arguments(d, "<common name>", &c.Subject) },
		"issuer":           func() error { return arguments(d, "<common name>", &c.Issuer) },
		"forwarded_header": func() error { return arguments(d, "<name>", &c.ForwardedHeader) },
	})
}

// unmarshalTrustPool reads one of Caddy's modules for certificate authorities, as
// Caddy's own client_auth does.
func (c *ClientCertificate) unmarshalTrustPool(d *caddyfile.Dispenser) error {
	if !d.NextArg() {
		return d.Errf("trust_pool has no arguments; write `trust_pool file <CA certificate in PEM>` or another module of Caddy's")
	}
	name := d.Val()
	module, err := caddyfile.UnmarshalModule(d, "tls.ca_pool.source."+name)
	if err != nil {
		return d.Errf("trust_pool %q: %v", name, err)
	}
	c.TrustPoolRaw = caddyconfig.JSONModuleObject(module, "provider", name, nil)
	return nil
}

func (r *Request) unmarshal(d *caddyfile.Dispenser) error {
	return block(d, words{
		"max_size": func() error { return size(d, &r.MaxSize) },
		"rename": func() error {
			var rename Rename
			if err := arguments(d, "<claim> <upstream name>", &rename.Claim, &rename.Upstream); err != nil {
				return err
			}
			r.Rename = append(r.Rename, rename)
			return nil
		},
		"drop": func() error { return list(d, "<claim>...", &r.Drop) },
		"keep_case": func() error {
			r.KeepCase = true
			return arguments(d, "")
		},
		"format": func() error { return arguments(d, "json|form|query", &r.Format) },
		"idempotent": func() error {
			r.Idempotent = true
			return arguments(d, "")
		},
		"secret":         func() error { return list(d, "<claim>...", &r.Secret) },
		"claim_header":   func() error { return list(d, "<name>...", &r.ClaimHeader) },
		"forward_header": func() error { return list(d, "<name>...", &r.ForwardHeader) },
	})
}

func (t *Timeouts) unmarshal(d *caddyfile.Dispenser) error {
	return block(d, words{
		"attempt":  func() error { return duration(d, &t.Attempt) },
		"attempts": func() error { return number(d, &t.Attempts) },
		"upstream": func() error { return duration(d, &t.Upstream) },
	})
}

func (f *Flights) unmarshal(d *caddyfile.Dispenser) error {
	return block(d, words{
		"max":         func() error { return number(d, &f.Max) },
		"max_waiters": func() error { return number(d, &f.MaxWaiters) },
	})
}

// bareTTL is what `cache` means without more.
const bareTTL = caddy.Duration(60 * time.Second)

func (c *Cache) unmarshal(d *caddyfile.Dispenser) error {
	if d.NextArg() {
		if d.Val() != "off" || d.NextArg() {
			return d.Errf("cache %q: write `cache off`, `cache` or `cache { ... }`", d.Val())
		}
		c.Off = true
		return nil
	}
	err := block(d, words{
		"ttl":            func() error { return c.TTL.unmarshal(d) },
		"stale_if_error": func() error { return duration(d, &c.StaleIfError) },
		"max_entries":    func() error { return number(d, &c.MaxEntries) },
		"max_size":       func() error { return size(d, &c.MaxSize) },
		"remember_secret": func() error {
			c.RememberSecret = true
			return arguments(d, "")
		},
	})
	if *c == (Cache{}) {
		c.TTL = TTL{bareTTL, bareTTL, bareTTL}
	}
	return err
}

func (t *TTL) unmarshal(d *caddyfile.Dispenser) error {
	args := d.RemainingArgs()
	if len(args) < 1 || len(args) > 2 {
		return d.Errf("ttl: write `ttl [continue|block|invalid] <duration>`")
	}
	ttl, err := parseDuration(d, args[len(args)-1])
	if err != nil {
		return err
	}
	if len(args) == 1 {
		*t = TTL{ttl, ttl, ttl}
		return nil
	}
	switch args[0] {
	case "continue":
		t.Continue = ttl
	case "block":
		t.Block = ttl
	case "invalid":
		t.Invalid = ttl
	default:
		return d.Errf("ttl %q: write continue, block or invalid; a fault is never remembered", args[0])
	}
	return nil
}

func (m *Messages) unmarshal(d *caddyfile.Dispenser) error {
	return block(d, words{
		"default":  func() error { return arguments(d, "<text>", &m.Default) },
		"block":    func() error { return arguments(d, "<text>", &m.Block) },
		"invalid":  func() error { return arguments(d, "<text>", &m.Invalid) },
		"fault":    func() error { return arguments(d, "<text>", &m.Fault) },
		"file":     func() error { return arguments(d, "<messages.json>", &m.File) },
		"language": func() error { return arguments(d, "<claim>", &m.Language) },
	})
}

func (c *Connector) unmarshalOnFault(d *caddyfile.Dispenser) error {
	args := d.RemainingArgs()
	step := anyStep
	switch len(args) {
	case 1:
	case 2:
		step = args[0]
	default:
		return d.Errf("on_fault: write `on_fault [<step>] block|invalid|continue|halt`")
	}
	if c.OnFault == nil {
		c.OnFault = make(map[string]string)
	}
	if _, twice := c.OnFault[step]; twice {
		return d.Errf("on_fault %s is set twice; keep one of the two", step)
	}
	c.OnFault[step] = args[len(args)-1]
	return nil
}

// words are the subdirectives of a block.
type words map[string]func() error

// repeatable are the words that may stand in one block several times.
var repeatable = map[string]bool{
	"basic": true, "thumbprint": true, "rename": true, "drop": true, "secret": true, "claim_header": true,
	"forward_header": true, "ttl": true, "status": true, "when": true, "on_fault": true,
}

// block reads one block of subdirectives; each reads its own arguments.
func block(d *caddyfile.Dispenser, known words) error {
	name := d.Val()
	if len(d.RemainingArgs()) > 0 {
		return d.Errf("%s takes no argument; write `%s { ... }`", name, name)
	}
	seen := make(map[string]bool)
	for nesting := d.Nesting(); d.NextBlock(nesting); {
		word := d.Val()
		read, ok := known[word]
		switch {
		case !ok:
			return d.Errf("unknown word %q; known here: %s", word, strings.Join(slices.Sorted(maps.Keys(known)), ", "))
		case seen[word] && !repeatable[word]:
			return d.Errf("%s is set twice; keep one of the two", word)
		}
		seen[word] = true
		if err := read(); err != nil {
			return err
		}
	}
	return nil
}

// arguments reads exactly as many arguments as there are fields. Its error does
// not quote them: one may be a secret.
func arguments(d *caddyfile.Dispenser, usage string, fields ...*string) error {
	word, args := d.Val(), d.RemainingArgs()
	switch {
	case len(args) == len(fields):
	case len(fields) == 0:
		return d.Errf("%s takes no argument; write `%s`", word, word)
	default:
		return d.Errf("%s: %d arguments given, %d needed; write `%s %s`, with quotes around what has spaces", word, len(args), len(fields), word, usage)
	}
	for i, field := range fields {
		*field = args[i]
	}
	return nil
}

func list(d *caddyfile.Dispenser, usage string, field *[]string) error {
	word, args := d.Val(), d.RemainingArgs()
	if len(args) == 0 {
		return d.Errf("%s has no arguments; write `%s %s`", word, word, usage)
	}
	*field = append(*field, args...)
	return nil
}

func size(d *caddyfile.Dispenser, field *int64) error {
	var text string
	word := d.Val()
	if err := arguments(d, "<size>", &text); err != nil {
		return err
	}
	bytes, err := humanize.ParseBytes(text)
	if err != nil || bytes == 0 || bytes > 1<<40 {
		return d.Errf("%s %q: write a size such as 64KiB", word, text)
	}
	*field = int64(bytes)
	return nil
}

func duration(d *caddyfile.Dispenser, field *caddy.Duration) error {
	var text string
	if err := arguments(d, "<duration>", &text); err != nil {
		return err
	}
	value, err := parseDuration(d, text)
	*field = value
	return err
}

func parseDuration(d *caddyfile.Dispenser, text string) (caddy.Duration, error) {
	value, err := caddy.ParseDuration(text)
	if err != nil || value <= 0 {
		return 0, d.Errf("%q is no positive duration; write one such as 5s", text)
	}
	return caddy.Duration(value), nil
}

func number(d *caddyfile.Dispenser, field *int) error {
	var text string
	word := d.Val()
	if err := arguments(d, "<n>", &text); err != nil {
		return err
	}
	value, err := strconv.Atoi(text)
	if err != nil || value <= 0 {
		return d.Errf("%s %q: write a number above 0", word, text)
	}
	*field = value
	return nil
}

// Interface guard
var _ caddyfile.Unmarshaler = (*Connector)(nil)
