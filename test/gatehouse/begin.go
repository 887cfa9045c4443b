package gatehouse

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/internal/contract"
)

// Begun is how a call ended that is on a goroutine of its own.
type Begun struct {
	Exchange contract.Exchange
	Err      error
}

// Begin makes a call on a goroutine of its own. As every call it has a deadline, so
// that something comes in any case.
func (p *Process) Begin(ctx context.Context, path, body string, options ...CallOption) <-chan Begun {
	back := make(chan Begun, 1)
	go func() {
		exchange, err := p.Try(ctx, path, body, options...)
		back <- Begun{exchange, err}
	}()
	return back
}

// Ended waits for the end of a call and requires an answer that keeps the contract.
func Ended(t testing.TB, call <-chan Begun) Answer {
	t.Helper()
	begun := <-call
	require.NoError(t, begun.Err)
	return Judge(t, begun.Exchange)
}
