package caddymodule

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

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

	// How many upstream calls there may be at once.
	Flights Flights `json:"flights,omitzero"`

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
	site    site
	state   *state
	metrics *connectorMetrics
	logger  *zap.Logger
	crew    *crew

	shutdown *shutdown
}

// CaddyModule returns the Caddy module information.
func (Connector) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "http.handlers.api_connector",
		New: func() caddy.Module { return new(Connector) },
	}
}

// Provision sets the connector up. It reports every problem at once.
func (c *Connector) Provision(ctx caddy.Context) (err error) {
	c.site = surroundings(ctx)
	if c.Name == "" {
		c.Name = c.site.host
	}
	c.logger = ctx.Logger().With(zap.String("connector", c.Name))
	if err := errors.Join(c.configure(ctx)...); err != nil {
		return fmt.Errorf("api_connector %q: %w", c.Name, err)
	}
	if err = registerMetrics(&ctx); err != nil {
		return err
	}
	if c.Request.Format == formatQuery {
		c.warnOfQuery(c.site)
	}
	c.metrics = newConnectorMetrics(c.Name, c.dialect)
	c.crew = newCrew()
	if c.shutdown, err = watchShutdown(ctx, c.site.patience); err != nil {
		return err
	}
	// Last, so that an error above leaves nothing behind.
	c.state, err = acquireState(c, c.site, ctx.GetMetricsRegistry())
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
	c.drain()
	c.crew.dismiss()
	return c.state.release(c)
}

// Interface guards
var (
	_ caddy.Provisioner           = (*Connector)(nil)
	_ caddy.CleanerUpper          = (*Connector)(nil)
	_ caddyhttp.MiddlewareHandler = (*Connector)(nil)
)
