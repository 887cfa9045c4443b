package credential

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What one call costs, once as a bound in allocations and once as a benchmark.
type costCase struct {
	name   string
	allocs float64
	call   func()
}

func costs(tb testing.TB) []costCase {
	tb.Helper()
	secret, text := NewSecret()
	_, next := NewSecret()
	fast, err := NewAccounts([]Account{
		{"b2c-user-flows", mustParse(tb, text)}, {"b2c-user-flows", mustParse(tb, next)},
	}, SlowCompare{})
	require.NoError(tb, err)
	slow := newFakeHashes()
	remembered, err := NewAccounts([]Account{{"b2c-user-flows", mustParse(tb, slow.bcrypt(secret))}}, slow.compare())
	require.NoError(tb, err)
	require.Equal(tb, Accepted{"b2c-user-flows"}, remembered.Verify(tb.Context(), nobodyKnows, "b2c-user-flows", secret))
	request := http.Request{Header: http.Header{}}
	request.SetBasicAuth("b2c-user-flows", secret)
	certificate := make([]byte, 1200)
	long, short := thumbprints(certificate)
	pins, err := ParsePins([]string{long, short})
	require.NoError(tb, err)

	ctx := tb.Context()
	return []costCase{
		{"digest accepted", 0, func() { fast.Verify(ctx, nobodyKnows, "b2c-user-flows", secret) }},
		{"digest refused", 0, func() { fast.Verify(ctx, nobodyKnows, "b2c-user-flows", secret[1:]) }},
		{"slow hash remembered", 8, func() { remembered.Verify(ctx, nobodyKnows, "b2c-user-flows", secret) }},
		{"header", 2, func() { ParseBasic(request.Header) }},
		{"pin", 0, func() { pins.Match(certificate) }},
	}
}

func TestAllocationsOfOneCall(t *testing.T) { // not parallel: AllocsPerRun counts the process's
	for _, c := range costs(t) {
		assert.LessOrEqual(t, testing.AllocsPerRun(200, c.call), c.allocs, c.name)
	}
}

func BenchmarkOneCall(b *testing.B) {
	for _, c := range costs(b) {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c.call()
			}
		})
	}
}
