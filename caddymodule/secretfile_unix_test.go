//go:build unix

package caddymodule

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/verdict"
)

// Opening a pipe waits for a writer, perhaps for ever, and with it every refused
// call and each that looks at the files (CWE-400).
func TestAPipeIsNoCredentialsFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, syscall.Mkfifo(path, 0o600))
	loaded := make(chan error, 1)
	go func() {
		_, err := newLiveAccounts([]Account{{Username: "b2c", Credential: "{file." + path + "}"}}, zap.NewNop())
		loaded <- err
	}()
	select {
	case err := <-loaded:
		require.ErrorContains(t, err, "is no regular file")
	case <-time.After(10 * time.Second):
		require.Fail(t, "loading the configuration waits for the pipe")
	}
	require.NoError(t, os.Remove(path))

	writeText(t, path, firstSecret)
	s, logs := fromFile(t, path)
	require.NoError(t, os.Remove(path))
	require.NoError(t, syscall.Mkfifo(path, 0o600))
	s.live.mu.Lock()
	s.live.refresh(time.Now().Add(lookEvery))
	s.live.mu.Unlock()
	assert.Zero(t, try(s, "b2c", firstSecret))
	assert.Equal(t, verdict.WrongCredentials, try(s, "b2c", "wrong"))
	assert.Equal(t, 1, logs.FilterMessage("a credential's file cannot be used; the last good credential stays").Len())
}
