package caddymodule

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	_ "github.com/caddyserver/caddy/v2/modules/standard" // directives in the goldens
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the goldens anew from what the adapter says")

const goldenSeparator = "\n----------\n"

// Each golden is a Caddyfile, a line of dashes and the JSON that it adapts to, or
// the error.
func TestGoldens(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/caddyfile/*.caddyfiletest")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".caddyfiletest"), func(t *testing.T) {
			t.Parallel()
			content, err := os.ReadFile(file)
			require.NoError(t, err)
			config, want, found := strings.Cut(string(content), goldenSeparator)
			require.True(t, found, "no line of dashes")
			config += "\n"
			got := adapt(t, config)
			if *update {
				require.NoError(t, os.WriteFile(file, []byte(config+goldenSeparator[1:]+got+"\n"), 0o600))
				return
			}
			assert.Equal(t, strings.TrimSpace(want), got)
		})
	}
}

func adapt(t *testing.T, config string) string {
	t.Helper()
	adapted, warnings, err := caddyconfig.GetAdapter("caddyfile").Adapt([]byte(config), map[string]any{"filename": "Caddyfile"})
	if err != nil {
		return err.Error()
	}
	require.Empty(t, warnings)
	var pretty bytes.Buffer
	require.NoError(t, json.Indent(&pretty, adapted, "", "\t"))
	return pretty.String()
}

// The production-shaped example and the demo are formatted as `gatehouse fmt`
// would; that the example loads is tested with the real binary.
func TestShippedCaddyfilesAreFormatted(t *testing.T) {
	t.Parallel()
	example, err := os.ReadFile("../Caddyfile.example")
	require.NoError(t, err)
	for name, config := range map[string]string{"Caddyfile.example": string(example), "demo": demoCaddyfile} {
		assert.Equal(t, string(caddyfile.Format([]byte(config))), config, name)
	}
}

func FuzzUnmarshalCaddyfile(f *testing.F) {
	files, err := filepath.Glob("testdata/caddyfile/*.caddyfiletest")
	require.NoError(f, err)
	for _, file := range files {
		content, err := os.ReadFile(file)
		require.NoError(f, err)
		config, _, _ := strings.Cut(string(content), goldenSeparator)
		_, block, _ := strings.Cut(config, "api_connector")
		f.Add("api_connector" + block)
	}
	f.Fuzz(func(t *testing.T, block string) {
		tokens, err := caddyfile.Tokenize([]byte(block), "Caddyfile")
		if err != nil {
			return
		}
		c := new(Connector)
		if c.UnmarshalCaddyfile(caddyfile.NewDispenser(tokens)) != nil {
			return
		}
		written, err := json.Marshal(c)
		require.NoError(t, err)
		read := new(Connector)
		require.NoError(t, json.Unmarshal(written, read))
		assert.Equal(t, c, read, "the JSON says the same")
	})
}
