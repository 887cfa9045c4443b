package caddymodule

import (
	"sync"
	"time"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/verdict"
)

// health is what the last upstream calls tell of the upstream.
type health struct {
	mu        sync.Mutex
	answered  time.Time // the last verdict
	faulted   time.Time // the last fault
	reason    verdict.Reason
	nowFaulty bool // the last was a fault
}

func (h *health) note(reason verdict.Reason) {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := time.Now()
	if h.nowFaulty = reason != 0; h.nowFaulty {
		h.faulted, h.reason = now, reason
	} else {
		h.answered = now
	}
}

// healthMemory is for how long a fault says something of the upstream. A process
// that gets no calls because it is not ready would never see it well again.
const healthMemory = 30 * time.Second

// The states of an upstream.
const (
	upstreamOK      = "ok"
	upstreamFailing = "failing"
	upstreamUnknown = "unknown" // no call yet, or none of late
)

// state is what of it an operator reads.
func (h *health) state() upstreamState {
	h.mu.Lock()
	defer h.mu.Unlock()
	state := upstreamState{Status: h.status()}
	if !h.answered.IsZero() {
		state.LastVerdict = new(h.answered.UTC())
	}
	if !h.faulted.IsZero() {
		state.LastFault, state.Reason = new(h.faulted.UTC()), h.reason.String()
	}
	return state
}

func (h *health) status() string {
	switch {
	case h.nowFaulty && time.Since(h.faulted) < healthMemory:
		return upstreamFailing
	case h.answered.IsZero() || h.nowFaulty:
		return upstreamUnknown
	default:
		return upstreamOK
	}
}
