package demo_test

import (
	"context"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/demo"
)

const (
	waitFor = 10 * time.Second
	tick    = 5 * time.Millisecond
)

func TestLineIsFoundByItsRequest(t *testing.T) {
	t.Parallel()
	lines, err := demo.ListenForLines()
	require.NoError(t, err)
	conn, err := net.Dial("tcp", lines.Address())
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), waitFor)
	defer cancel()

	found := make(chan demo.Line, 1)
	go func() {
		line, _ := lines.Of(ctx, "second") // asked for before it is there
		found <- line
	}()
	for _, text := range []string{
		"not JSON",
		`{"msg":"the validator could not be asked","request_id":"second","status":502}`, // not the line on the answer
		`{"msg":"call answered","request_id":"first","answer":"invalid"}`,
		`{"msg":"call answered","request_id":"second","answer":"continue","source":"flight","rule":"15 claims","duration":0.25}`,
	} {
		_, err := fmt.Fprintln(conn, text)
		require.NoError(t, err)
	}
	assert.Equal(t, demo.Line{Message: "call answered", RequestID: "second", Answer: "continue", Source: "flight", Rule: "15 claims", Seconds: 0.25}, <-found)

	for n := range 300 {
		_, err := fmt.Fprintf(conn, `{"request_id":"n%d","answer":"block"}`+"\n", n)
		require.NoError(t, err)
	}
	_, err = lines.Of(ctx, "n299")
	require.NoError(t, err)
	short, cancel := context.WithTimeout(t.Context(), tick)
	defer cancel()
	_, err = lines.Of(short, "first")
	require.Error(t, err, "what is kept is bounded")

	_, _ = fmt.Fprintln(conn, strings.Repeat("x", 1<<20)) // more than a line may have: the connection is given up
	require.NoError(t, lines.Close(), "and Close returns while a writer is still there")
	require.NoError(t, conn.Close())
}
