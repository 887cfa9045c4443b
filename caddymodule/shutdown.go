package caddymodule

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyevents"
)

// shutdown lets flights land that nobody waits for any more when the process ends:
// Caddy waits for requests, and a validator that is cut off in the middle of
// redeeming a code has redeemed it for nobody. It ends with Caddy's own grace
// period. Where none is set Caddy waits for ever, and we until timeouts.upstream.
type shutdown struct {
	patience time.Duration // shutdown_delay + grace_period; 0: no end
	began    atomic.Int64  // in Unix nanoseconds
}

// watchShutdown asks to be told when the process begins to stop.
func watchShutdown(ctx caddy.Context, patience time.Duration) (*shutdown, error) {
	s := &shutdown{patience: patience}
	if patience == 0 {
		return s, nil // whenever it began, we wait for every flight
	}
	app, err := ctx.App("events")
	if err != nil {
		return nil, fmt.Errorf("loading the events app: %w", err)
	}
	if events, is := app.(*caddyevents.App); is {
		err = events.On("stopping", s)
	}
	return s, err
}

// Handle implements caddyevents.Handler.
func (s *shutdown) Handle(_ context.Context, e caddy.Event) error {
	if e.Origin() != nil { // some module's event of this name; Caddy's own has none
		return nil
	}
	s.began.CompareAndSwap(0, time.Now().UnixNano())
	return nil
}

// drain waits for flights while the process ends; at a reload they go on by
// themselves.
func (c *Connector) drain() {
	if !caddy.Exiting() {
		return
	}
	ctx := context.Background()
	if began := c.shutdown.began.Load(); began != 0 && c.shutdown.patience > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, time.Unix(0, began).Add(c.shutdown.patience))
		defer cancel()
	}
	if !c.state.memo.Drain(ctx) {
		c.logger.Warn("the grace period is over; upstream calls are cut off")
	}
}

// Interface guard
var _ caddyevents.Handler = (*shutdown)(nil)
