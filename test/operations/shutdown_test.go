package operations_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// A validator that was asked finishes what it does, although everybody has hung up
// and the process ends: within the grace period, which is 1 s here.
func TestFlightsLandBeforeTheProcessEnds(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		takes    time.Duration
		finishes bool
	}{
		"within the grace period": {500 * time.Millisecond, true},
		"beyond":                  {10 * time.Second, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			arrived, finished := make(chan struct{}), make(chan bool, 1)
			upstream := gatehouse.NewUpstream(t, func(w http.ResponseWriter, r *http.Request) {
				close(arrived)
				select {
				case <-time.After(c.takes):
					_, err := w.Write([]byte(`{}`))
					finished <- err == nil && r.Context().Err() == nil
				case <-r.Context().Done():
					finished <- false
				}
			})
			g := gatehouse.Start(t, connector("signup", upstream.Address(), ""))
			ctx, hangUp := context.WithCancel(t.Context())
			called := make(chan error, 1)
			go func() {
				_, err := g.Try(ctx, "/", call("a@example.com"), basic)
				called <- err
			}()
			<-arrived
			hangUp()
			<-called // with an error, or an answer that came while the connection was closing
			ending := time.Now()
			<-g.Terminate()
			took := time.Since(ending)
			assert.Equal(t, c.finishes, <-finished)
			assert.Less(t, took, 5*time.Second, "it waits for the grace period and not for timeouts.upstream")
			assert.Equal(t, !c.finishes, strings.Contains(g.Logs(), "upstream calls are cut off"), g.Logs())
		})
	}
}

// A process that ends says so, so that a load balancer sends no more calls.
func TestNotReadyWhileTheProcessEnds(t *testing.T) {
	t.Parallel()
	arrived, release := make(chan struct{}), make(chan struct{})
	upstream := gatehouse.NewUpstream(t, func(http.ResponseWriter, *http.Request) {
		close(arrived)
		<-release
	})
	g := gatehouse.Start(t, connector("signup", upstream.Address(), ""))
	answered := make(chan error, 1)
	go func() {
		_, err := g.Try(t.Context(), "/", call("a@example.com"), basic)
		answered <- err
	}()
	<-arrived
	ended := g.Terminate()
	assert.Eventually(t, func() bool {
		status, body := g.Admin(t, http.MethodGet, "/gatehouse/ready?check=configuration")
		return status == http.StatusServiceUnavailable && strings.Contains(body, "the process is ending")
	}, 900*time.Millisecond, 10*time.Millisecond)
	close(release)
	<-answered
	<-ended
}
