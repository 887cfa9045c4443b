package observe_test

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

var (
	duration = flag.Duration("observe.for", 24*time.Second, "how long the traffic lasts")
	pictures = flag.String("observe.pictures", "", "the folder into which a picture of each dashboard is written")
	required = flag.Bool("observe.required", false, "fail where prometheus or promtool is not installed")
)

func TestMain(m *testing.M) {
	flag.Parse()
	gatehouse.Main(m)
}

// installed leaves the test out where a program is not on this machine.
func installed(t *testing.T, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		if *required {
			t.Fatalf("%s is not installed; on Debian: apt-get install --no-install-recommends prometheus", program)
		}
		t.Skipf("LEFT OUT: %s is not installed; on Debian: apt-get install --no-install-recommends prometheus", program)
	}
}

// read is a file of dashboards.
func read(t *testing.T, file string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dashboards, file))
	require.NoError(t, err)
	return string(content)
}

// sorted joins the first groups of some matches in order.
func sorted(matches [][]string) string {
	words := make([]string, len(matches))
	for i, m := range matches {
		words[i] = m[1]
	}
	slices.Sort(words)
	return strings.Join(words, " ")
}
