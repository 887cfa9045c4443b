package hardening_test

import (
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// TestQ07_NoCallIsRefusedWhileSecretsRotate: does a rotation turn rightful calls
// away, so that nobody dares to rotate? CWE-324. Answer: with one account from two
// files, whose secrets change in turn, 1,000 replacements of the files under
// traffic refuse no call whose secret has been in its file for a second, the time
// after which a file is looked at again. Most replacements change nothing of the
// text, as when the kubelet writes a volume anew.
func TestQ07_NoCallIsRefusedWhileSecretsRotate(t *testing.T) {
	t.Parallel()
	const (
		swaps = 1000
		every = 11 * time.Millisecond
		turns = 5 // of each 200 swaps: 2.2 s, in which one look may meet a file that is just going
	)
	for name, newFile := range map[string]func(testing.TB, string) gatehouse.SecretFile{
		"renames": gatehouse.RenamedFile, "swaps of a Kubernetes volume": gatehouse.KubernetesFile,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			secretOf := func(turn int64) string { return fmt.Sprintf("the secret of turn %d", turn) }
			// The secret of a turn is in the file of that turn until the turn after next.
			files := [2]gatehouse.SecretFile{newFile(t, "plain:"+secretOf(0)), newFile(t, "plain:"+secretOf(-1))}
			g := gatehouse.Start(t, fmt.Sprintf("api_connector {\n auth {\n basic b2c {file.%s}\n basic b2c {file.%s}\n }\n }\n reverse_proxy %s\n",
				files[0].Path, files[1].Path, gatehouse.Answering(t, http.StatusOK, `{}`).Address()))

			var turn, calls atomic.Int64
			var inUse sync.RWMutex // while a call is made with the secret of the turn before
			done := make(chan struct{})
			var callers sync.WaitGroup
			for range 4 {
				callers.Go(func() {
					for {
						select {
						case <-done:
							return
						default:
						}
						inUse.RLock()
						secret := secretOf(turn.Load() - 1)
						exchange, err := g.Try(t.Context(), "/", call, gatehouse.Basic("b2c", secret))
						inUse.RUnlock()
						calls.Add(1)
						if !assert.NoError(t, err) || !assert.Equal(t, http.StatusOK, exchange.Status, secret) {
							return
						}
					}
				})
			}
			tick := time.NewTicker(every)
			defer tick.Stop()
			for i := range int64(swaps) {
				<-tick.C
				if now := i / (swaps / turns); now != turn.Load() {
					// As an operator does it: callers take the newer secret, then the
					// oldest is replaced.
					inUse.Lock()
					turn.Store(now)
					inUse.Unlock()
				}
				latest := turn.Load()
				if i%2 == 0 {
					latest--
				}
				files[latest&1].Change(t, "plain:"+secretOf(latest))
			}
			close(done)
			callers.Wait()
			t.Logf("%d calls", calls.Load())
			assert.Greater(t, calls.Load(), int64(swaps/4), "there was traffic")
		})
	}
}
