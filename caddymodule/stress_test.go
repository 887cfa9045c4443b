package caddymodule

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
)

const stressCallers = 12

// validators are asked for callers who are told apart by a number: one flight for
// each at a time, whose body is theirs.
type validators struct {
	t      *testing.T
	flying [stressCallers]atomic.Int32
}

// answer is one of all that a validator can do.
func (v *validators) answer(n, way int, takes time.Duration) caddyhttp.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		assert.EqualValues(v.t, 1, v.flying[n].Add(1), "flights for one key")
		body, err := io.ReadAll(r.Body)
		assert.Contains(v.t, string(body), fmt.Sprintf("u%d-", n))
		<-time.After(takes)
		v.flying[n].Add(-1)
		switch way {
		case 0:
			panic("a bug")
		case 1:
			panic(http.ErrAbortHandler)
		case 2:
			return caddyhttp.Error(http.StatusBadGateway, err)
		case 3:
			w.Header().Set("Cache-Control", "no-store")
		case 4:
			w.Header().Set("Cache-Control", "max-age=1, must-revalidate")
		}
		_, err = fmt.Fprintf(w, `{"who":"u%d-"}`, n)
		return err
	}
}

// Many callers who hang up, a validator that does everything, purges, and
// configurations that replace one another. The race detector is half of this test;
// the other half is that nobody reads another's verdict and no number is left over.
func TestEverythingAtOnce(t *testing.T) {
	t.Parallel()
	for name, options := range map[string]string{
		"short lives": "cache {\n ttl 5ms\n stale_if_error 20ms\n max_entries 5\n}\nflights {\n max 6\n max_waiters 3\n}\ntimeouts {\n attempt 50ms\n upstream 5s\n}",
		"cache off":   "cache off",
		"form":        "request {\n format form\n}\ncache",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var current atomic.Pointer[Connector]
			load := func() *Connector {
				ctx, cancel := caddy.NewContext(caddy.Context{Context: context.Background()})
				t.Cleanup(cancel)
				c := parsed(t, fmt.Sprintf("name \"at once %s\"\n%s", name, options))
				// As Caddy does where the route can be seen: nothing has changed.
				require.NoError(t, c.Provision(ctx))
				require.NoError(t, c.state.release(c))
				seen := c.site
				seen.route = nil
				var err error
				c.state, err = acquireState(c, seen, ctx.GetMetricsRegistry())
				require.NoError(t, err)
				c.logger = zap.NewNop()
				return c
			}
			current.Store(load())
			shared := current.Load().state
			operators := operate(t, &current, load)
			v := &validators{t: t}
			var callers sync.WaitGroup
			for seed := range 2 * stressCallers {
				callers.Go(func() {
					random := rand.New(rand.NewPCG(7, uint64(seed)))
					for range 150 {
						v.call(current.Load(), random)
					}
				})
			}
			callers.Wait()
			operators()
			last := current.Load()
			assert.Same(t, shared, last.state, "nothing has changed")
			require.Eventually(t, func() bool {
				now := shared.memo.Stats()
				return now.Flights == 0 && now.Waiters == 0
			}, 10*time.Second, time.Millisecond)
			require.NoError(t, last.Cleanup())
			now := shared.memo.Stats()
			assert.Zero(t, now.Entries)
			assert.Zero(t, now.Bytes)
		})
	}
}

func (v *validators) call(c *Connector, random *rand.Rand) {
	n := random.IntN(stressCallers)
	r := newCall(fmt.Sprintf(`{"email":"u%d-@example.com"}`, n))
	if random.IntN(3) == 0 {
		ctx, hangUp := context.WithTimeout(r.Context(), time.Duration(random.IntN(2000))*time.Microsecond)
		defer hangUp()
		r = r.WithContext(ctx)
	}
	w := httptest.NewRecorder()
	next := v.answer(n, random.IntN(8), time.Duration(random.IntN(2000))*time.Microsecond)
	assert.NoError(v.t, c.ServeHTTP(w, r, next))
	if w.Code == http.StatusOK && !strings.Contains(w.Body.String(), fmt.Sprintf(`"who":"u%d-"`, n)) {
		v.t.Errorf("the verdict of another than %d: %s", n, w.Body)
	}
}

// operate purges, reads the state and replaces the configuration until it is told
// to stop.
func operate(t *testing.T, current *atomic.Pointer[Connector], load func() *Connector) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	for _, work := range []func(){
		func() {
			old := current.Swap(load())
			assert.NoError(t, old.Cleanup())
		},
		func() { current.Load().state.memo.Forget("") },
		func() {
			assert.NoError(t, listConnectors(httptest.NewRecorder(), nil))
			assert.NoError(t, ready(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/gatehouse/ready", nil)))
			now := current.Load().state.memo.Stats()
			assert.GreaterOrEqual(t, now.Bytes, int64(0))
			assert.GreaterOrEqual(t, now.Waiters, 0)
			assert.LessOrEqual(t, now.Flights, current.Load().Flights.Max)
		},
	} {
		all.Go(func() {
			for ctx.Err() == nil {
				work()
				<-time.After(300 * time.Microsecond)
			}
		})
	}
	return func() {
		cancel()
		all.Wait()
	}
}
