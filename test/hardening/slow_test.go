package hardening_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// TestQ34_SlowSendersHoldNobodyUp: does a header that never ends keep others out?
// CWE-400, CWE-772 (slowloris). Answer: with the time-outs of Caddyfile.example
// 200 connections that drip a header are ended after its 5 s, and meanwhile right
// calls are answered as fast as ever.
func TestQ34_SlowSendersHoldNobodyUp(t *testing.T) {
	t.Parallel()
	const connections, readHeader = 200, 5 * time.Second
	upstream := gatehouse.Answering(t, http.StatusOK, `{}`)
	g := gatehouse.StartShipped(t, gatehouse.Shipped{Upstream: upstream.Address()})
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ended := make(chan time.Duration, connections)
	var connected sync.WaitGroup
	handshakes := make(chan struct{}, 8) // at once: it is not they that are slow here
	for range connections {
		connected.Add(1)
		go func() {
			handshakes <- struct{}{}
			conn, err := g.TryDial(ctx, g.TLS())
			<-handshakes
			connected.Done()
			if err != nil {
				ended <- -1
				return
			}
			defer conn.Close()
			began := time.Now()
			drip := time.NewTicker(200 * time.Millisecond)
			defer drip.Stop()
			_, _ = io.WriteString(conn, "POST /signup HTTP/1.1\r\nHost: localhost\r\nX-A: ")
			gone := make(chan struct{})
			go func() {
				_, _ = io.Copy(io.Discard, conn) // until the server ends it
				close(gone)
			}()
			for {
				select {
				case <-drip.C:
					_, _ = io.WriteString(conn, "a")
				case <-gone:
					ended <- time.Since(began)
					return
				case <-ctx.Done():
					ended <- -1
					return
				}
			}
		}()
	}
	connected.Wait()
	client := g.Client()
	for range 20 {
		began := time.Now()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://"+g.Site()+"/signup", strings.NewReader(call))
		require.NoError(t, err)
		req.SetBasicAuth(gatehouse.Username, gatehouse.Secret)
		req.Header.Set("Content-Type", "application/json")
		resp, err := client.Do(req)
		require.NoError(t, err)
		resp.Body.Close()
		assert.Equal(t, http.StatusOK, resp.StatusCode)
		assert.Less(t, time.Since(began), 4*time.Second, "less than one attempt of the provider")
	}
	patience := time.After(readHeader + 20*time.Second)
	for range connections {
		select {
		case lasted := <-ended:
			assert.Positive(t, lasted, "the server, and not the test, ended it")
			assert.Less(t, lasted, readHeader+10*time.Second)
		case <-patience:
			require.Fail(t, "a connection that drips is still open")
		}
	}
}
