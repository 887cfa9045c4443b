package legacy_test

import (
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

func TestMain(m *testing.M) { gatehouse.Main(m) }

// TestWhatTheUserReads replays the recorded answers of all frameworks.
func TestWhatTheUserReads(t *testing.T) {
	t.Parallel()
	answers := make(map[string]record)
	var goldens []golden
	for _, framework := range frameworks(t) {
		g := readGolden(t, framework)
		goldens = append(goldens, g)
		for _, r := range g.Answers {
			answers[framework+"/"+r.Case] = r
		}
	}
	upstream := gatehouse.NewUpstream(t, func(w http.ResponseWriter, r *http.Request) {
		answer := answers[r.URL.Query().Get("id")]
		if answer.Status == 0 {
			panic(http.ErrAbortHandler) // hangs up
		}
		w.Header()["Content-Type"] = nil // no guess where the framework sent none
		if answer.ContentType != "" {
			w.Header().Set("Content-Type", answer.ContentType)
		}
		w.WriteHeader(answer.Status)
		_, _ = io.WriteString(w, answer.bytes())
	})
	process := gatehouse.Start(t, site(upstream.Address()))
	for _, g := range goldens {
		t.Run(g.Framework, func(t *testing.T) {
			for _, r := range g.Answers {
				t.Run(r.Case, func(t *testing.T) {
					id := g.Framework + "/" + r.Case
					got := call(t, process, "/?id="+url.QueryEscape(id), with("", ""))
					r.Want.compare(t, got.want, r.bytes())
				})
			}
		})
	}
	requireNoCanary(t, process, len(answers))
}

// TestGoldensAreComplete: a case without a recorded answer would pass in silence.
func TestGoldensAreComplete(t *testing.T) {
	t.Parallel()
	var size int64
	leaky := 0
	for _, framework := range frameworks(t) {
		g := readGolden(t, framework)
		assert.Equal(t, framework, g.Framework)
		assert.Regexp(t, `\d+\.\d+`, g.Versions, framework)
		for _, c := range casesOf(framework) {
			r, found := g.find(c.name)
			if c.mode == "serve" {
				assert.True(t, found, "%s has no answer for %q; test/legacy/run --record writes it", framework, c.name)
			}
			if strings.Contains(r.Body, canary) {
				leaky++
			}
		}
		info, err := os.Stat(goldenPath(framework))
		require.NoError(t, err)
		size += info.Size()
	}
	assert.GreaterOrEqual(t, leaky, 5, "answers that hold the password prove something; these do not")
	assert.Less(t, size, int64(300_000), "bytes of all goldens")
}

// TestLocksNameNoRegistry: an address in a lock file would send everybody to the
// registry, or the mirror, of the one who wrote it.
func TestLocksNameNoRegistry(t *testing.T) {
	t.Parallel()
	locks, err := filepath.Glob(filepath.Join("*", "package-lock.json"))
	require.NoError(t, err)
	require.NotEmpty(t, locks)
	for _, lock := range locks {
		text, err := os.ReadFile(lock)
		require.NoError(t, err)
		assert.NotContains(t, string(text), `"resolved"`, "%s; npm leaves it out with the .npmrc beside it", lock)
	}
}

// frameworks are the folders that have a start file.
func frameworks(t *testing.T) []string {
	t.Helper()
	starts, err := filepath.Glob(filepath.Join("*", "start"))
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(starts), 10)
	names := make([]string, len(starts))
	for i, start := range starts {
		names[i] = filepath.Dir(start)
	}
	return names
}
