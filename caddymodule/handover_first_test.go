package caddymodule

import (
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

// A connection whose first request is about to be read is waited for, and no other.
func TestHandoverWaitsForFirstRequests(t *testing.T) {
	t.Parallel()
	const patience = 2 * time.Second
	for name, c := range map[string]struct {
		age  time.Duration  // of the connection, when the wait begins
		then http.ConnState // what becomes of it
		in   time.Duration  // counted from then; negative: before
		late time.Duration  // when the wait has to end
		want time.Duration
	}{
		"its request is read":         {0, http.StateActive, 300 * time.Millisecond, time.Hour, 300*time.Millisecond + settle},
		"it ends":                     {0, http.StateClosed, 300 * time.Millisecond, time.Hour, 300*time.Millisecond + settle},
		"it stays silent":             {500 * time.Millisecond, http.StateActive, time.Hour, time.Hour, patience - 500*time.Millisecond},
		"it has been silent for long": {time.Minute, http.StateActive, time.Hour, time.Hour, 0},
		"it was read just now":        {time.Second, http.StateActive, -30 * time.Millisecond, time.Hour, settle - 30*time.Millisecond},
		"it was read long ago":        {time.Second, http.StateActive, -time.Second, time.Hour, 0},
		"there is no more time":       {0, http.StateActive, time.Hour, 700 * time.Millisecond, 700 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var f firstRequests
				f.init(patience)
				conn, other := net.Pipe()
				defer conn.Close()
				defer other.Close()
				f.note(conn, http.StateNew)
				changes := time.AfterFunc(c.age+c.in, func() { f.note(conn, c.then) })
				defer changes.Stop()
				<-time.After(c.age)
				began := time.Now()
				f.await(time.After(c.late))
				assert.Equal(t, c.want, time.Since(began))
			})
		})
	}
}

// A connection of another wrapper may be of a type that is no key of a map.
func TestHandoverSurvivesAnyConnection(t *testing.T) {
	t.Parallel()
	type odd struct {
		net.Conn
		_ []byte
	}
	var f firstRequests
	f.init(time.Second)
	f.note(odd{}, http.StateNew)
	f.note(&odd{}, http.StateNew)
	f.note(odd{}, http.StateClosed)
	assert.EqualValues(t, 1, f.waiting.Load())
}
