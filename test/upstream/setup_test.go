package upstream_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/internal/contract"
	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

func TestMain(m *testing.M) { gatehouse.Main(m) }

// secret is the password of the account b2c, to which all examples give the
// credential that GATEHOUSE_CREDENTIAL names.
const secret = "correct-horse-battery-staple"

var basic = gatehouse.Basic("b2c", secret)

var block = regexp.MustCompile("(?ms)^```caddyfile([^\n]*)\n(.*?)\n```$")

// examples are the Caddyfiles of the page, by the word behind `caddyfile`.
func examples(t *testing.T) map[string]string {
	t.Helper()
	page, err := os.ReadFile("../../docs/upstream.md")
	require.NoError(t, err)
	found := make(map[string]string)
	for _, match := range block.FindAllStringSubmatch(string(page), -1) {
		name := strings.TrimSpace(match[1])
		require.NotEmpty(t, name, "an example of the page has no name")
		require.NotContains(t, found, name, "two examples of the page have one name")
		found[name] = match[2]
	}
	return found
}

// edit is old text and new: addresses, files, and times that a test cannot wait
// for.
type edit [2]string

// example is a Caddyfile of the page, changed.
func example(t *testing.T, name string, edits ...edit) string {
	t.Helper()
	text, found := examples(t)[name]
	require.True(t, found, "docs/upstream.md has no example %s", name)
	for _, edit := range edits {
		require.Equalf(t, 1, strings.Count(text, edit[0]), "the example %s has no longer exactly one %q", name, edit[0])
		text = strings.Replace(text, edit[0], edit[1], 1)
	}
	return text
}

// TestEveryExampleIsRun: an example that no test names proves nothing.
func TestEveryExampleIsRun(t *testing.T) {
	t.Parallel()
	files, err := os.ReadDir(".")
	require.NoError(t, err)
	var sources strings.Builder
	for _, file := range files {
		source, err := os.ReadFile(file.Name())
		require.NoError(t, err)
		sources.Write(source)
	}
	found := examples(t)
	require.NotEmpty(t, found)
	for name := range found {
		assert.True(t, strings.Contains(sources.String(), fmt.Sprintf("example(t, %q", name)), name)
	}
}

// two are the addresses of examples with two validators.
func two(first, second string) edit {
	return edit{"10.0.0.1:8000 10.0.0.2:8000", first + " " + second}
}

// one is the address of examples with one.
func one(address string) edit { return edit{"127.0.0.1:8000", address} }

// short makes the budget 540 ms, so that a test of its end does not take 9 s.
var short = edit{"api_connector {", "api_connector {\n timeouts {\n attempt 300ms\n upstream 20s\n }"}

// noIdle makes a connection for each call, so that no call meets one that a
// validator's end has just closed: that is a test of its own.
var noIdle = edit{"transport http {", "transport http {\n keepalive off"}

// withinShort is the budget of `short` and what a busy machine adds to it.
const withinShort = 540*time.Millisecond + 5*time.Second

// site is one example that runs, on a path of its own.
type site struct {
	*gatehouse.Process
	name string // of the connector, and the path
}

// start runs an example.
func start(t *testing.T, text string, options ...gatehouse.Option) site {
	t.Helper()
	return startAll(t, map[string]string{"": text}, options...)[""]
}

// startAll runs examples side by side in one process, which takes a fraction of
// the time of one process each.
func startAll(t *testing.T, texts map[string]string, options ...gatehouse.Option) map[string]site {
	t.Helper()
	sites := make(map[string]site)
	var all strings.Builder
	for key, text := range texts {
		name := fmt.Sprintf("site-%d", len(sites))
		sites[key] = site{name: name}
		all.WriteString(onPath(name, text))
	}
	process := gatehouse.Start(t, all.String(), append(options, gatehouse.Env("GATEHOUSE_CREDENTIAL", "plain:"+secret))...)
	for key, s := range sites {
		sites[key] = site{process, s.name}
	}
	return sites
}

// onPath puts an example on the path of its name.
func onPath(name, text string) string {
	return "handle /" + name + " {\n" + strings.Replace(text, "api_connector {", "api_connector {\n name "+name, 1) + "\n}\n"
}

// faults are those of the site for one reason.
func (s site) faults(reason string) gatehouse.Labels {
	return gatehouse.Labels{"connector": s.name, "reason": reason}
}

// post makes a call of one person.
func (s site) post(t *testing.T, person string, options ...gatehouse.CallOption) gatehouse.Answer {
	t.Helper()
	return s.Post(t, "/"+s.name, callOf(person), append([]gatehouse.CallOption{basic}, options...)...)
}

// callOf is a call of one person; those of different persons are different.
func callOf(person string) string {
	return fmt.Sprintf(`{"email":"%s@fabrikam.com","step":"PostAttributeCollection"}`, person)
}

// requireFault makes a call and requires that it ends in a fault for one reason.
func requireFault(t *testing.T, g site, reason, person string, options ...gatehouse.CallOption) gatehouse.Answer {
	t.Helper()
	labels := g.faults(reason)
	before := g.Metric(t, "gatehouse_faults_total", labels)
	answer := g.post(t, person, options...)
	require.Equal(t, contract.Invalid, answer.Kind, "the fault of this step")
	g.RequireMetric(t, before+1, "gatehouse_faults_total", labels)
	return answer
}

// requireContinue makes a call and requires that the person may go on.
func requireContinue(t *testing.T, g site, person string) gatehouse.Answer {
	t.Helper()
	answer := g.post(t, person)
	require.Equal(t, contract.Continue, answer.Kind, g.Logs())
	return answer
}

// named answers calls with its name as a claim, and is healthy.
func named(name string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path != "/healthz" {
			_, _ = fmt.Fprintf(w, `{"validator":%q}`, name)
		}
	}
}

// calls counts the calls, without health checks.
func calls(u *gatehouse.Upstream) int {
	n := 0
	for _, received := range u.Received() {
		if received.URI != "/healthz" {
			n++
		}
	}
	return n
}

// send makes a call on a goroutine of its own and tells when it has ended.
func send(ctx context.Context, g site, person string) <-chan error {
	back := make(chan error, 1)
	go func() {
		_, err := g.Try(ctx, "/"+g.name, callOf(person), basic)
		back <- err
	}()
	return back
}
