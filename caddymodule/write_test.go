package caddymodule

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

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
		assert.Equal(t, []string{c.want}, dateLine(noon.Add(c.after)), c.name)
	}
}

func TestAnswerIsDatedWhenItLeaves(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for range 3 {
			time.Sleep(time.Minute)
			w := httptest.NewRecorder()
			write(w, protocol.Answer{Status: http.StatusOK}, "")
			date, err := http.ParseTime(w.Header().Get("Date"))
			require.NoError(t, err)
			assert.True(t, date.Equal(time.Now().Truncate(time.Second)))
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
