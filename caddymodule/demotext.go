package caddymodule

import (
	"crypto/sha256"
	"encoding/hex"
	"net"
	"strings"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/demo"
)

// caddyfile is the demo's configuration: what an operator would write, but for a
// local certificate.
func (d *demonstration) caddyfile() string {
	sum := sha256.Sum256([]byte(d.password))
	_, port, _ := net.SplitHostPort(d.address)
	return strings.NewReplacer(
		"<site>", "https://"+d.address+", https://localhost:"+port,
		"<host>", d.host,
		"<folder>", d.folder,
		"<credential>", "sha256:"+hex.EncodeToString(sum[:]),
		"<validator>", d.validator,
		"<log>", d.log,
		"<page connector>", demoPageConnector,
	).Replace(demoCaddyfile)
}

const demoCaddyfile = `{
	admin off
	persist_config off
	skip_install_trust
	auto_https disable_redirects
	storage file_system "<folder>"
	servers {
		protocols h1 h2
	}
	log {
		level ERROR
		exclude http.handlers.api_connector
	}
	log calls {
		include http.handlers.api_connector
		format console {
			level_format upper
		}
	}
	# The same lines for the sign-up page.
	log page {
		include http.handlers.api_connector
		output net <log>
		format json
	}
}

<site> {
	bind <host>
	tls internal

	# An API connector of a user flow.
	handle /loyalty {
		api_connector {
			name loyalty
			auth {
				basic b2c <credential>
			}
			request {
				rename extension_LoyaltyId loyaltyId
				rename extension_PromoCode promoCode
				rename ui_locales language
			}
			cache
		}
		reverse_proxy <validator>
	}

	# The connector of the sign-up page. What it remembers is soon stale, so that
	# one can watch it.
	handle /signup {
		api_connector {
			name <page connector>
			auth {
				basic b2c <credential>
			}
			request {
				rename extension_LoyaltyId loyaltyId
				rename extension_PromoCode promoCode
				rename ui_locales language
			}
			cache {
				ttl 10s
				stale_if_error 10m
			}
		}
		reverse_proxy <validator>
	}

	# The same validator as a RESTful technical profile of a custom policy.
	handle /policy {
		api_connector {
			name policy
			protocol b2c_custom_policy
			auth {
				basic b2c <credential>
			}
			request {
				rename lang language
			}
			cache
		}
		reverse_proxy <validator>
	}

	# How often the validator was asked.
	handle_path /validator/* {
		@read method GET
		reverse_proxy @read <validator>
	}

	handle /metrics {
		metrics
	}

	handle {
		respond 404
	}
}
`

// demoPageConnector is the name of the connector behind the sign-up page.
const demoPageConnector = "signup"

func (d *demonstration) welcome() string {
	curl := `curl -sS -w '\n' --cacert ` + shellQuote(d.root())
	login := " -u " + shellQuote("b2c:"+d.password)
	post := func(path, body string) string {
		return " https://" + d.address + path + " -H 'Content-Type: application/json' -d " + shellQuote(body)
	}
	signUp := func(loyaltyID string) string {
		return `{"step":"PostAttributeCollection","email":"david@contoso.com","extension_` + demo.ExtensionsAppID + `_LoyaltyId":"` + loyaltyID + `","ui_locales":"en-US"}`
	}
	return strings.NewReplacer(
		"<address>", d.address, "<page>", d.page, "<folder>", d.folder, "<password>", d.password,
		"<nobody>", curl+" -i"+post("/loyalty", signUp("1234")),
		"<invalid>", curl+" -i"+login+post("/loyalty", signUp("1234")),
		"<continue>", curl+" -i"+login+post("/loyalty", signUp("5678")),
		"<policy>", curl+" -i"+login+post("/policy", `{"email":"david@contoso.com","loyaltyId":"1234","lang":"1033"}`),
		"<calls>", curl+" https://"+d.address+"/validator/calls",
		"<metrics>", curl+" https://"+d.address+"/metrics | grep '^gatehouse_requests_total' | grep -v ' 0$'",
	).Replace(demoWelcome)
}

const demoWelcome = `
Gatehouse demo: a connector in front of a validator that answers as it always did.
All of it listens on this machine only; all that is written is in <folder>.

  open this      http://<page>/

The page signs somebody up and shows what happens at each step. Without a browser:

  user flow      https://<address>/loyalty
  custom policy  https://<address>/policy
  username       b2c
  password       <password>

Paste these into another shell.

# Nobody gets in without credentials: 401.
<nobody>

# The validator answers 409; the sign-up page gets a ValidationError, HTTP 400.
<invalid>

# Another loyalty ID: Continue, with the promo code as a claim.
<continue>

# Again, within a minute: the same answer, and the validator is not asked again.
<continue>
<calls>
<metrics>

# The same validator for a custom policy: HTTP 409.
<policy>

Each call is logged here. Press Ctrl+C to end.

`

// shellQuote quotes for a POSIX shell.
func shellQuote(text string) string {
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
