package caddymodule

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/caddyauth"
	"go.uber.org/zap"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/credential"
)

const (
	lookEvery   = time.Second
	warnEvery   = time.Minute
	maxFileSize = 1 << 20 // as Caddy's {file.*} has it
)

// liveAccounts are the accounts of a configuration and the files that their
// credentials come from. A file that changes, by a rename or by Kubernetes' swap
// of a symbolic link, is live without a reload. There is no goroutine: whoever
// calls looks, at most once a second.
type liveAccounts struct {
	configured []Account
	logger     *zap.Logger
	fromFiles  bool
	now        atomic.Pointer[credential.Accounts]

	looked atomic.Int64 // at the files' dates, in Unix nanoseconds

	mu     sync.Mutex
	files  map[string]fs.FileInfo // that what is live was read from
	text   [sha256.Size]byte      // of what is live
	read   time.Time              // when the files' contents were last read
	warned time.Time
}

// newLiveAccounts reads the credentials and reports every problem at once.
func newLiveAccounts(configured []Account, logger *zap.Logger) (*liveAccounts, error) {
	l := &liveAccounts{configured: configured, logger: logger}
	now := time.Now()
	l.looked.Store(now.UnixNano())
	l.read = now
	parsed, files, text, err := parseAccounts(configured)
	if err != nil {
		return nil, err
	}
	l.files, l.text, l.fromFiles = files, text, len(files) > 0
	l.now.Store(parsed)
	return l, nil
}

// current are the accounts to check a call with.
func (l *liveAccounts) current(now time.Time) *credential.Accounts {
	if !l.fromFiles {
		return l.now.Load()
	}
	looked := l.looked.Load()
	if now.UnixNano()-looked >= int64(lookEvery) && l.looked.CompareAndSwap(looked, now.UnixNano()) && l.mu.TryLock() {
		if l.changed() {
			l.refresh(now)
		}
		l.mu.Unlock()
	}
	return l.now.Load()
}

// afterRefusal are the accounts to try a refused call with once more, or nil where
// they are the ones that refused it. It reads the contents, since dates can
// deceive: two writes within one tick of the file system's clock look alike.
func (l *liveAccounts) afterRefusal(now time.Time, refusedBy *credential.Accounts) *credential.Accounts {
	if !l.fromFiles {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Sub(l.read) >= lookEvery {
		l.refresh(now)
	}
	if live := l.now.Load(); live != refusedBy {
		return live
	}
	return nil
}

// changed looks at the files behind the names, through symbolic links.
func (l *liveAccounts) changed() bool {
	for path, before := range l.files {
		after, err := os.Stat(path)
		switch {
		case err != nil:
			return true
		case !os.SameFile(before, after) || before.Size() != after.Size() || !before.ModTime().Equal(after.ModTime()):
			return true
		}
	}
	return false
}

// refresh reads all credentials anew. Where one cannot be read or is invalid, the
// last good ones stay.
func (l *liveAccounts) refresh(now time.Time) {
	l.read = now
	parsed, files, text, err := parseAccounts(l.configured)
	switch {
	case err != nil:
		if now.Sub(l.warned) >= warnEvery {
			l.warned = now
			l.logger.Warn("a credential's file cannot be used; the last good credential stays", zap.Error(err))
		}
		return
	case text != l.text: // else a touch of the file: what is remembered stays
		l.now.Store(parsed)
		l.text = text
		l.logger.Info("a credential's file has changed and is live", zap.Strings("files", slices.Sorted(maps.Keys(files))))
	}
	for path := range l.files {
		l.files[path] = files[path]
	}
	l.warned = time.Time{}
}

// parseAccounts replaces the placeholders and parses the credentials. files are
// those that were read, as they were just before.
func parseAccounts(configured []Account) (parsed *credential.Accounts, files map[string]fs.FileInfo, text [sha256.Size]byte, err error) {
	var accounts []credential.Account
	var problems []error
	files = make(map[string]fs.FileInfo)
	all := sha256.New()
	for _, a := range configured {
		username, err1 := expandFiles(a.Username, files)
		secret, err2 := expandFiles(a.Credential, files)
		if err := errors.Join(err1, err2); err != nil {
			problems = append(problems, fmt.Errorf("basic %q: %w", a.Username, err))
			continue
		}
		one, err := credential.Parse(secret)
		if err != nil {
			problems = append(problems, fmt.Errorf("basic %q: %w", a.Username, err))
			continue
		}
		accounts = append(accounts, credential.Account{Username: username, Credential: one})
		_, _ = fmt.Fprintf(all, "%d %s %d %s ", len(username), username, len(secret), secret)
	}
	if len(problems) > 0 {
		return nil, files, text, errors.Join(problems...)
	}
	parsed, err = credential.NewAccounts(accounts, credential.SlowCompare{
		Bcrypt:   caddyauth.BcryptHash{}.Compare,
		Argon2id: caddyauth.Argon2idHash{}.Compare,
	})
	return parsed, files, [sha256.Size]byte(all.Sum(nil)), err
}

// expand replaces the placeholders of a configured value. One that is unknown or
// empty is an error: it would let nobody in, or anybody.
func expand(configured string) (string, error) {
	return expandFiles(configured, make(map[string]fs.FileInfo))
}

// expandFiles is expand that notes which files it read. It reads them itself: for
// a file that is gone Caddy's own placeholder writes an error to the log each time.
func expandFiles(configured string, files map[string]fs.FileInfo) (string, error) {
	var failed error
	replacer := caddy.NewReplacer().WithoutFile()
	replacer.Map(func(key string) (any, bool) {
		path, isFile := strings.CutPrefix(key, "file.")
		if !isFile {
			return nil, false
		}
		content, info, err := readFile(path)
		files[path] = info
		failed = errors.Join(failed, err)
		return content, true
	})
	text, err := replacer.ReplaceOrErr(configured, true, true)
	if failed != nil {
		err = failed
	}
	if err != nil {
		return "", fmt.Errorf("%w; set the variable or create the file before the configuration is loaded", err)
	}
	return text, nil
}

// readFile reads a file's text without the line end that editors add, and what
// the file was before that: a change meanwhile then shows at the next look.
func readFile(path string) (string, fs.FileInfo, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", nil, fmt.Errorf("reading a credential: %w", err)
	}
	defer func() { _ = file.Close() }() // it was only read
	info, err := file.Stat()
	if err != nil {
		return "", nil, fmt.Errorf("reading a credential: %w", err)
	}
	content, err := io.ReadAll(io.LimitReader(file, maxFileSize))
	if err != nil {
		return "", nil, fmt.Errorf("reading a credential: %w", err)
	}
	return strings.TrimSuffix(strings.TrimSuffix(string(content), "\n"), "\r"), info, nil
}
