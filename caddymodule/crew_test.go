package caddymodule

import (
	"runtime"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
)

func TestCrew(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		runs func(t *testing.T, c *crew)
		free int32 // when all work is done
	}{
		{"nobody waits before there was work", func(*testing.T, *crew) {}, 0},
		{"one waits for the next work", func(_ *testing.T, c *crew) { c.run(func() {}) }, 1},
		{"who waits does it", func(_ *testing.T, c *crew) {
			for range 10 {
				c.run(func() {})
				synctest.Wait()
			}
		}, 1},
		{"work at once is done at once", func(_ *testing.T, c *crew) { inFlight(c, 3) }, 3},
		{"so many wait and no more", func(_ *testing.T, c *crew) { inFlight(c, crewSize+10) }, crewSize},
		{"who is dismissed leaves", func(_ *testing.T, c *crew) {
			inFlight(c, 3)
			synctest.Wait()
			c.dismiss()
		}, 0},
		{"work is done by who is dismissed", func(t *testing.T, c *crew) {
			c.dismiss()
			done := false
			c.run(func() { done = true })
			synctest.Wait()
			assert.True(t, done)
		}, 0},
		{"work may end its goroutine", func(_ *testing.T, c *crew) {
			c.run(func() {})
			synctest.Wait()
			c.run(runtime.Goexit)
		}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				crew := newCrew()
				c.runs(t, crew)
				synctest.Wait()
				assert.Equal(t, c.free, crew.free.Load())
				pass(crewPatience)
				assert.Zero(t, crew.free.Load(), "nobody waits for long")
			})
		})
	}
}

// inFlight does as many pieces of work as all wait for each other.
func inFlight(c *crew, n int) {
	all, began := make(chan struct{}), make(chan struct{})
	for range n {
		c.run(func() { began <- struct{}{}; <-all })
	}
	for range n {
		<-began
	}
	close(all)
}
