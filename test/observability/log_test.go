package observability_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// canary is in every value that a call has, and in no line.
const canary = "canary8812"

// TestEveryLineIsAsDocumented reads the lines that calls of every kind leave. A
// line or field that is not on the page fails, as does one on the page that is not
// there: "sometimes" has to be seen once.
func TestEveryLineIsAsDocumented(t *testing.T) {
	t.Parallel()
	documented := readPage(t)
	g := everyKindOfCall(t)

	// Caddy's own, and what a filter of its encoder would hide no less.
	own := map[string]bool{"level": true, "ts": true, "logger": true, "msg": true}
	seen := make(map[string]map[string]bool)
	for _, line := range g.Lines() {
		if line["logger"] != "http.handlers.api_connector" {
			continue
		}
		message := line["msg"].(string)
		fields, known := documented.lines[message]
		if !assert.True(t, known, "the page has no line %q", message) {
			continue
		}
		if seen[message] == nil {
			seen[message] = make(map[string]bool)
		}
		for field := range line {
			_, known := fields[field]
			assert.True(t, known || own[field], "the page has no field %q of %q", field, message)
			seen[message][field] = true
		}
		for field, always := range fields {
			if _, has := line[field]; always {
				assert.True(t, has, "%q lacks %q: %v", message, field, line)
			}
		}
		assert.Equal(t, level(line), line["level"], line)
	}
	for message, fields := range documented.lines {
		if message == "the handler behind the connector panicked" {
			continue // no handler of Caddy's does; a test beside the code makes one
		}
		for field := range fields {
			assert.True(t, seen[message][field], "no %q with %q", message, field)
		}
	}
	for text := range strings.Lines(g.Logs()) {
		if strings.Contains(text, `"logger":"http.handlers.api_connector"`) {
			assert.NotContains(t, text, canary)
			assert.NotContains(t, text, secret)
		}
	}
	assert.Equal(t, []any{"displayName", "email", "step"}, g.Log(t, "call read")["claims"])
	assert.Equal(t, []any{"email", "name", "step"}, g.Log(t, "call read")["claims_upstream"])
}

func level(line gatehouse.Line) string {
	switch line["msg"] {
	case "call read":
		return "debug"
	case "request refused", "the validator could not be asked":
		return "warn"
	case "call answered":
		if line["reason"] != nil {
			return "warn"
		}
	}
	return "info"
}

// everyKindOfCall makes calls until each line is there with each of its fields.
func everyKindOfCall(t *testing.T) *gatehouse.Process {
	t.Helper()
	c, v := newCollector(t), newValidator(t)
	gone := gatehouse.DeadAddress(t)
	g := gatehouse.Start(t, fmt.Sprintf(`
	tracing
	@gone path /gone
	@here not path /gone
	api_connector {
		name signup
		auth {
			basic b2c plain:%s
			client_certificate {
				thumbprint %064d
			}
		}
		request {
			rename displayName name
		}
	}
	reverse_proxy @gone %s
	reverse_proxy @here %s
`, secret, 1, gone, v.Address()), append(c.options(), gatehouse.Global("debug"), gatehouse.RequestClientCertificate())...)

	body := func(n int) string {
		return fmt.Sprintf(`{"step":"PostAttributeCollection","displayName":"%s","email":"%[1]s-%d@example.com"}`, canary, n)
	}
	for i, path := range []string{"/", "/", "/400", "/500", "/gone"} {
		g.Post(t, path, body(i/2), basic)
	}
	g.Refused(t, "/", body(0), gatehouse.Certificate(gatehouse.ClientCertificate(t, "stranger", time.Hour)))
	g.Post(t, "/", `{"email":"`+canary, basic, gatehouse.Unread())

	ctx, hangUp := context.WithCancel(t.Context())
	abandoned := g.Begin(ctx, "/gate", body(9), basic)
	v.awaitCall(t)
	waiting := g.Begin(t.Context(), "/gate", body(9), basic)
	g.RequireMetric(t, 1, "gatehouse_flight_waiters", nil)
	hangUp()
	<-abandoned // with an error, or an answer that came while the connection was closing
	g.Log(t, "caller hung up before the answer")
	close(v.open)
	gatehouse.Ended(t, waiting)
	g.Post(t, "/", body(10), basic)
	return g
}

// TestAccessLogHasTheSameFields: one line is enough for who reads access logs.
func TestAccessLogHasTheSameFields(t *testing.T) {
	t.Parallel()
	v := newValidator(t)
	g := gatehouse.Start(t, "log\n"+site("reverse_proxy "+v.Address(), "name signup"))
	for name, tc := range map[string]struct {
		message string
		call    func()
		without string
	}{
		"a call":    {"call answered", func() { g.Post(t, "/", `{"email":"`+canary+`"}`, basic) }, ""},
		"a fault":   {"call answered", func() { g.Post(t, "/500", `{"email":"`+canary+`"}`, basic) }, ""},
		"a hit":     {"call answered", func() { g.Post(t, "/", `{"email":"`+canary+`"}`, basic) }, ""},
		"a refusal": {"request refused", func() { g.Refused(t, "/", `{"email":"`+canary+`"}`) }, "remote_addr"},
		"unread":    {"request refused", func() { g.Post(t, "/", `{`, basic, gatehouse.Unread()) }, "remote_addr"},
	} {
		before := len(accessLines(g))
		tc.call()
		require.True(t, gatehouse.Await(func() bool { return len(accessLines(g)) == before+1 }), name)
		ours := g.Log(t, tc.message)
		for _, own := range []string{"level", "ts", "logger", "msg", tc.without} {
			delete(ours, own)
		}
		assert.Equal(t, map[string]any(ours), accessLines(g)[before]["gatehouse"], name)
		assert.NotContains(t, fmt.Sprint(accessLines(g)[before]), canary)
	}
}

func accessLines(g *gatehouse.Process) []gatehouse.Line {
	return slices.DeleteFunc(g.Lines(), func(line gatehouse.Line) bool {
		logger, _ := line["logger"].(string)
		return !strings.HasPrefix(logger, "http.log.access")
	})
}

// TestClaimsAreNamedAtDebugAlone: names too stay out of what is kept.
func TestClaimsAreNamedAtDebugAlone(t *testing.T) {
	t.Parallel()
	v := newValidator(t)
	g := gatehouse.Start(t, site("reverse_proxy "+v.Address()))
	answer := g.Post(t, "/", `{"email":"john@example.com","canaryName":1}`, basic)
	assert.Equal(t, http.StatusOK, answer.Exchange.Status)
	g.Log(t, "call answered")
	for _, line := range g.Lines() {
		assert.NotContains(t, fmt.Sprint(slices.Collect(maps.Values(line))), "canaryName")
	}
}
