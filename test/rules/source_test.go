package rules_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/gatehouse-proxy/gatehouse"

// source is one Go file of the repository.
type source struct {
	path    string // from the root, with slashes
	folder  string // the same, of its folder
	pkg     string
	doc     string // of the package
	imports []string
}

func (s source) isTest() bool { return strings.HasSuffix(s.path, "_test.go") }

// root is the folder of go.mod.
func root(t *testing.T) string {
	t.Helper()
	folder, err := os.Getwd()
	require.NoError(t, err)
	for {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			return folder
		}
		parent := filepath.Dir(folder)
		require.NotEqual(t, folder, parent, "there is no go.mod above the test")
		folder = parent
	}
}

// files walks the repository: everything but version control and what is built.
func files(t *testing.T, visit func(path string, entry fs.DirEntry)) {
	t.Helper()
	err := fs.WalkDir(os.DirFS(root(t)), ".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && slices.Contains([]string{".git", "bin", "node_modules"}, entry.Name()):
			return fs.SkipDir
		case entry.Type().IsRegular():
			visit(path, entry)
		}
		return nil
	})
	require.NoError(t, err)
}

func sources(t *testing.T) []source {
	t.Helper()
	var found []source
	top := root(t)
	files(t, func(name string, _ fs.DirEntry) {
		if path.Ext(name) != ".go" || strings.Contains(name, "testdata/") {
			return
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(top, name), nil, parser.ImportsOnly|parser.ParseComments)
		require.NoError(t, err)
		found = append(found, source{
			path: name, folder: path.Dir(name), pkg: file.Name.Name, doc: file.Doc.Text(), imports: importsOf(file),
		})
	})
	require.Greater(t, len(found), 20, "the walk has missed the sources")
	return found
}

func importsOf(file *ast.File) []string {
	var paths []string
	for _, spec := range file.Imports {
		if imported, err := strconv.Unquote(spec.Path.Value); err == nil {
			paths = append(paths, imported)
		}
	}
	return paths
}

// under reports whether a path is folder or stands below it.
func under(path, folder string) bool {
	return path == folder || strings.HasPrefix(path, folder+"/")
}
