package caddymodule

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"testing"
	"testing/synctest"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/headers"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/protocol"
)

func TestDateLine(t *testing.T) { // the last date is the process's
	noon := time.Date(2026, time.March, 1, 12, 0, 0, 0, time.FixedZone("CET", 3600))
	for _, c := range []struct {
		name  string
		after time.Duration
		want  string
	}{
		{"in GMT", 0, "Sun, 01 Mar 2026 11:00:00 GMT"},
		{"in the same second", 999 * time.Millisecond, "Sun, 01 Mar 2026 11:00:00 GMT"},
		{"in the next", time.Second, "Sun, 01 Mar 2026 11:00:01 GMT"},
		{"when the clock was set back", -time.Hour, "Sun, 01 Mar 2026 10:00:00 GMT"},
	} {
		assert.Equal(t, c.want, dateLine(noon.Add(c.after)), c.name)
	}
}

func TestAnswerIsDatedWhenItLeaves(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for range 3 {
			pass(time.Minute)
			w := httptest.NewRecorder()
			write(w, protocol.Answer{Status: http.StatusOK}, "")
			date, err := http.ParseTime(w.Header().Get("Date"))
			require.NoError(t, err)
			assert.True(t, date.Equal(time.Now().Truncate(time.Second)))
		}
	})
}

// Caddy's `header` in front of the connector replaces within the slices of an answer.
func TestWhatIsReplacedInOneAnswerIsInNoOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { // in one second all answers have one date
		answered := func() http.Header {
			w := httptest.NewRecorder()
			write(w, protocol.Answer{Status: http.StatusOK}, "an id")
			return w.Header()
		}
		before := answered().Clone()
		for name, lines := range before {
			for _, field := range []string{name, "*"} {
				replaced := answered()
				(&headers.HeaderOps{Replace: map[string][]headers.Replacement{
					field: {{SearchRegexp: "^" + regexp.QuoteMeta(lines[0]) + "$", Replace: "another"}},
				}}).ApplyTo(replaced, caddy.NewReplacer())
				want := before.Clone()
				want[name][0] = "another"
				assert.Equal(t, want, replaced, "%s by %s", name, field)
				replaced.Add(name, "added") // within the array it would be the next field
				want.Add(name, "added")
				assert.Equal(t, want, replaced, "%s by %s", name, field)
				assert.Equal(t, before, answered(), "%s by %s", name, field)
			}
		}
	})
}

func TestRequestIDsDiffer(t *testing.T) {
	t.Parallel()
	seen := make(map[string]bool)
	for range 1000 {
		id := newRequestID()
		require.Regexp(t, `^[0-9a-f]{32}$`, id)
		require.False(t, seen[id])
		seen[id] = true
	}
}
