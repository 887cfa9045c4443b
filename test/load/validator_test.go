package load

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// validator is the upstream: it takes so long for each call, works on so many at
// once, lets the others wait, and can restart.
type validator struct {
	address string
	latency time.Duration
	slow    time.Duration // of a call that says so
	seats   chan struct{}

	mu      sync.Mutex
	server  *http.Server
	outages []window
	asked   map[string]int // how often each slow call has come
}

// window is a time in which the validator was not there.
type window struct{ from, to time.Time }

// afterOutage is how long a connection that ended with the old server may look
// usable to the proxy.
const afterOutage = 500 * time.Millisecond

func newValidator(t *testing.T, latency, slow time.Duration, seats int) *validator {
	t.Helper()
	v := &validator{address: "127.0.0.1:0", latency: latency, slow: slow, seats: make(chan struct{}, seats), asked: map[string]int{}}
	v.start(t)
	t.Cleanup(v.stop)
	return v
}

func (v *validator) start(t *testing.T) {
	t.Helper()
	listener, err := net.Listen("tcp", v.address)
	require.NoError(t, err)
	server := &http.Server{Handler: v, ReadHeaderTimeout: patience}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.address, v.server = listener.Addr().String(), server
	go func() { _ = server.Serve(listener) }() // until stop
}

func (v *validator) stop() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.server.Close()
}

// restart ends every connection and is gone for a while, as an application server
// is while it starts.
func (v *validator) restart(t *testing.T, down time.Duration) {
	t.Helper()
	v.mu.Lock()
	v.outages = append(v.outages, window{from: time.Now(), to: time.Now().Add(time.Hour)})
	v.mu.Unlock()
	v.stop()
	<-time.After(down)
	v.start(t)
	v.mu.Lock()
	defer v.mu.Unlock()
	v.outages[len(v.outages)-1].to = time.Now().Add(afterOutage)
}

// missed tells whether the validator was away at some time between the two.
func (v *validator) missed(began, ended time.Time) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, w := range v.outages {
		if began.Before(w.to) && ended.After(w.from) {
			return true
		}
	}
	return false
}

// timesAsked is how often a slow call has come.
func (v *validator) timesAsked(c call) int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.asked[c.Nonce]
}

// ServeHTTP implements http.Handler.
func (v *validator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var c call
	if err != nil || json.Unmarshal(body, &c) != nil {
		http.Error(w, "no call", http.StatusTeapot)
		return
	}
	took := v.latency
	if c.Kind == slow {
		v.mu.Lock()
		v.asked[c.Nonce]++
		v.mu.Unlock()
		took = v.slow
	}
	v.seats <- struct{}{}
	pause := time.NewTimer(took)
	select {
	case <-pause.C:
	case <-r.Context().Done():
		pause.Stop()
	}
	<-v.seats
	v.answer(w, c)
}

func (v *validator) answer(w http.ResponseWriter, c call) {
	w.Header().Set("Content-Type", "application/json")
	send := func(status int, members map[string]string) {
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(members) // the proxy may be gone
	}
	switch c.Kind {
	case accepted, slow:
		send(http.StatusOK, map[string]string{"nonce": c.Nonce})
	case rejected:
		send(http.StatusConflict, map[string]string{"userMessage": c.text()})
	case blocked:
		send(http.StatusOK, map[string]string{"version": "1.0.0", "action": "ShowBlockPage", "userMessage": c.text()})
	case failing:
		send(http.StatusInternalServerError, map[string]string{"message": "out of order " + c.Nonce})
	case cut:
		panic(http.ErrAbortHandler) // net/http: ends the connection and logs nothing
	case stranger:
		send(http.StatusOK, map[string]string{"nonce": "a stranger has come through"})
	}
}
