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
	"syscall"
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
	lines  []accountLine // what is live, one for each that is configured
	read   time.Time     // when the files' contents were last read
	warned time.Time
}

// accountLine is an account as it was read.
type accountLine struct {
	account credential.Account
	text    [sha256.Size]byte      // of its username and credential
	files   map[string]fs.FileInfo // that it was read from, as they were just before
}

// newLiveAccounts reads the credentials and reports every problem at once.
func newLiveAccounts(configured []Account, logger *zap.Logger) (*liveAccounts, error) {
	l := &liveAccounts{configured: configured, logger: logger}
	now := time.Now()
	l.looked.Store(now.UnixNano())
	l.read = now
	var problems []error
	for _, account := range configured {
		line, err := readAccount(account)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		l.lines = append(l.lines, line)
		l.fromFiles = l.fromFiles || len(line.files) > 0
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	accounts, err := accountsOf(l.lines)
	if err != nil {
		return nil, err
	}
	l.now.Store(accounts)
	return l, nil
}

// current are the accounts to check a call with.
func (l *liveAccounts) current() *credential.Accounts {
	if !l.fromFiles {
		return l.now.Load()
	}
	now := time.Now()
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
func (l *liveAccounts) afterRefusal(refusedBy *credential.Accounts) *credential.Accounts {
	if !l.fromFiles {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if now := time.Now(); now.Sub(l.read) >= lookEvery {
		l.refresh(now)
	}
	if live := l.now.Load(); live != refusedBy {
		return live
	}
	return nil
}

// changed looks at the files behind the names, through symbolic links.
func (l *liveAccounts) changed() bool {
	for _, line := range l.lines {
		for path, before := range line.files {
			after, err := os.Stat(path)
			switch {
			case err != nil:
				return true
			case !os.SameFile(before, after) || before.Size() != after.Size() || !before.ModTime().Equal(after.ModTime()):
				return true
			}
		}
	}
	return false
}

// refresh reads all credentials anew. Of one that cannot be read or is invalid the
// last good one stays; it does not hold up the others, since one of them may be
// replaced because it has leaked.
func (l *liveAccounts) refresh(now time.Time) {
	l.read = now
	lines := slices.Clone(l.lines)
	var problems []error
	var changed []string // files
	for i, configured := range l.configured {
		line, err := readAccount(configured)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		if line.text != lines[i].text { // else a touch of the file
			changed = slices.AppendSeq(changed, maps.Keys(line.files))
		}
		lines[i] = line
	}
	accounts, err := accountsOf(lines)
	if err != nil { // a username from a file
		problems = append(problems, err)
		lines, changed = l.lines, nil
	}
	l.lines = lines
	if len(changed) > 0 {
		l.now.Store(accounts)
		slices.Sort(changed)
		l.logger.Info("a credential's file has changed and is live", zap.Strings("files", slices.Compact(changed)))
	}
	switch {
	case len(problems) == 0:
		l.warned = time.Time{}
	case now.Sub(l.warned) >= warnEvery:
		l.warned = now
		l.logger.Warn("a credential's file cannot be used; the last good credential stays", zap.Error(errors.Join(problems...)))
	}
}

// readAccount replaces the placeholders of an account and parses its credential.
func readAccount(configured Account) (accountLine, error) {
	line := accountLine{files: make(map[string]fs.FileInfo)}
	username, err1 := expandFiles(configured.Username, line.files)
	secret, err2 := expandFiles(configured.Credential, line.files)
	parsed, err := credential.Credential(nil), errors.Join(err1, err2)
	if err == nil {
		parsed, err = credential.Parse(secret)
	}
	if err != nil {
		return accountLine{}, fmt.Errorf("basic %q: %w", configured.Username, err)
	}
	line.account = credential.Account{Username: username, Credential: parsed}
	line.text = sha256.Sum256(fmt.Appendf(nil, "%d %s %s", len(username), username, secret))
	return line, nil
}

func accountsOf(lines []accountLine) (*credential.Accounts, error) {
	accounts := make([]credential.Account, len(lines))
	for i, line := range lines {
		accounts[i] = line.account
	}
	return credential.NewAccounts(accounts, credential.SlowCompare{
		Bcrypt:   caddyauth.BcryptHash{}.Compare,
		Argon2id: caddyauth.Argon2idHash{}.Compare,
	})
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
	// Without O_NONBLOCK opening a pipe waits for its writer; on a regular file it
	// does nothing.
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return "", nil, fmt.Errorf("reading a credential: %w", err)
	}
	defer func() { _ = file.Close() }() // it was only read
	info, err := file.Stat()
	if err != nil {
		return "", nil, fmt.Errorf("reading a credential: %w", err)
	}
	if !info.Mode().IsRegular() {
		return "", nil, fmt.Errorf("reading a credential: %q is no regular file", path)
	}
	content, err := io.ReadAll(io.LimitReader(file, maxFileSize+1))
	if err != nil {
		return "", nil, fmt.Errorf("reading a credential: %w", err)
	}
	if len(content) > maxFileSize {
		return "", nil, fmt.Errorf("reading a credential: %q is larger than 1 MiB", path)
	}
	return strings.TrimSuffix(strings.TrimSuffix(string(content), "\n"), "\r"), info, nil
}
