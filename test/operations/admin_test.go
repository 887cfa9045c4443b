package operations_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

type listed struct {
	Name          string
	Protocol      string
	BudgetSeconds float64 `json:"budget_seconds"`
	Memo          struct {
		Entries    int
		Bytes      int64
		MaxEntries int   `json:"max_entries"`
		MaxBytes   int64 `json:"max_bytes"`
	}
	Flights struct {
		Now, Waiters, Max int
		MaxWaiters        int `json:"max_waiters"`
	}
	Upstream struct {
		Status      string
		LastVerdict time.Time `json:"last_verdict"`
		LastFault   time.Time `json:"last_fault"`
		Reason      string
	}
}

// Whoever reads the state learns numbers and nothing of a person.
func TestStateOfConnectors(t *testing.T) {
	t.Parallel()
	upstream := gatehouse.Answering(t, http.StatusOK, `{"promoCode":"Canary-5f1c"}`)
	g := gatehouse.Start(t, "handle /a {\n"+connector("first one", upstream.Address(), "cache {\n max_entries 50\n }\n flights {\n max 7\n }")+"}\nhandle {\n"+
		connector("second", upstream.Address(), "protocol b2c_custom_policy")+"}")
	g.Post(t, "/a", call("canary-91ab@example.com"), basic)

	status, body := g.Admin(t, http.MethodGet, "/gatehouse/connectors")
	assert.Equal(t, http.StatusOK, status)
	assert.NotContains(t, strings.ToLower(body), "canary")
	list := decode[[]listed](t, body)
	require.Len(t, list, 2)
	first, second := list[0], list[1]
	assert.Equal(t, "first one", first.Name)
	assert.Equal(t, "b2c_user_flow", first.Protocol)
	assert.InDelta(t, 9, first.BudgetSeconds, 0)
	assert.Equal(t, 1, first.Memo.Entries)
	assert.Positive(t, first.Memo.Bytes)
	assert.Equal(t, 50, first.Memo.MaxEntries)
	assert.EqualValues(t, 64<<20, first.Memo.MaxBytes)
	assert.Equal(t, 7, first.Flights.Max)
	assert.Zero(t, first.Flights.Now)
	assert.Equal(t, "ok", first.Upstream.Status)
	assert.WithinDuration(t, time.Now(), first.Upstream.LastVerdict, time.Minute)
	assert.Zero(t, first.Upstream.LastFault)
	assert.Equal(t, "second", second.Name)
	assert.InDelta(t, 18, second.BudgetSeconds, 0)
	assert.Equal(t, "unknown", second.Upstream.Status)
	assert.Equal(t, 1000, second.Flights.MaxWaiters)

	// Names of a configuration that is gone are gone too.
	g.Reload(t, connector("third", upstream.Address(), ""))
	_, body = g.Admin(t, http.MethodGet, "/gatehouse/connectors")
	assert.Len(t, decode[[]listed](t, body), 1, body)
	assert.Contains(t, body, "third")
}

// Some load balancers probe with HEAD.
func TestHeadIsGetWithoutTheBody(t *testing.T) {
	t.Parallel()
	g := gatehouse.Start(t, connector("c", "127.0.0.1:9", ""))
	for _, path := range []string{"/gatehouse/connectors", "/gatehouse/live", "/gatehouse/ready?check=configuration"} {
		status, body := g.Admin(t, http.MethodHead, path)
		assert.Equal(t, http.StatusOK, status, path)
		assert.Empty(t, body, path)
	}
}

// What was mended at the validator is asked for anew, for one person or for all.
func TestPurge(t *testing.T) {
	t.Parallel()
	upstream := gatehouse.Answering(t, http.StatusOK, `{"promoCode":"24534"}`)
	g := gatehouse.Start(t, "handle /a {\n"+connector("a b", upstream.Address(), "cache")+"}\nhandle {\n"+connector("other", upstream.Address(), "cache")+"}")
	for _, email := range []string{"one@example.com", "two@example.com", "three@example.com"} {
		g.Post(t, "/a", call(email), basic)
		g.Post(t, "/b", call(email), basic)
	}
	require.Equal(t, 6, upstream.Calls())

	key := regexp.MustCompile(`"connector": ?"a b".*"key": ?"([0-9a-f]{8})"`).FindStringSubmatch(g.Logs())
	require.NotNil(t, key, g.Logs())
	for path, want := range map[string]struct {
		status    int
		forgotten int
	}{
		"/gatehouse/connectors/a%20b/memo/" + key[1]:                  {http.StatusOK, 1},
		"/gatehouse/connectors/a%20b/memo/ffffffffffffffff":           {http.StatusOK, 0},
		"/gatehouse/connectors/a%20b/memo/" + key[1][:6]:              {http.StatusBadRequest, 0},
		"/gatehouse/connectors/a%20b/memo/one@example.com":            {http.StatusBadRequest, 0},
		"/gatehouse/connectors/nobody/memo":                           {http.StatusNotFound, 0},
		"/gatehouse/connectors/nobody/memo/" + strings.Repeat("0", 8): {http.StatusNotFound, 0},
	} {
		status, body := g.Admin(t, http.MethodDelete, path)
		assert.Equal(t, want.status, status, "%s: %s", path, body)
		if status == http.StatusOK {
			assert.Equal(t, want.forgotten, decode[map[string]int](t, body)["forgotten"], path)
		} else {
			assert.NotEmpty(t, decode[map[string]string](t, body)["error"], path)
		}
	}
	g.Post(t, "/a", call("one@example.com"), basic)
	g.Post(t, "/a", call("two@example.com"), basic)
	assert.Equal(t, 7, upstream.Calls(), "one alone was forgotten")

	status, body := g.Admin(t, http.MethodDelete, "/gatehouse/connectors/a%20b/memo")
	assert.Equal(t, http.StatusOK, status)
	assert.Equal(t, 3, decode[map[string]int](t, body)["forgotten"])
	for _, email := range []string{"one@example.com", "two@example.com", "three@example.com"} {
		g.Post(t, "/a", call(email), basic)
		g.Post(t, "/b", call(email), basic)
	}
	assert.Equal(t, 10, upstream.Calls(), "and nothing of the other connector")
	g.AssertMetric(t, 4, "gatehouse_cache_evictions_total", gatehouse.Labels{"connector": "a b", "cause": "purged"})
}

func TestOtherMethodsAreRefused(t *testing.T) {
	t.Parallel()
	g := gatehouse.Start(t, connector("c", "127.0.0.1:9", ""))
	for path, method := range map[string]string{
		"/gatehouse/connectors":            http.MethodDelete,
		"/gatehouse/connectors/c/memo":     http.MethodGet,
		"/gatehouse/connectors/c/memo/abc": http.MethodPost,
		"/gatehouse/live":                  http.MethodPost,
		"/gatehouse/ready":                 http.MethodPut,
	} {
		status, body := g.Admin(t, method, path)
		assert.Equal(t, http.StatusMethodNotAllowed, status, "%s %s: %s", method, path, body)
	}
}
