package hardening_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// decoders are the packages that read bytes which others have written, with what
// fuzzes each.
var decoders = map[string][]string{
	"./caddymodule":                     {"FuzzUnmarshalCaddyfile", "FuzzAnswerOfTheUpstream", "FuzzCall"},
	"./caddymodule/internal/claims":     {"FuzzDecode", "FuzzDecodeForm", "FuzzFromHeader", "FuzzSimple"},
	"./caddymodule/internal/credential": {"FuzzParse", "FuzzParseBasic", "FuzzForwarded"},
	"./caddymodule/internal/judge":      {"FuzzAnswer", "FuzzXML"},
	"./caddymodule/internal/message":    {"FuzzClean", "FuzzParseCatalogue", "FuzzTemplate", "FuzzWithField"},
	"./caddymodule/internal/rulebook":   {"FuzzRule"},
	"./internal/contract":               {"FuzzCheck"},
}

// readers is how a function is named that reads what others have written.
var readers = regexp.MustCompile(`^(Decode|Parse|Read|From|Unmarshal|Clean|Take|Compile|Decide)`)

// fuzzedElsewhere are readers that no fuzz target of their own package calls.
var fuzzedElsewhere = map[string]string{
	"caddymodule/internal/protocol.Read":        "FuzzCall",
	"caddymodule/internal/credential.ParsePins": "FuzzParse", // the same hexadecimal; configuration
	"internal/contract.FromResponse":            "FuzzCheck", // net/http parses, Check judges
}

// TestQ35_EveryDecoderIsFuzzed: can bytes make the process panic? CWE-20,
// CWE-248. Answer: each reader of foreign bytes has a fuzz target, which CI runs
// for 20 s; here the sources are looked through for readers without one.
func TestQ35_EveryDecoderIsFuzzed(t *testing.T) {
	t.Parallel()
	root := gatehouse.Root(t)
	targets := make(map[string]bool)
	for folder, listed := range decoders {
		have := testsIn(t, folder)
		for _, target := range listed {
			assert.Contains(t, have, target, folder)
			targets[target] = true
		}
	}
	found := 0
	for _, top := range []string{"caddymodule", "internal/contract"} {
		err := filepath.WalkDir(filepath.Join(root, top), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || !entry.IsDir() {
				return err
			}
			folder, err := filepath.Rel(root, path)
			if err != nil {
				return err
			}
			folder = filepath.ToSlash(folder)
			called := calledByFuzzers(t, folder)
			for _, function := range functionsIn(t, folder, false) {
				name := function.Name.Name
				if !readers.MatchString(name) || function.Type.Params.NumFields() == 0 {
					continue
				}
				found++
				elsewhere, excused := fuzzedElsewhere[folder+"."+name]
				assert.True(t, called[name] || excused && targets[elsewhere], "%s.%s has no fuzz target", folder, name)
				assert.False(t, called[name] && excused, "%s.%s has one of its own by now", folder, name)
			}
			return nil
		})
		require.NoError(t, err)
	}
	assert.GreaterOrEqual(t, found, 12, "the names no longer tell readers")
}

// calledByFuzzers are the names in the bodies of the fuzz targets of a folder, and
// of the functions of its tests that they call.
func calledByFuzzers(t *testing.T, folder string) map[string]bool {
	t.Helper()
	bodies, called := make(map[string]*ast.BlockStmt), make(map[string]bool)
	var walk func(name string)
	walk = func(name string) {
		if called[name] {
			return
		}
		called[name] = true
		if body := bodies[name]; body != nil {
			ast.Inspect(body, func(node ast.Node) bool {
				if name, isName := node.(*ast.Ident); isName {
					walk(name.Name)
				}
				return true
			})
		}
	}
	for _, function := range functionsIn(t, folder, true) {
		bodies[function.Name.Name] = function.Body
	}
	for name := range bodies {
		if strings.HasPrefix(name, "Fuzz") {
			walk(name)
		}
	}
	return called
}

// functionsIn are the functions and methods of a folder, those of its tests or the
// others. They are read from the sources, as `go test -list` does, without the
// build of each package.
func functionsIn(t *testing.T, folder string, ofTests bool) (functions []*ast.FuncDecl) {
	t.Helper()
	sources, err := filepath.Glob(filepath.Join(gatehouse.Root(t), folder, "*.go"))
	require.NoError(t, err)
	for _, source := range sources {
		if strings.HasSuffix(source, "_test.go") != ofTests {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), source, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, declaration := range file.Decls {
			if function, isFunction := declaration.(*ast.FuncDecl); isFunction {
				functions = append(functions, function)
			}
		}
	}
	return functions
}

// testsIn are the names of the tests and fuzz targets of a folder.
func testsIn(t *testing.T, folder string) []string {
	t.Helper()
	var names []string
	for _, function := range functionsIn(t, folder, true) {
		if function.Recv == nil && regexp.MustCompile(`^(Test|Fuzz|Benchmark)`).MatchString(function.Name.Name) {
			names = append(names, function.Name.Name)
		}
	}
	return names
}
