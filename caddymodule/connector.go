package caddymodule

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.uber.org/zap"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/claims"
	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/judge"
	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/message"
	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/protocol"
)

func init() {
	caddy.RegisterModule(Connector{})
}

// Connector makes the handler behind it a correct endpoint for the sign-up
// call-outs of Azure AD B2C. It authenticates the caller, reads and normalises
// the call, answers identical calls from one upstream call, forwards it to the
// next handler (normally `reverse_proxy`) and turns whatever comes back, or does
// not, into an answer that the protocol defines.
//
// A connector with `auth` and a handler behind it is complete; everything else
// has a default.
type Connector struct {
	// The connector's name in metrics and logs. Default: the first host name of
	// its site, or "default".
	Name string `json:"name,omitempty"`

	// The wire dialect: "b2c_user_flow" (API connectors of user flows) or
	// "b2c_custom_policy" (RESTful technical profiles). Default: b2c_user_flow.
	Protocol string `json:"protocol,omitempty"`

	// Who may call. Required: a configuration without any method is refused.
	Auth *Auth `json:"auth,omitempty"`

	// How a call is read and what of it goes upstream.
	Request Request `json:"request,omitzero"`

	// How long the identity provider waits and how long the upstream may take.
	Timeouts Timeouts `json:"timeouts,omitzero"`

	// How long verdicts are remembered.
	Cache Cache `json:"cache,omitzero"`

	// What answers of the upstream mean, before any rule of Gatehouse's own.
	Verdicts []VerdictRule `json:"verdicts,omitempty"`

	// What a person reads where the upstream gives no usable text.
	Messages Messages `json:"messages,omitzero"`

	// What leaves where the upstream failed to answer, by step
	// (PostFederationSignup, PostAttributeCollection, PreTokenIssuance) and
	// "default" for every other: "block", "invalid", "continue" or "halt". Default:
	// block, invalid and halt at the three steps, else invalid. A `continue` under
	// "default" does not hold for PreTokenIssuance, where it would let a user in
	// unchecked; name the step to have it.
	OnFault map[string]string `json:"on_fault,omitempty"`

	// The largest answer of the upstream, in bytes; a larger one is a fault.
	// Default: 65536 (64 KiB).
	MaxResponse int64 `json:"max_response,omitempty"`

	dialect protocol.Dialect
	rules   *claims.Rules
	judge   judge.Judge
	texts   *message.Messages
	shown   []string // names of the claims that messages show
	door    door
	onFault onFault
	state   *state
	metrics *connectorMetrics
	logger  *zap.Logger
}

// Request says how a call is read and what of it goes upstream.
type Request struct {
	// The largest body of a call, in bytes. A larger one is answered as a fault.
	// Default: 65536 (64 KiB).
	MaxSize int64 `json:"max_size,omitempty"`

	// Claims and the names by which the upstream knows them: forwards on the way
	// in, backwards on the way out. extension_<app id>_X and extension_X are one
	// claim; configured without the id it leaves with the id that the call had.
	Rename []Rename `json:"rename,omitempty"`

	// Claims that go no further, and so do not tell calls apart either.
	Drop []string `json:"drop,omitempty"`

	// Leave the domain of `email` as sent. Default: false, it is lowered.
	KeepCase bool `json:"keep_case,omitempty"`

	// How claims reach the upstream: "json" (a POST with a JSON body), "form" (a
	// POST with a form body) or "query" (a GET). Default: json.
	Format string `json:"format,omitempty"`

	// Headers of a custom policy's GET that are claims (SendClaimsIn Header), in
	// the spelling that the claims are to have. Caddy drops headers with _ or . in
	// their names, so such a claim needs a PartnerClaimType without. Default: none.
	ClaimHeader []string `json:"claim_header,omitempty"`

	// Claims that hold secrets, beside password, oldPassword, newPassword and
	// reenterPassword, at any depth of a nested body. They reach the upstream to the byte, and nothing of a call that carries one
	// is remembered. Default: none.
	Secret []string `json:"secret,omitempty"`

	// Headers of the call that go upstream. Each becomes part of what tells calls
	// apart. Credentials and hop-by-hop headers are refused here. Default: none.
	ForwardHeader []string `json:"forward_header,omitempty"`
}

// Rename is one claim and its name upstream.
type Rename struct {
	// The identity provider's name.
	Claim string `json:"claim"`
	// The upstream's name.
	Upstream string `json:"upstream"`
}

// Timeouts says how long a call may take. The budget, in which every call is
// answered, is attempts × attempt less a tenth, counted from the arrival of the
// call that made the validator be asked.
type Timeouts struct {
	// How long the identity provider waits for one attempt. Default: 5s for user
	// flows and 10s for custom policies, as Microsoft has documented since 2025. A JSON
	// number counts nanoseconds; write "5s".
	Attempt caddy.Duration `json:"attempt,omitempty"`

	// How often it tries. Default: 2.
	Attempts int `json:"attempts,omitempty"`

	// How long one upstream call may last, whoever still waits for it. Default:
	// twice the budget.
	Upstream caddy.Duration `json:"upstream,omitempty"`
}

// Cache says how long verdicts are remembered. A fresh verdict answers identical
// calls for one budget in any case, since such a call is the provider's retry;
// only Off ends that.
type Cache struct {
	// Remember nothing. Calls at the same time still share one upstream call.
	Off bool `json:"off,omitempty"`

	// How long each kind of verdict is remembered. Default: one budget.
	TTL TTL `json:"ttl,omitzero"`

	// Remember calls that carry a password or another secret claim too, as a keyed
	// hash. Default: false.
	RememberSecret bool `json:"remember_secret,omitempty"`

	// How many verdicts are remembered. Default: 100000.
	MaxEntries int `json:"max_entries,omitempty"`

	// How much memory they may take, in bytes. Default: 67108864 (64 MiB).
	MaxSize int64 `json:"max_size,omitempty"`
}

// TTL is a time for each kind of verdict that is remembered; a fault never is.
type TTL struct {
	// Of a continue. Default: one budget, which also is the least.
	Continue caddy.Duration `json:"continue,omitempty"`
	// Of a block, likewise.
	Block caddy.Duration `json:"block,omitempty"`
	// Of an invalid, likewise.
	Invalid caddy.Duration `json:"invalid,omitempty"`
}

// The defaults that are no zero values.
const (
	defaultMaxSize     = 64 << 10
	defaultMaxResponse = 64 << 10
	defaultAttempts    = 2
	defaultMaxEntries  = 100_000
	defaultMaxMemory   = 64 << 20
)

// CaddyModule returns the Caddy module information.
func (Connector) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "http.handlers.api_connector",
		New: func() caddy.Module { return new(Connector) },
	}
}

// Provision sets the connector up. It reports every problem at once.
func (c *Connector) Provision(ctx caddy.Context) (err error) {
	site := surroundings(ctx)
	if c.Name == "" {
		c.Name = site.host
	}
	c.logger = ctx.Logger().With(zap.String("connector", c.Name))
	if err := errors.Join(c.configure(ctx)...); err != nil {
		return fmt.Errorf("api_connector %q: %w", c.Name, err)
	}
	if err = registerMetrics(&ctx); err != nil {
		return err
	}
	if c.Request.Format == formatQuery {
		c.warnOfQuery(site)
	}
	c.metrics = newConnectorMetrics(c.Name, c.dialect)
	// Last, so that an error above leaves nothing behind.
	c.state, err = acquireState(c, site, ctx.GetMetricsRegistry())
	return err
}

// warnOfQuery warns of what a GET upstream brings with it.
func (c *Connector) warnOfQuery(site site) {
	c.logger.Warn("format query: claims go into the URL, which reverse_proxy logs when an answer breaks off; filter request>uri as Caddyfile.example does")
	for _, option := range []string{"request_buffers", "retries", "try_duration"} {
		if bytes.Contains(site.route, []byte(`"`+option+`":`)) {
			c.logger.Warn("format query: Caddy sends a GET again with this option, so that the validator may be asked several times for one call; remove it or use another format", zap.String("option", option))
		}
	}
}

func (c *Connector) configure(ctx caddy.Context) (problems []error) {
	problems = c.configureMeaning()
	var err error
	if c.door, err = c.Auth.provision(ctx); err != nil {
		problems = append(problems, fmt.Errorf("auth: %w", err))
	}
	return problems
}

// configureMeaning sets up all but who may call: what calls and answers mean.
func (c *Connector) configureMeaning() (problems []error) {
	if c.Protocol == "" {
		c.Protocol = protocol.UserFlow{}.Name()
	}
	dialect, known := protocol.ByName(c.Protocol)
	if !known {
		problems = append(problems, fmt.Errorf("protocol %q is unknown; write b2c_user_flow or b2c_custom_policy", c.Protocol))
		dialect = protocol.UserFlow{}
	}
	c.dialect = dialect
	c.setDefaults()
	problems = append(problems, c.checkNumbers()...)

	var err error
	if c.rules, err = c.claimRules(); err != nil {
		problems = append(problems, fmt.Errorf("request: %w", err))
	}
	if err := c.Request.check(c.dialect); err != nil {
		problems = append(problems, fmt.Errorf("request: %w", err))
	}
	if c.onFault, err = newOnFault(c.dialect, c.OnFault); err != nil {
		problems = append(problems, err)
	}
	if c.texts, err = c.Messages.provision(c.dialect); err != nil {
		problems = append(problems, fmt.Errorf("messages: %w", err))
	}
	if c.texts != nil {
		c.shown = c.texts.Claims()
	}
	c.judge.MaxBody = c.MaxResponse
	if c.judge.Rules, err = newRulebook(c.Verdicts); err != nil {
		problems = append(problems, err)
	}
	return problems
}

func (c *Connector) setDefaults() {
	setDefault(&c.Request.MaxSize, defaultMaxSize)
	setDefault(&c.MaxResponse, defaultMaxResponse)
	setDefault(&c.Timeouts.Attempt, caddy.Duration(c.dialect.Attempt()))
	setDefault(&c.Timeouts.Attempts, defaultAttempts)
	setDefault(&c.Timeouts.Upstream, caddy.Duration(2*c.budget()))
	setDefault(&c.Cache.MaxEntries, defaultMaxEntries)
	setDefault(&c.Cache.MaxSize, defaultMaxMemory)
}

func setDefault[N int | int64 | caddy.Duration](field *N, value N) {
	if *field == 0 {
		*field = value
	}
}

// budget is the time in which a call is answered: a tenth less than the provider
// waits in all, for the way there and back.
func (c *Connector) budget() time.Duration {
	all := time.Duration(c.Timeouts.Attempts) * time.Duration(c.Timeouts.Attempt)
	return all - all/10
}

// checkNumbers refuses what nobody can mean: a JSON number without a unit, which
// counts nanoseconds, or a size beyond any machine.
func (c *Connector) checkNumbers() (problems []error) {
	const maxBytes, maxTTL = 1 << 30, 366 * 24 * time.Hour
	for _, n := range []struct {
		name            string
		value, low, top int64
		say             func(int64) string
	}{
		{"request max_size", c.Request.MaxSize, 1, maxBytes, bytesText},
		{"max_response", c.MaxResponse, 1, maxBytes, bytesText},
		{"timeouts attempt", int64(c.Timeouts.Attempt), int64(50 * time.Millisecond), int64(10 * time.Minute), durationText},
		{"timeouts attempts", int64(c.Timeouts.Attempts), 1, 10, numberText},
		{"timeouts upstream", int64(c.Timeouts.Upstream), int64(50 * time.Millisecond), int64(24 * time.Hour), durationText},
		{"cache max_entries", int64(c.Cache.MaxEntries), 1, 1 << 30, numberText},
		{"cache max_size", c.Cache.MaxSize, 1, 1 << 40, bytesText},
		{"cache ttl continue", int64(c.Cache.TTL.Continue), 0, int64(maxTTL), durationText},
		{"cache ttl block", int64(c.Cache.TTL.Block), 0, int64(maxTTL), durationText},
		{"cache ttl invalid", int64(c.Cache.TTL.Invalid), 0, int64(maxTTL), durationText},
	} {
		if n.value < n.low || n.value > n.top {
			problems = append(problems, fmt.Errorf("%s %s is out of range; write a value from %s to %s", n.name, n.say(n.value), n.say(n.low), n.say(n.top)))
		}
	}
	return problems
}

func bytesText(n int64) string    { return strconv.FormatInt(n, 10) + " bytes" }
func numberText(n int64) string   { return strconv.FormatInt(n, 10) }
func durationText(n int64) string { return time.Duration(n).String() }

func (c *Connector) claimRules() (*claims.Rules, error) {
	renames := make([]claims.Rename, len(c.Request.Rename))
	for i, r := range c.Request.Rename {
		renames[i] = claims.Rename(r)
	}
	return claims.NewRules(claims.Config{
		Aliases:  c.dialect.Aliases(),
		Renames:  renames,
		Drop:     c.Request.Drop,
		KeepCase: c.Request.KeepCase,
		Secret:   append(slices.Clone(passwordClaims), c.Request.Secret...),
	})
}

// passwordClaims hold what must reach the upstream to the byte: a password has
// no white space to trim and no other form of its accents. The names are those
// of Microsoft's starter pack.
var passwordClaims = []string{"password", "oldPassword", "newPassword", "reenterPassword"}

// Cleanup gives the memo back. Calls may still be in flight and are answered.
func (c *Connector) Cleanup() error {
	if c.state == nil { // Provision did not get that far
		return nil
	}
	return c.state.release(c)
}

// Interface guards
var (
	_ caddy.Provisioner           = (*Connector)(nil)
	_ caddy.CleanerUpper          = (*Connector)(nil)
	_ caddyhttp.MiddlewareHandler = (*Connector)(nil)
)
