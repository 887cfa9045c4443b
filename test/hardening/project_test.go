package hardening_test

import (
	"bytes"
	"context"
	"encoding/json"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// goTool runs the go command in the repository's root.
func goTool(t *testing.T, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, "go", args...)
	command.Dir = gatehouse.Root(t)
	command.Env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=-mod=readonly", "GOWORK=off")
	var stderr bytes.Buffer
	command.Stderr = &stderr
	out, err := command.Output()
	require.NoError(t, err, "go %s\n%s", strings.Join(args, " "), stderr.String())
	return string(out)
}

// permissive are the beginnings of licences that let anybody build and sell what
// is made with them.
var permissive = []string{
	"Apache License", "MIT License", "The MIT License", "Permission is hereby granted, free of charge",
	"Redistribution and use in source and binary forms", "ISC License", "Mozilla Public License",
}

// TestQ36_TheSupplyChainIsWhatItSays: is what is built what was reviewed?
// CWE-829, CWE-1357. Answer: `go mod verify` holds, nothing is replaced, our code
// has no cgo and no unsafe, and each direct dependency has a licence that goes
// with ours.
func TestQ36_TheSupplyChainIsWhatItSays(t *testing.T) {
	t.Parallel()
	assert.Contains(t, goTool(t, "mod", "verify"), "all modules verified")

	var module struct {
		Require []struct {
			Path, Version string
			Indirect      bool
		}
		Replace, Exclude []struct{ Old struct{ Path string } }
	}
	require.NoError(t, json.Unmarshal([]byte(goTool(t, "mod", "edit", "-json")), &module))
	assert.Empty(t, module.Replace, "what is replaced is not what go.sum says to anybody else")
	assert.Empty(t, module.Exclude)

	root := gatehouse.Root(t)
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			if err == nil && slices.Contains([]string{".git", "node_modules", "testdata", "bin"}, entry.Name()) {
				return fs.SkipDir
			}
			return err
		}
		if filepath.Ext(path) == ".s" || filepath.Ext(path) == ".c" {
			assert.Fail(t, "assembly or C", path)
		}
		if filepath.Ext(path) != ".go" {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly|parser.ParseComments)
		if err != nil {
			return err
		}
		for _, spec := range file.Imports {
			assert.NotContains(t, []string{`"C"`, `"unsafe"`}, spec.Path.Value, path)
		}
		for _, group := range file.Comments {
			for _, comment := range group.List {
				assert.False(t, strings.HasPrefix(comment.Text, "//go:linkname"), path)
			}
		}
		return nil
	})
	require.NoError(t, err)

	direct := 0
	for _, dependency := range module.Require {
		if dependency.Indirect {
			continue
		}
		direct++
		folder := strings.TrimSpace(goTool(t, "list", "-m", "-f", "{{.Dir}}", dependency.Path))
		require.NotEmpty(t, folder, "%s is not in the module cache", dependency.Path)
		files, err := filepath.Glob(filepath.Join(folder, "LICEN[CS]E*"))
		require.NoError(t, err)
		require.NotEmpty(t, files, "%s has no licence", dependency.Path)
		text, err := os.ReadFile(files[0])
		require.NoError(t, err)
		assert.True(t, slices.ContainsFunc(permissive, func(start string) bool { return bytes.Contains(text, []byte(start)) }),
			"%s: the licence is not one of the known ones", dependency.Path)
		for _, other := range []string{"GNU GENERAL PUBLIC", "GNU AFFERO", "Business Source License", "Server Side Public License", "Commons Clause"} {
			assert.NotContains(t, string(text), other, dependency.Path)
		}
	}
	assert.Greater(t, direct, 5)
}

// TestSecurityNamesTestsThatExist: SECURITY.md is a list of claims with the name
// of the test behind each; a test that was renamed would leave a claim alone.
func TestSecurityNamesTestsThatExist(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(gatehouse.Root(t), "SECURITY.md"))
	require.NoError(t, err)
	have := everyTest(t)
	named := regexp.MustCompile("`((?:Test|Fuzz)[A-Za-z0-9_]+)`").FindAllStringSubmatch(string(text), -1)
	require.Greater(t, len(named), 20)
	for _, name := range named {
		assert.True(t, have[name[1]], "SECURITY.md names %s, which does not exist", name[1])
		assert.NotContains(t, name[1], "_BUG_", "a test that fails shows nothing")
	}
	assert.Less(t, len(strings.Fields(string(text))), 1400, "two pages are what is read")
}
