package caddymodule

import (
	"cmp"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"
	"go.uber.org/zap"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/memo"
)

func init() { caddy.RegisterModule(Admin{}) }

// Admin shows the state of the connectors on Caddy's admin listener, and lets an
// operator make them forget. Nothing that it says comes from a call, but for the
// keyed hashes that logs show the beginning of.
//
//	GET    /gatehouse/connectors                     their memo, flights and upstream
//	DELETE /gatehouse/connectors/<name>/memo         forget all verdicts
//	DELETE /gatehouse/connectors/<name>/memo/<key>   forget one, by the `key` of its log line
//	GET    /gatehouse/live                           200 while the process answers
//	GET    /gatehouse/ready[?check=<check>...]       200 if sign-ups can be served, else 503
//
// The checks are configuration, certificate and upstream.
type Admin struct{}

// CaddyModule returns the Caddy module information.
func (Admin) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "admin.api.gatehouse",
		New: func() caddy.Module { return new(Admin) },
	}
}

// Routes implements caddy.AdminRouter.
func (Admin) Routes() []caddy.AdminRoute {
	route := func(pattern, method string, handle caddy.AdminHandlerFunc) caddy.AdminRoute {
		allowed := []string{method}
		if method == http.MethodGet { // some load balancers probe with HEAD (RFC 9110, section 9.3.2)
			allowed = append(allowed, http.MethodHead)
		}
		return caddy.AdminRoute{Pattern: pattern, Handler: caddy.AdminHandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
			if !slices.Contains(allowed, r.Method) {
				w.Header().Set("Allow", strings.Join(allowed, ", "))
				return caddy.APIError{HTTPStatus: http.StatusMethodNotAllowed, Err: fmt.Errorf("method %s: use %s", r.Method, method)}
			}
			return handle(w, r)
		})}
	}
	return []caddy.AdminRoute{
		route("/gatehouse/connectors", http.MethodGet, listConnectors),
		route("/gatehouse/connectors/{name}/memo", http.MethodDelete, purge),
		route("/gatehouse/connectors/{name}/memo/{key}", http.MethodDelete, purge),
		route("/gatehouse/live", http.MethodGet, live),
		route("/gatehouse/ready", http.MethodGet, ready),
	}
}

// connectorState is one connector in the list. While one configuration replaces
// another, or where two sites use one name, a name stands there twice.
type connectorState struct {
	Name          string        `json:"name"`
	Protocol      string        `json:"protocol"`
	BudgetSeconds float64       `json:"budget_seconds"`
	Memo          memoState     `json:"memo"`
	Flights       flightState   `json:"flights"`
	Upstream      upstreamState `json:"upstream"`
}

type memoState struct {
	Entries    int   `json:"entries"`
	Bytes      int64 `json:"bytes"`
	MaxEntries int   `json:"max_entries"`
	MaxBytes   int64 `json:"max_bytes"`
}

type flightState struct {
	Now        int `json:"now"`
	Waiters    int `json:"waiters"`
	Max        int `json:"max"`
	MaxWaiters int `json:"max_waiters"`
}

type upstreamState struct {
	Status      string     `json:"status"` // ok, failing or unknown
	LastVerdict *time.Time `json:"last_verdict,omitempty"`
	LastFault   *time.Time `json:"last_fault,omitempty"`
	Reason      string     `json:"reason,omitempty"` // of the last fault
}

func listConnectors(w http.ResponseWriter, _ *http.Request) error {
	list := []connectorState{}
	for _, s := range statesInUse() {
		c, now := s.user, s.memo.Stats()
		list = append(list, connectorState{
			Name:          s.connector,
			Protocol:      c.Protocol,
			BudgetSeconds: c.budget().Seconds(),
			Memo:          memoState{now.Entries, now.Bytes, c.Cache.MaxEntries, c.Cache.MaxSize},
			Flights:       flightState{now.Flights, now.Waiters, c.Flights.Max, c.Flights.MaxWaiters},
			Upstream:      s.health.state(),
		})
	}
	return writeJSON(w, http.StatusOK, list)
}

// purge makes the connectors of a name forget one key or all.
func purge(w http.ResponseWriter, r *http.Request) error {
	name, key := r.PathValue("name"), strings.ToLower(r.PathValue("key"))
	if _, err := hex.DecodeString(key); err != nil || key != "" && len(key) < len(memo.Key{}.Prefix()) {
		return caddy.APIError{HTTPStatus: http.StatusBadRequest, Err: fmt.Errorf("key %q: write the 8 hexadecimal digits that the log line of a call has as its key", key)}
	}
	found, forgotten := false, 0
	for _, s := range statesInUse() {
		if s.connector == name {
			found = true
			forgotten += s.memo.Forget(key)
		}
	}
	if !found {
		return caddy.APIError{HTTPStatus: http.StatusNotFound, Err: fmt.Errorf("no connector is named %q; GET /gatehouse/connectors lists them", name)}
	}
	caddy.Log().Named("admin.api.gatehouse").Info("verdicts forgotten on demand", zap.String("connector", name), zap.Int("forgotten", forgotten))
	return writeJSON(w, http.StatusOK, map[string]int{"forgotten": forgotten})
}

func live(w http.ResponseWriter, _ *http.Request) error {
	return writeJSON(w, http.StatusOK, map[string]string{"status": "live"})
}

// stateInUse is a state and the connector that uses it, which may let go of it at
// any moment: a reload is under way.
type stateInUse struct {
	*state
	user *Connector
}

// statesInUse are the states that some loaded connector uses, by name.
func statesInUse() []stateInUse {
	var all []stateInUse
	states.Range(func(_, value any) bool {
		s := value.(*state) //nolint:forcetypeassert // acquireState puts nothing else in
		if user := s.latest(); user != nil {
			all = append(all, stateInUse{s, user})
		}
		return true
	})
	slices.SortFunc(all, func(a, b stateInUse) int {
		return cmp.Or(strings.Compare(a.connector, b.connector), strings.Compare(a.poolKey, b.poolKey))
	})
	return all
}

func writeJSON(w http.ResponseWriter, status int, value any) error {
	body, err := json.Marshal(value)
	if err != nil {
		return caddy.APIError{HTTPStatus: http.StatusInternalServerError, Err: errors.New("writing the answer")}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, err = w.Write(append(body, '\n'))
	return err
}

// Interface guard
var _ caddy.AdminRouter = Admin{}
