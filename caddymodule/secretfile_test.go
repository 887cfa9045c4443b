package caddymodule

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/verdict"
)

const (
	firstSecret  = "the first secret, long enough"
	secondSecret = "the second secret, long enough"
)

// fromFile is a method of which the account b2c has its credential in a file.
func fromFile(t *testing.T, path string) (*ConnectorSecret, *observer.ObservedLogs) {
	t.Helper()
	core, logs := observer.New(zapcore.InfoLevel)
	live, err := newLiveAccounts([]Account{
		{Username: "b2c", Credential: "plain:{file." + path + "}"},
		{Username: "fixed", Credential: testCredential()},
	}, zap.New(core))
	require.NoError(t, err)
	return &ConnectorSecret{live: live}, logs
}

func try(s *ConnectorSecret, username, password string) verdict.Reason {
	r := httptest.NewRequest(http.MethodPost, "/", http.NoBody)
	r.SetBasicAuth(username, password)
	_, reason := s.identify(prepare(r))
	return reason
}

func writeText(t testing.TB, path, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
}

// renameOver is how careful editors and secret agents write a file.
func renameOver(t *testing.T, path, text string) {
	t.Helper()
	writeText(t, path+".new", text)
	require.NoError(t, os.Rename(path+".new", path))
}

// Each way to change a file leaves the same: new one in, old one out.
func TestACredentialsFileIsFollowed(t *testing.T) {
	t.Parallel()
	for name, prepareFile := range map[string]func(t *testing.T) (path string, change func(text string)){
		"rename": func(t *testing.T) (string, func(string)) {
			path := filepath.Join(t.TempDir(), "secret")
			return path, func(text string) { renameOver(t, path, text) }
		},
		"written in place": func(t *testing.T) (string, func(string)) {
			path := filepath.Join(t.TempDir(), "secret")
			return path, func(text string) { writeText(t, path, text) }
		},
		// secret → ..data/secret, ..data → ..1; the kubelet makes ..2 and renames a new ..data over the old.
		"swap of ..data": func(t *testing.T) (string, func(string)) {
			folder, version := t.TempDir(), 0
			require.NoError(t, os.Symlink("..data/secret", filepath.Join(folder, "secret")))
			return filepath.Join(folder, "secret"), func(text string) {
				version++
				data := ".." + string(rune('0'+version))
				require.NoError(t, os.Mkdir(filepath.Join(folder, data), 0o700))
				writeText(t, filepath.Join(folder, data, "secret"), text)
				require.NoError(t, os.Symlink(data, filepath.Join(folder, "..data_tmp")))
				require.NoError(t, os.Rename(filepath.Join(folder, "..data_tmp"), filepath.Join(folder, "..data")))
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				path, change := prepareFile(t)
				change(firstSecret + "\n")
				s, logs := fromFile(t, path)
				require.Zero(t, try(s, "b2c", firstSecret))
				require.Equal(t, verdict.WrongCredentials, try(s, "b2c", secondSecret))

				// The new one is tried: its own refusal makes the file be read.
				<-time.After(lookEvery)
				change(secondSecret + "\n")
				assert.Zero(t, try(s, "b2c", secondSecret))
				assert.Equal(t, verdict.WrongCredentials, try(s, "b2c", firstSecret))
				assert.Zero(t, try(s, "fixed", testSecret), "the others stay")

				// The old one is tried: that somebody looks once a second makes it end.
				<-time.After(lookEvery)
				change(firstSecret + ", again\n")
				assert.Equal(t, verdict.WrongCredentials, try(s, "b2c", secondSecret))
				assert.Zero(t, try(s, "b2c", firstSecret+", again"))

				assert.Equal(t, 2, logs.FilterMessage("a credential's file has changed and is live").Len())
				for _, entry := range logs.All() {
					assert.NotContains(t, entry.Message, "secret, long enough")
					assert.NotContains(t, entry.ContextMap(), firstSecret)
				}
			})
		})
	}
}

// A file within one tick of the file system's clock and of the same size looks as
// before; a refusal reads it all the same.
func TestAChangeThatDatesDoNotShow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "secret")
		writeText(t, path, firstSecret)
		date := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
		require.NoError(t, os.Chtimes(path, date, date))
		s, _ := fromFile(t, path)
		const same = "the 1rst secret, long enough" + "!"
		require.Len(t, same, len(firstSecret))
		writeText(t, path, same)
		require.NoError(t, os.Chtimes(path, date, date))
		<-time.After(lookEvery)
		assert.Zero(t, try(s, "b2c", same))
		assert.Equal(t, verdict.WrongCredentials, try(s, "b2c", firstSecret))
	})
}

// Wrong passwords must not make the disk busy.
func TestTheFileIsReadOnceASecondAtMost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "secret")
		writeText(t, path, firstSecret)
		s, _ := fromFile(t, path)
		<-time.After(lookEvery)
		require.Equal(t, verdict.WrongCredentials, try(s, "b2c", "wrong"))
		renameOver(t, path, secondSecret)
		assert.Equal(t, verdict.WrongCredentials, try(s, "b2c", secondSecret))
		<-time.After(lookEvery)
		assert.Zero(t, try(s, "b2c", secondSecret), "a second later")
	})
}

func TestABrokenFileLeavesTheLastGoodCredential(t *testing.T) {
	t.Parallel()
	for name, destroy := range map[string]func(t *testing.T, path string){
		"gone":      func(t *testing.T, path string) { require.NoError(t, os.Remove(path)) },
		"empty":     func(t *testing.T, path string) { renameOver(t, path, "") },
		"too short": func(t *testing.T, path string) { renameOver(t, path, "canary") },
		"a folder": func(t *testing.T, path string) {
			require.NoError(t, os.Remove(path))
			require.NoError(t, os.Mkdir(path, 0o700))
		},
		"two lines": func(t *testing.T, path string) { renameOver(t, path, secondSecret+"\ncanary\n") },
		"a loop": func(t *testing.T, path string) {
			require.NoError(t, os.Remove(path))
			require.NoError(t, os.Symlink(path, path))
		},
		"larger than a credential can be": func(t *testing.T, path string) {
			renameOver(t, path, secondSecret+strings.Repeat("x", maxFileSize))
		},
		"no UTF-8 ÿ": func(t *testing.T, path string) { renameOver(t, path, secondSecret+"\xff") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "secret")
				writeText(t, path, firstSecret)
				s, logs := fromFile(t, path)
				destroy(t, path)
				for range 119 { // 2 minutes less a second
					<-time.After(lookEvery)
					require.Zero(t, try(s, "b2c", firstSecret))
					require.Equal(t, verdict.WrongCredentials, try(s, "b2c", "wrong"))
				}
				warnings := logs.FilterMessage("a credential's file cannot be used; the last good credential stays").All()
				assert.Len(t, warnings, 2, "once a minute")
				assert.Equal(t, len(warnings), logs.Len())
				for _, entry := range warnings {
					assert.NotContains(t, entry.ContextMap()["error"], "canary")
				}

				require.NoError(t, os.RemoveAll(path))
				renameOver(t, path, secondSecret)
				<-time.After(lookEvery)
				assert.Zero(t, try(s, "b2c", secondSecret), "and a good file is live again")
				assert.Equal(t, verdict.WrongCredentials, try(s, "b2c", firstSecret))
			})
		})
	}
}

// While one file is gone, a leaked secret in another can still be replaced.
func TestABrokenFileDoesNotHoldUpTheOthers(t *testing.T) {
	t.Parallel()
	for name, destroy := range map[string]func(path string) error{
		"gone":  os.Remove,
		"empty": func(path string) error { return os.Truncate(path, 0) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				folder := t.TempDir()
				broken, leaked := filepath.Join(folder, "broken"), filepath.Join(folder, "leaked")
				writeText(t, broken, "plain:"+firstSecret)
				writeText(t, leaked, "plain:"+secondSecret)
				core, logs := observer.New(zapcore.InfoLevel)
				live, err := newLiveAccounts([]Account{
					{Username: "first", Credential: "{file." + broken + "}"},
					{Username: "b2c", Credential: "{file." + leaked + "}"},
				}, zap.New(core))
				require.NoError(t, err)
				s := &ConnectorSecret{live: live}

				require.NoError(t, destroy(broken))
				renameOver(t, leaked, "plain:"+secondSecret+", again")
				<-time.After(lookEvery)
				assert.Equal(t, verdict.WrongCredentials, try(s, "b2c", secondSecret), "the leaked one is out")
				assert.Zero(t, try(s, "b2c", secondSecret+", again"))
				assert.Zero(t, try(s, "first", firstSecret), "the last good one of the broken file stays")
				warnings := logs.FilterMessage("a credential's file cannot be used; the last good credential stays").All()
				require.Len(t, warnings, 1)
				assert.Contains(t, warnings[0].ContextMap()["error"], `basic "first"`)

				renameOver(t, broken, "plain:"+firstSecret+", again")
				<-time.After(lookEvery)
				assert.Equal(t, verdict.WrongCredentials, try(s, "first", firstSecret))
				assert.Zero(t, try(s, "first", firstSecret+", again"))
			})
		})
	}
}

// No call fails while files are swapped under load, as long as both secrets are
// live together.
func TestSwapsUnderLoad(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	one, two := filepath.Join(folder, "one"), filepath.Join(folder, "two")
	writeText(t, one, firstSecret)
	writeText(t, two, secondSecret)
	live, err := newLiveAccounts([]Account{
		{Username: "b2c", Credential: "plain:{file." + one + "}"},
		{Username: "b2c", Credential: "plain:{file." + two + "}"},
	}, zap.NewNop())
	require.NoError(t, err)
	s := &ConnectorSecret{live: live}
	stop := make(chan struct{})
	var callers sync.WaitGroup
	for range 2 {
		callers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					assert.Zero(t, try(s, "b2c", secondSecret))
				}
			}
		})
	}
	for i := range 300 {
		renameOver(t, one, firstSecret+strconv.Itoa(i))
		live.mu.Lock()
		live.refresh(time.Now())
		live.mu.Unlock()
	}
	close(stop)
	callers.Wait()
}

// While a file holds a digest nobody's address is looked up; once it holds a slow
// hash, wrong passwords are limited by it, from the first call on (CWE-400).
func TestAFileThatTurnsToASlowHashIsThrottled(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "secret")
	writeText(t, path, testCredential())
	live, err := newLiveAccounts([]Account{{Username: "b2c", Credential: "{file." + path + "}"}}, zap.NewNop())
	require.NoError(t, err)
	s := &ConnectorSecret{live: live}
	from := func(address, password string) verdict.Reason {
		r := httptest.NewRequest(http.MethodPost, "/", http.NoBody)
		r.RemoteAddr = address + ":1234"
		r.SetBasicAuth("b2c", password)
		_, reason := s.identify(prepare(r))
		return reason
	}
	for range 40 {
		require.Equal(t, verdict.WrongCredentials, from("192.0.2.71", "wrong"), "a digest has no limit")
	}
	renameOver(t, path, "$2b$04$"+strings.Repeat(".", 53))
	live.looked.Store(0) // as a second later
	for tries := 0; from("192.0.2.71", "wrong") != verdict.AuthBusy; tries++ {
		require.Less(t, tries, 200, "wrong passwords without end")
	}
	assert.Equal(t, verdict.WrongCredentials, from("192.0.2.72", "wrong"), "another address is not held up")
}
