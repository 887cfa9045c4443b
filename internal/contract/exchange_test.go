package contract

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// answered serves one response on loopback and returns what a client makes of it.
func answered(t *testing.T, handler http.HandlerFunc) Exchange {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, server.URL, strings.NewReader(`{}`))
	require.NoError(t, err)
	resp, err := server.Client().Do(req)
	require.NoError(t, err)
	x, err := FromResponse(UserFlow, resp)
	require.NoError(t, err)
	x.Step = flowBlock.Step
	return x
}

func sendBlock(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(flowBlock.Body)
}

func TestFromResponsePassesALegalAnswer(t *testing.T) {
	t.Parallel()
	x := answered(t, func(w http.ResponseWriter, _ *http.Request) { sendBlock(w) })
	got, err := Check(x)
	require.NoError(t, err)
	assert.Equal(t, Block, got.Kind)
	assert.Equal(t, http.MethodPost, x.Method)
}

// Without FromResponse these three would pass: net/http takes the evidence away.
func TestFromResponseRestoresWhatNetHTTPHides(t *testing.T) {
	t.Parallel()
	chunked := answered(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		_ = http.NewResponseController(w).Flush()
		_, _ = w.Write(flowBlock.Body)
	})
	assert.ElementsMatch(t, []Rule{RuleTransferEncoding, RuleContentLength}, rulesOf(check(chunked)))

	trailed := answered(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Trailer", "X-Checksum")
		sendBlock(w)
		w.Header().Set("X-Checksum", "1")
	})
	assert.ElementsMatch(t, []Rule{RuleTransferEncoding, RuleContentLength, RuleTrailer}, rulesOf(check(trailed)))

	unpacked, err := FromResponse(UserFlow, &http.Response{
		StatusCode: 200, Uncompressed: true, Body: io.NopCloser(strings.NewReader(string(flowBlock.Body))),
		Header: http.Header{"Content-Type": {"application/json"}, "Cache-Control": {"no-store"}},
	})
	require.NoError(t, err)
	assert.ElementsMatch(t, []Rule{RuleContentEncoding, RuleContentLength}, rulesOf(check(unpacked)))
}

func TestFromResponseReportsABrokenOrEndlessBody(t *testing.T) {
	t.Parallel()
	broken := errors.New("reset")
	_, err := FromResponse(UserFlow, &http.Response{Body: io.NopCloser(iotest.ErrReader(broken))})
	require.ErrorIs(t, err, broken)
	_, err = FromResponse(UserFlow, &http.Response{Body: io.NopCloser(strings.NewReader(strings.Repeat(" ", maxBody+1)))})
	require.ErrorContains(t, err, "over 1048576 bytes")
	_, err = FromResponse(UserFlow, &http.Response{Body: http.NoBody})
	require.NoError(t, err)
}
