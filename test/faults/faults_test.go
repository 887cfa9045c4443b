package faults_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/gatehouse-proxy/gatehouse/internal/contract"
	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

func TestMain(m *testing.M) { gatehouse.Main(m, printMatrix) }

// TestWithoutMemory: `cache off` keeps coalescing, so that a second attempt still
// joins the flight of the first.
func TestWithoutMemory(t *testing.T) {
	t.Parallel()
	runColumns(t, off)
}

// TestFreshVerdictAnswers: whatever became of the upstream, a verdict that is
// remembered answers, and nobody asks.
func TestFreshVerdictAnswers(t *testing.T) {
	t.Parallel()
	runColumns(t, fresh)
}

// runColumns runs all cells with one state of memory, in one process.
func runColumns(t *testing.T, c cache) {
	t.Helper()
	var cells []*cell
	for row, b := range behaviours {
		for _, attempts := range []int{1, 2} {
			for _, f := range forms {
				cells = append(cells, newCell(t, row, b, f, c, attempts))
			}
		}
	}
	t.Cleanup(func() { matrix.add(cells) }) // also of a run that broke off
	// Those that wait come first: the others pass meanwhile.
	slices.SortStableFunc(cells, func(a, b *cell) int { return cmp.Compare(a.behaviour.pace.order(), b.behaviour.pace.order()) })
	g := gatehouse.Start(t, siteOf(cells))

	ctx := t.Context()
	eachCell(cells, func(one *cell, started func()) {
		defer started()
		one.prepare(ctx, g)
	})
	if c.expired {
		// A verdict answers for one budget at least, whatever its ttl.
		<-time.After(atOnce.budget(2) + c.ttl)
	}
	start := countsOf(g.Scrape(t))
	eachCell(cells, func(one *cell, started func()) { one.run(ctx, g, started) })
	wanted := wantedOf(cells)
	got := landed(t, g, cells, start, wanted)
	lines := answeredLines(g.Logs())
	for _, one := range cells {
		one.judgeUpstream()
		one.judgeLine(lines[one.id])
	}
	judgeCounts(cells, got, wanted)

	for _, one := range cells {
		assert.Emptyf(t, one.wrong, "%s, %s, attempts %d", one.behaviour.name, one.form.name, one.attempts)
	}
}

// starting is how many cells may be on their way to the upstream at once: on two
// cores a crowd of calls would come late by seconds. Those that wait are no load.
var starting = make(chan struct{}, 8)

// eachCell runs all cells at once; each says when it has got going.
func eachCell(cells []*cell, run func(one *cell, started func())) {
	var running sync.WaitGroup
	for _, one := range cells {
		starting <- struct{}{}
		running.Go(func() { run(one, sync.OnceFunc(func() { <-starting })) })
	}
	running.Wait()
}

// landed waits until no upstream call is under way and all answers are counted, and
// returns what was counted since start. A scrape of many connectors is megabytes, so
// it asks when the answer is known.
func landed(t *testing.T, g *gatehouse.Process, cells []*cell, start, wanted counts) counts {
	t.Helper()
	var last time.Time
	for _, c := range cells {
		if c.behaviour.pace != atOnce && c.want.connections > 0 && c.began.After(last) {
			last = c.began
		}
	}
	<-time.After(time.Until(last.Add(flightsEnd)))
	ctx, cancel := context.WithTimeout(t.Context(), tolerance)
	defer cancel()
	tick := time.NewTicker(tolerance / 8)
	defer tick.Stop()
	for {
		now := countsOf(g.Scrape(t)).since(start)
		if now.flights == 0 && now.requests() >= wanted.requests() {
			return now
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			assert.Zero(t, now.flights, "an upstream call outlasts `timeouts upstream`")
			return now
		}
	}
}

// siteOf is a site with a connector for each name, in a handle block of its own.
func siteOf(cells []*cell) string {
	var names []string
	blocks := make(map[string]*strings.Builder)
	for _, c := range cells {
		block, known := blocks[c.name]
		if !known {
			block = new(strings.Builder)
			blocks[c.name] = block
			names = append(names, c.name)
			block.WriteString(connectorOf(c))
		}
		proxy := c.upstream.Address()
		if c.behaviour.tls {
			proxy = "https://" + proxy + " {\n transport http {\n tls_insecure_skip_verify\n }\n }"
		}
		fmt.Fprintf(block, "reverse_proxy %s %s\n", c.path, proxy)
	}
	var site strings.Builder
	for _, name := range names {
		fmt.Fprintf(&site, "handle /%s/* {\n%s}\n", name, blocks[name])
	}
	return site.String()
}

func connectorOf(c *cell) string {
	dialect := map[contract.Protocol]string{contract.UserFlow: "b2c_user_flow", contract.CustomPolicy: "b2c_custom_policy"}
	return fmt.Sprintf(`api_connector {
	name %s
	protocol %s
	auth {
		basic b2c plain:%s
	}
	timeouts {
		attempt %s
		attempts %d
		upstream %s
	}
	%s
}
`, c.name, dialect[c.form.protocol], secret, c.behaviour.pace.attempt(), c.attempts, flightsEnd, c.cache.directives)
}
