//go:build linux

package bench

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

var (
	reportFile = flag.String("report", "", "file to which the results are written as JSON")
	rounds     = flag.Int("rounds", 5, "how often each server is measured")
	cellLasts  = flag.Duration("cell", time.Second, "how long one measurement lasts")
	entryMost  = flag.Int("entries", 1_000_000, "the most verdicts that BenchmarkMemory remembers")
	idleMost   = flag.Int("idle", 10_000, "how many idle connections BenchmarkMemory opens")
	profileFor = flag.Duration("profile", 5*time.Second, "how long BenchmarkProfile looks")
)

// report is what is written as JSON.
type report struct {
	Began   time.Time `json:"began"`
	Go      string    `json:"go"`
	CPU     string    `json:"cpu"`
	Cores   int       `json:"cores"`
	Apart   bool      `json:"apart"` // servers and generator each have their core
	Load    string    `json:"load_average"`
	Rounds  int       `json:"rounds"`
	Results []*result `json:"results,omitempty"`
	Memory  []takes   `json:"memory,omitempty"`
	Goals   []goal    `json:"goals"`
	Beside  []finding `json:"beside,omitempty"` // of no goal

	stock gatehouse.Option // makes Caddy as its project builds it the binary
}

// run measures and then judges, when all processes have been stopped: a process of a
// benchmark that has failed prints its log.
func run(b *testing.B, measure func(*testing.B, *report)) {
	b.Helper()
	gatehouse.Binary(b) // while the compiler may still have all cores
	stock := gatehouse.Executable(build(b, "stock"))
	load, _ := os.ReadFile("/proc/loadavg")
	r := &report{
		Began: time.Now(), Go: runtime.Version(), CPU: processor(), Cores: runtime.NumCPU(),
		Load: strings.TrimSpace(string(load)), Rounds: *rounds, stock: stock,
	}
	r.Apart = settle(b)
	b.Run("measure", func(b *testing.B) { measure(b, r) })
	if !b.Failed() {
		r.finish(b)
	}
}

func processor() string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(text)) {
		if name, value, _ := strings.Cut(line, ":"); strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

// finish prints, writes the file and fails where a goal is missed.
func (r *report) finish(b *testing.B) {
	b.Helper()
	r.print(os.Stdout)
	if *reportFile != "" {
		text, err := json.MarshalIndent(r, "", "\t")
		require.NoError(b, err)
		require.NoError(b, os.MkdirAll(filepath.Dir(*reportFile), 0o755))
		require.NoError(b, os.WriteFile(*reportFile, append(text, '\n'), 0o644))
	}
	for _, g := range r.Goals {
		if !g.Passed {
			b.Errorf("missed: %s: %.3g, at most %.3g", g.Name, g.Median, g.AtMost)
		}
	}
}

func (r *report) print(to io.Writer) {
	fmt.Fprintf(to, "\n%s, %s, %d cores, load average %s, %d rounds\n", r.Go, r.CPU, r.Cores, r.Load, r.Rounds)
	if !r.Apart {
		fmt.Fprintln(to, "LEFT OUT: cores of their own for servers and generator: there is only one core")
	}
	var ways []way
	for _, result := range r.Results {
		if !slices.Contains(ways, result.Way) {
			ways = append(ways, result.Way)
		}
	}
	for _, w := range ways {
		table := columns(to, w.String(), "CPU µs/call", "calls/s", "p50 µs", "p99 µs")
		for _, result := range r.Results {
			if result.Way == w {
				fmt.Fprintf(table, "%s\t%.1f\t%.0f\t%.0f\t%.0f\t\n", result.Server,
					result.median(func(s sample) float64 { return micro(s.CPU) }),
					result.median(func(s sample) float64 { return s.PerSecond }),
					result.median(func(s sample) float64 { return micro(s.P50) }),
					result.median(func(s sample) float64 { return micro(s.P99) }))
			}
		}
		table.Flush()
	}
	if len(r.Memory) > 0 {
		table := columns(to, "memory", "number", "heap MiB", "with them", "bytes each", "resident MiB", "with them", "bytes each")
		for _, m := range r.Memory {
			fmt.Fprintf(table, "%s\t%d\t%.1f\t%.1f\t%.0f\t%.1f\t%.1f\t%.0f\t\n", m.What, m.Number,
				mebi(m.Before.Heap), mebi(m.With.Heap), m.HeapEach, mebi(m.Before.Resident), mebi(m.With.Resident), m.ResidentEach)
		}
		table.Flush()
	}
	table := columns(to, "goal", "median", "at most", "rounds", "")
	for _, g := range r.Goals {
		fmt.Fprintf(table, "%s\t%.3g\t%.3g\t%s\t%s\t\n", g.Name, g.Median, g.AtMost, g.spread(), map[bool]string{true: "pass", false: "MISSED"}[g.Passed])
	}
	for _, f := range r.Beside {
		fmt.Fprintf(table, "%s\t%.3g\t\t%s\t\t\n", f.Name, f.Median, f.spread())
	}
	table.Flush()
}

// columns begins a table.
func columns(to io.Writer, names ...string) *tabwriter.Writer {
	table := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "\n%s\t\n", strings.Join(names, "\t"))
	return table
}

func (r *result) median(figure func(sample) float64) float64 {
	var each []float64
	for _, s := range r.Rounds {
		each = append(each, figure(s))
	}
	return median(each)
}

func micro(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

func mebi(bytes float64) float64 { return bytes / (1 << 20) }
