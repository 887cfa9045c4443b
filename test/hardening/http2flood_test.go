package hardening_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/gatehouse-proxy/gatehouse/internal/contract"
	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// What a flood may cost at most, each several times what was measured on two
// cores: 2,400 goroutines and 128 MB while callers reset, 880 and 82 MB while
// strangers do, 26 and 15 MB in a flood of CONTINUATION.
const (
	floodLasts      = 3 * time.Second
	floodGoroutines = 8_000.0
	floodMemory     = 512.0 * (1 << 20) // of heap and stacks
)

// TestQ34_RapidResetIsBounded: does a client that opens streams and resets them at
// once have the work of all of them done? CVE-2023-44487, CWE-400. Answer: net/http
// runs at most 250 handlers of a connection, lets 1,000 wait and ends it where they
// do not keep up; memory and goroutines stay bounded, with and without credentials,
// and rightful calls are answered meanwhile, within the budget. Of a stranger's
// nothing reaches the validator.
func TestQ34_RapidResetIsBounded(t *testing.T) {
	t.Parallel()
	for name, credentials := range map[string]string{"a stranger": "", "a caller": "Basic " + encoded(gatehouse.Username+":"+gatehouse.Secret)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			upstream := gatehouse.Answering(t, http.StatusOK, `{}`)
			g := gatehouse.StartShipped(t, gatehouse.Shipped{Upstream: upstream.Address()})
			var streams atomic.Int64
			seen := flood(t, g, credentials == "", func(c *h2Conn) {
				for id := uint32(1); ; id += 2 {
					n := streams.Add(1)
					body := fmt.Appendf(nil, `{"email":"%d@example.com"}`, n)
					if c.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: c.block(postFields(credentials)), EndHeaders: true}) != nil || c.WriteData(id, true, body) != nil || c.WriteRSTStream(id, http2.ErrCodeCancel) != nil {
						return
					}
				}
			})
			t.Logf("%d streams, %d calls at the validator", streams.Load(), upstream.Calls())
			if credentials == "" {
				assert.Equal(t, seen.answered, upstream.Calls(), "only the rightful calls")
			}
		})
	}
}

// TestQ34_ContinuationFloodIsBounded: does a header that never ends cost memory or
// work without end? CVE-2023-45288, CWE-400, CWE-770. Answer: net/http reads no
// more of a header than the limit of 16 KiB and a little, then ends the connection.
func TestQ34_ContinuationFloodIsBounded(t *testing.T) {
	t.Parallel()
	g := gatehouse.StartShipped(t, gatehouse.Shipped{Upstream: gatehouse.Answering(t, http.StatusOK, `{}`).Address()})
	endless := []hpack.HeaderField{{Name: "x-a", Value: strings.Repeat("a", 4000), Sensitive: true}}
	seen := flood(t, g, true, func(c *h2Conn) {
		if c.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: c.block(postFields(""))}) != nil {
			return
		}
		for c.WriteContinuation(1, false, c.block(endless)) == nil {
		}
	})
	assert.Positive(t, seen.ended, "a header without an end is taken")
}

// flooded is what came of a flood.
type flooded struct {
	answered int   // rightful calls
	ended    int64 // connections that the server ended with an error
}

// flood attacks on four connections at once, each opened again as soon as it is
// ended, and meanwhile makes rightful calls and looks at what the process needs.
// strict is for floods in which each of these calls must reach the validator.
func flood(t *testing.T, g *gatehouse.Process, strict bool, attack func(c *h2Conn)) (seen flooded) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), floodLasts)
	defer stop()
	rest := needs(t, g)
	var attackers sync.WaitGroup
	var ended atomic.Int64
	for range 4 {
		attackers.Go(func() {
			for ctx.Err() == nil {
				c, err := dialH2(ctx, g)
				if err != nil {
					continue
				}
				keep := context.AfterFunc(ctx, c.Close)
				attackers.Go(func() {
					defer c.Close() // and so the writer stops
					for {
						frame, err := c.ReadFrame()
						if err != nil {
							return
						}
						if away, isAway := frame.(*http2.GoAwayFrame); isAway && away.ErrCode != http2.ErrCodeNo {
							ended.Add(1)
						}
					}
				})
				attack(c)
				keep()
				c.Close()
			}
		})
	}
	var most need
	for ctx.Err() == nil {
		body := fmt.Sprintf(`{"email":"john%d@fabrikam.com","step":"PostAttributeCollection"}`, seen.answered)
		answer := g.Post(t, "/signup", body, gatehouse.Basic(gatehouse.Username, gatehouse.Secret))
		if strict {
			assert.Equal(t, contract.Continue, answer.Kind)
		}
		seen.answered++
		now := needs(t, g)
		most.goroutines, most.memory = max(most.goroutines, now.goroutines), max(most.memory, now.memory)
	}
	attackers.Wait()
	seen.ended = ended.Load()
	t.Logf("%+v; at rest %+v, at most %+v", seen, rest, most)
	assert.Less(t, most.goroutines, floodGoroutines)
	assert.Less(t, most.memory, floodMemory)
	assert.Positive(t, seen.answered)
	assert.True(t, gatehouse.Await(func() bool { return needs(t, g).goroutines < rest.goroutines+100 }), "they end with their connections")
	return seen
}

// need is what a process takes of the machine.
type need struct{ goroutines, memory float64 }

func needs(t *testing.T, g *gatehouse.Process) need {
	t.Helper()
	metrics := g.Scrape(t)
	return need{
		metrics.Sum(t, "go_goroutines", nil),
		metrics.Sum(t, "go_memstats_heap_inuse_bytes", nil) + metrics.Sum(t, "go_memstats_stack_inuse_bytes", nil),
	}
}

// postFields are the header of a call.
func postFields(credentials string) []hpack.HeaderField {
	fields := []hpack.HeaderField{
		{Name: ":method", Value: http.MethodPost},
		{Name: ":scheme", Value: "https"},
		{Name: ":authority", Value: "localhost"},
		{Name: ":path", Value: "/signup"},
		{Name: "content-type", Value: "application/json"},
	}
	if credentials != "" {
		fields = append(fields, hpack.HeaderField{Name: "authorization", Value: credentials})
	}
	return fields
}
