package demo

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/simulator"
)

// watched tells of each attempt of the provider while it happens: the retry is what
// there is to see.
type watched struct {
	http.RoundTripper
	emit func(event)
	step string
	n    int // the provider makes one attempt after the other
}

// RoundTrip implements http.RoundTripper.
func (w *watched) RoundTrip(r *http.Request) (*http.Response, error) {
	w.n++
	began := time.Now()
	w.emit(event{Event: "attempt", Step: w.step, Attempt: w.n})
	response, err := w.RoundTripper.RoundTrip(r)
	over := event{Event: "attempt_over", Step: w.step, Attempt: w.n, Seconds: time.Since(began).Seconds()}
	switch {
	case err == nil:
		over.Status = response.StatusCode
	case errors.Is(context.Cause(r.Context()), simulator.ErrTimeout):
		over.GaveUp = true
	}
	w.emit(over)
	return response, err
}
