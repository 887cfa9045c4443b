package hardening_test

import (
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/internal/contract"
	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// TestQ31_CallsInFlightEndBeforeTheProcess: does a restart break the sign-up of
// who is in the middle of it? CWE-404. Answer: after SIGTERM no new connection is
// taken, a call that is under way is answered within the grace_period of
// Caddyfile.example, and then the process ends with status 0.
func TestQ31_CallsInFlightEndBeforeTheProcess(t *testing.T) {
	t.Parallel()
	open := make(chan struct{})
	upstream := gatehouse.NewUpstream(t, func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-open:
		case <-r.Context().Done():
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"city":"Seattle"}`)
	})
	g := gatehouse.StartShipped(t, gatehouse.Shipped{
		Upstream: upstream.Address(),
		Edits:    []gatehouse.Edit{{Old: "grace_period 1s", New: "grace_period 15s"}},
	})
	type reply struct {
		exchange contract.Exchange
		err      error
	}
	replied := make(chan reply, 1)
	go func() {
		exchange, err := g.Try(t.Context(), "/signup", call, gatehouse.Basic(gatehouse.Username, gatehouse.Secret))
		replied <- reply{exchange, err}
	}()
	require.True(t, gatehouse.Await(func() bool { return upstream.Calls() == 1 }))
	gone := g.Terminate()
	require.True(t, gatehouse.Await(func() bool {
		conn, err := g.TryDial(t.Context(), g.TLS())
		if err == nil {
			conn.Close()
		}
		return err != nil
	}), "nobody else gets in")
	select {
	case <-gone:
		require.Fail(t, "it ended before the call was answered")
	default:
	}
	close(open)
	got := <-replied // it has a deadline
	require.NoError(t, got.err)
	assert.Equal(t, "Seattle", gatehouse.Judge(t, got.exchange).Text("city"))
	select {
	case <-gone:
	case <-time.After(20 * time.Second):
		assert.Fail(t, "it did not end")
	}
}
