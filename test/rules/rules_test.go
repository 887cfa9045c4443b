package rules_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// bans say which packages may not be imported where, and why.
var bans = []struct {
	name    string
	what    func(imported string) bool
	allowed func(s source) bool
	reason  string
}{
	{
		"Caddy stays at the edge",
		func(imported string) bool { return under(imported, "github.com/caddyserver/caddy") },
		func(s source) bool {
			return s.folder == "caddymodule" || under(s.folder, "cmd") || under(s.folder, "test")
		},
		"only caddymodule/*.go, cmd and test import Caddy: the packages under caddymodule/internal build and test in seconds without it, and serve a second host as they are",
	},
	{
		"the core does not look back",
		func(imported string) bool { return imported == module+"/caddymodule" },
		func(s source) bool { return !under(s.folder, "caddymodule/internal") },
		"values go one way, from the Caddy module to the core; an import back would be a cycle through a test at best",
	},
	{
		"tests drive the binary",
		func(imported string) bool { return under(imported, module+"/caddymodule") },
		func(s source) bool { return !under(s.folder, "test") || s.folder == "test/bench/profiled" }, // a binary, for the bench to measure
		"suites under test are black-box: what they import of the product they would not test",
	},
	{
		"no expirable cache",
		func(imported string) bool { return under(imported, "github.com/hashicorp/golang-lru/v2/expirable") },
		func(source) bool { return false },
		"golang-lru/v2/expirable starts a goroutine that nothing can stop, so each configuration load would leak one; use the plain lru with a time in each entry",
	},
	{
		"no test tools in the product",
		func(imported string) bool {
			return under(imported, "github.com/stretchr/testify") || under(imported, "pgregory.net/rapid") || under(imported, "testing") ||
				under(imported, module) && strings.HasSuffix(imported, "test")
		},
		func(s source) bool {
			// A package such as net/http/httptest is for the tests of others.
			return s.isTest() || under(s.folder, "test") || under(s.folder, "dashboards") || strings.HasSuffix(s.folder, "test")
		},
		"a test library in the binary is size and attack surface for nothing",
	},
}

func TestImports(t *testing.T) {
	t.Parallel()
	all := sources(t)
	for _, ban := range bans {
		t.Run(ban.name, func(t *testing.T) {
			t.Parallel()
			for _, s := range all {
				for _, imported := range s.imports {
					if ban.what(imported) && !ban.allowed(s) {
						t.Errorf("%s imports %s: %s", s.path, imported, ban.reason)
					}
				}
			}
		})
	}
}

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	t.Parallel()
	documented := make(map[string]bool)
	for _, s := range sources(t) {
		if s.isTest() {
			continue
		}
		good := strings.HasPrefix(s.doc, "Package "+s.pkg+" ") || s.pkg == "main" && strings.HasPrefix(s.doc, "Command ")
		documented[s.folder] = documented[s.folder] || good
	}
	for folder, is := range documented {
		assert.Truef(t, is, "%s has no package comment that starts with its name: a reader meets the package by its documentation first", folder)
	}
}

func TestPackagesAreNamedForWhatTheyYield(t *testing.T) {
	t.Parallel()
	empty := map[string]bool{"util": true, "utils": true, "common": true, "helper": true, "helpers": true, "manager": true, "misc": true}
	for _, s := range sources(t) {
		assert.Falsef(t, empty[s.pkg], "%s: package %s says nothing of what is in it, so everything ends up there", s.path, s.pkg)
	}
}

// TestNoPathsOfOneMachine: what works in one checkout alone is broken in all
// others, and a path tells whose machine it was.
func TestNoPathsOfOneMachine(t *testing.T) {
	t.Parallel()
	top := root(t)
	// In pieces, so that this file passes.
	folders := "/" + "(?:work|farm)" + "/"
	pattern := regexp.MustCompile(`(?:^|[^[:alnum:]./_-])(?:` + folders + `|` + regexp.QuoteMeta(filepath.ToSlash(top)) + `\b)`)
	files(t, func(path string, entry fs.DirEntry) {
		info, err := entry.Info()
		require.NoError(t, err)
		if info.Size() > 4<<20 {
			return
		}
		content, err := os.ReadFile(filepath.Join(top, path))
		require.NoError(t, err)
		if bytes.IndexByte(content, 0) >= 0 { // no text
			return
		}
		for number, line := range strings.Split(string(content), "\n") {
			if at := pattern.FindString(line); at != "" {
				t.Errorf("%s:%d has %q, a path of one machine; use t.TempDir, a path from the repository's root or an environment variable", path, number+1, strings.TrimSpace(at))
			}
		}
	})
}
