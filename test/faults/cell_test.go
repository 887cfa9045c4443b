package faults_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/gatehouse-proxy/gatehouse/internal/contract"
	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// secret is the password of the account b2c.
const secret = "correct-horse-battery-staple"

// cell is one of the matrix: a behaviour, met by one call.
type cell struct {
	behaviour behaviour
	form      form
	cache     cache
	attempts  int
	want      want

	upstream *gatehouse.Misbehaving // its own, so that what it sees is this cell's
	name     string                 // of the connector, which cells that want the same share
	path     string

	callsBefore, connectionsBefore int // at the turn

	began time.Time // its call
	id    string    // of the answered request, in its header and in the log
	done  bool      // it has run to its end
	wrong []string
}

func newCell(t *testing.T, row int, b behaviour, f form, c cache, attempts int) *cell {
	t.Helper()
	w := expect(b, f, c, attempts)
	name := fmt.Sprintf("%s-%s-%d-%s", cmp.Or(b.reason, "right"), b.pace.attempt(), attempts, f.protocol)
	made := &cell{
		behaviour: b, form: f, cache: c, attempts: attempts, want: w,
		name: name, path: fmt.Sprintf("/%s/%d/%s", name, row, f.label),
	}
	// Well until the turn; the connection stays only where the call is to find it.
	start := gatehouse.NewMisbehaving
	if b.tls {
		start = gatehouse.NewMisbehavingTLS
	}
	made.upstream = start(t, nil)
	good := header + "Content-Length: 22\r\n"
	if !b.kept {
		good += "Connection: close\r\n"
	}
	made.upstream.Behave(gatehouse.Manner{Act: gatehouse.Say(good + "\r\n" + `{"promoCode":"` + before + `"}`), Keep: b.kept})
	return made
}

// complain notes what is wrong.
func (c *cell) complain(format string, args ...any) {
	c.wrong = append(c.wrong, fmt.Sprintf(format, args...))
}

// call is the body of a call at the cell's step; those of different people are
// different calls.
func (c *cell) call(person string) string {
	if c.form.step == "" {
		return fmt.Sprintf(`{"email":"%s@fabrikam.onmicrosoft.com"}`, person)
	}
	return fmt.Sprintf(`{"email":"%s@fabrikam.onmicrosoft.com","step":%q}`, person, c.form.step)
}

func (c *cell) try(ctx context.Context, g *gatehouse.Process, person string) (contract.Exchange, error) {
	return g.Try(ctx, c.path, c.call(person), gatehouse.Basic("b2c", secret), gatehouse.Protocol(c.form.protocol))
}

// prepare makes a call while the upstream is well: the one that is remembered, or
// another one, for a connection that is kept.
func (c *cell) prepare(ctx context.Context, g *gatehouse.Process) {
	person := "john"
	switch {
	case c.cache.remembered:
	case c.behaviour.kept:
		person = "emily"
	default:
		return
	}
	exchange, err := c.try(ctx, g, person)
	c.expectRight("the call before", exchange, err, before)
}

// expectRight judges a call that a well upstream answers.
func (c *cell) expectRight(what string, exchange contract.Exchange, err error, promoCode string) {
	answer, err := judged(exchange, err)
	if err != nil || answer.Kind != contract.Continue || textOf(answer, "promoCode") != promoCode {
		c.complain("%s: %s %s %v, want a continue with %q", what, answer.Kind, exchange.Body, err, promoCode)
	}
}

// judged is what an exchange means by the contract.
func judged(exchange contract.Exchange, err error) (contract.Answer, error) {
	if err != nil {
		return contract.Answer{}, err
	}
	return contract.Check(exchange)
}

// textOf is a claim that is a string.
func textOf(answer contract.Answer, claim string) (text string) {
	_ = json.Unmarshal(answer.Claims[claim], &text)
	return text
}

// run turns the upstream and plays the provider: it hangs up at the end of an
// attempt and tries again, except for the last, which it waits for. started is
// called once the upstream has seen the call, or the answer is there.
func (c *cell) run(ctx context.Context, g *gatehouse.Process, started func()) {
	c.callsBefore, c.connectionsBefore = c.upstream.Calls(), c.upstream.Connections()
	reached := c.turn()
	c.began = time.Now()
	exchange, attempts, err := c.provider(ctx, g, reached, started)
	took := time.Since(c.began)
	c.judge(exchange, err, attempts, took)
	if c.recovers() {
		exchange, err := c.try(ctx, g, "emily.again")
		c.expectRight("the call after", exchange, err, asked)
	}
	c.done = true
}

// turn makes the upstream bad and returns a channel that is closed when it has
// seen a caller since.
func (c *cell) turn() <-chan struct{} {
	c.behaviour.turn(c.upstream)
	return c.upstream.Reached()
}

func (c *cell) provider(ctx context.Context, g *gatehouse.Process, reached <-chan struct{}, started func()) (contract.Exchange, int, error) {
	type result struct {
		exchange contract.Exchange
		err      error
	}
	for made := 1; ; made++ {
		trying, hangUp := context.WithCancel(ctx)
		defer hangUp()
		back := make(chan result, 1)
		go func() {
			exchange, err := c.try(trying, g, "john")
			back <- result{exchange, err}
		}()
		// The attempt counts from when the upstream has seen it: on a busy machine
		// a call that is hung up before has not been made.
		select {
		case <-reached:
			started()
		case r := <-back:
			started()
			return r.exchange, made, r.err
		}
		var patience <-chan time.Time // the last attempt waits
		if made < c.attempts {
			patience = time.After(c.behaviour.pace.attempt())
		}
		select {
		case r := <-back:
			return r.exchange, made, r.err
		case <-patience:
			hangUp()
			<-back // it is gone when the next one comes
		}
	}
}

// judge compares what came with what was wanted.
func (c *cell) judge(exchange contract.Exchange, err error, attempts int, took time.Duration) {
	c.id = exchange.Header.Get("X-Request-Id")
	answer, err := judged(exchange, err)
	switch {
	case err != nil:
		c.complain("no valid answer: %v", err)
	case answer.Kind != c.want.kind:
		c.complain("%s, want %s: %s", answer.Kind, c.want.kind, exchange.Body)
	case c.want.kind != contract.Continue && answer.Message != defaultFault:
		c.complain("the person reads %q, want %q", answer.Message, defaultFault)
	case textOf(answer, "promoCode") != c.want.promoCode:
		c.complain("claims %s, want promoCode %q", exchange.Body, c.want.promoCode)
	}
	if attempts != c.want.attempts {
		c.complain("answered at attempt %d, want %d", attempts, c.want.attempts)
	}
	if took > c.want.within {
		c.complain("answered after %s, want %s at most", took.Round(time.Millisecond), c.want.within)
	}
	if took < c.want.notBefore {
		c.complain("answered after %s, want %s at least", took.Round(time.Millisecond), c.want.notBefore)
	}
}

// recovers tells whether the cell ends with a call that is answered well. Where the
// upstream is not asked, it does not come to what it would recover from.
func (c *cell) recovers() bool { return c.behaviour.recovers && c.want.calls > 0 }

// judgeUpstream compares what the upstream saw, when nothing can come any more.
func (c *cell) judgeUpstream() {
	again := 0
	if c.recovers() {
		again = 1
	}
	if got := c.upstream.Calls() - c.callsBefore - again; got != c.want.calls {
		c.complain("%d upstream calls, want %d", got, c.want.calls)
	}
	if got := c.upstream.Connections() - c.connectionsBefore - again; got != c.want.connections {
		c.complain("%d upstream connections, want %d", got, c.want.connections)
	}
}
