package simulator

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/internal/contract"
)

// endpoint answers in memory, so that time can be synthetic.
type endpoint func(attempt int, r *http.Request) (*http.Response, error)

type transport struct {
	mu     sync.Mutex
	bodies [][]byte
	answer endpoint
}

func (e *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	e.mu.Lock()
	e.bodies = append(e.bodies, body)
	attempt := len(e.bodies)
	e.mu.Unlock()
	return e.answer(attempt, r)
}

func after(d time.Duration, status int) endpoint {
	return func(_ int, r *http.Request) (*http.Response, error) {
		select {
		case <-time.After(d):
			return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader([]byte(`{}`))), Request: r}, nil
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}
}

func TestAskWaitsAndTriesAsTheProviderDoes(t *testing.T) {
	t.Parallel()
	first := func(one, others endpoint) endpoint {
		return func(attempt int, r *http.Request) (*http.Response, error) {
			if attempt == 1 {
				return one(attempt, r)
			}
			return others(attempt, r)
		}
	}
	for name, tc := range map[string]struct {
		answer   endpoint
		attempts int
		status   int
		elapsed  time.Duration
		err      error
	}{
		"at once":                      {after(0, 200), 1, 200, 0, nil},
		"just in time":                 {after(4*time.Second, 400), 1, 400, 4 * time.Second, nil},
		"a server error is an answer":  {after(0, 500), 1, 500, 0, nil},
		"a redirect is an answer":      {after(0, 302), 1, 302, 0, nil},
		"a broken connection is final": {func(int, *http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF }, 1, 0, 0, io.ErrUnexpectedEOF},
		"late, then at once":           {first(after(time.Minute, 200), after(time.Second, 200)), 2, 200, 6 * time.Second, nil},
		"late, then broken":            {first(after(time.Minute, 200), func(int, *http.Request) (*http.Response, error) { return nil, io.EOF }), 2, 0, 5 * time.Second, io.EOF},
		"never":                        {after(time.Hour, 200), 2, 0, 10 * time.Second, ErrTimeout},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				e := &transport{answer: tc.answer}
				body, kind := Call(contract.UserFlow, PostAttributeCollection, nil)
				x := Provider{URL: "https://api.example.com/signup", Client: &http.Client{Transport: e}}.
					Ask(t.Context(), Request{Body: body, ContentType: kind})
				assert.Len(t, x.Attempts, tc.attempts)
				assert.Equal(t, tc.status, x.Status)
				assert.Equal(t, tc.status, x.Attempts[len(x.Attempts)-1].Status)
				assert.Equal(t, tc.elapsed, x.Elapsed)
				require.ErrorIs(t, x.Err, tc.err)
				for _, sent := range e.bodies {
					assert.Equal(t, body, sent, "the same bytes at each attempt")
				}
				assert.Len(t, e.bodies, tc.attempts)
			})
		})
	}
}

func TestAskEndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		x := Provider{URL: "https://api.example.com/", Client: &http.Client{Transport: &transport{answer: after(time.Hour, 200)}}}.Ask(ctx, Request{})
		assert.Len(t, x.Attempts, 1, "nobody waits for a second")
		assert.Equal(t, time.Second, x.Elapsed)
		require.ErrorIs(t, x.Err, context.DeadlineExceeded)
	})
}

func TestWhatIsSent(t *testing.T) {
	t.Parallel()
	got := make(chan *http.Request, 64) // more than a client that follows redirects sends
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got <- r.Clone(context.Background())
		w.Header().Set("Content-Encoding", "gzip")
		http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
	}))
	t.Cleanup(server.Close)
	x := Provider{URL: server.URL, Basic: url.UserPassword("b2c", "a:b")}.Ask(t.Context(), Request{Body: []byte(`{}`)})
	require.NoError(t, x.Err)
	assert.Equal(t, http.StatusTemporaryRedirect, x.Status, "no redirect is followed")
	assert.Equal(t, "gzip", x.Header.Get("Content-Encoding"))
	r := <-got
	assert.Equal(t, http.Header{
		"Authorization": {"Basic YjJjOmE6Yg=="}, "Content-Type": {"application/json"},
		"Content-Length": {"2"}, "User-Agent": {"Gatehouse-Simulator"}, "Connection": {"close"},
	}, r.Header)
	assert.Equal(t, http.MethodPost, r.Method)

	x = Provider{URL: server.URL}.Ask(t.Context(), Request{Method: http.MethodGet})
	require.NoError(t, x.Err)
	assert.Empty(t, (<-got).Header.Get("Content-Type"), "there is no body")

	x = Provider{URL: ":"}.Ask(t.Context(), Request{})
	require.ErrorContains(t, x.Err, `calling ":"`)
}

func TestAnEndlessAnswerIsNotRead(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := w.Write(make([]byte, 64<<10)); err != nil {
				return
			}
		}
	}))
	t.Cleanup(server.Close)
	x := Provider{URL: server.URL}.Ask(t.Context(), Request{})
	require.ErrorContains(t, x.Err, "over 1048576 bytes")
}

func TestAttemptOf(t *testing.T) {
	t.Parallel()
	assert.Equal(t, 5*time.Second, AttemptOf(contract.UserFlow))
	assert.Equal(t, 10*time.Second, AttemptOf(contract.CustomPolicy))
}
