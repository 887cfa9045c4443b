package faults_test

import (
	"fmt"
	"os"
	"strings"
	"sync"
)

// matrix gathers the cells of all tests.
var matrix table

type table struct {
	mu    sync.Mutex
	cells map[string]*cell // by place
}

// place names a cell's place in the table.
func place(b behaviour, c cache, attempts int, f form) string {
	return strings.Join([]string{b.name, c.name, fmt.Sprint(attempts), f.name}, "|")
}

func (m *table) add(cells []*cell) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.cells == nil {
		m.cells = make(map[string]*cell)
	}
	for _, c := range cells {
		m.cells[place(c.behaviour, c.cache, c.attempts, c.form)] = c
	}
}

// printMatrix prints the table and what was wrong. A run of no cell prints none.
func printMatrix() {
	matrix.mu.Lock()
	defer matrix.mu.Unlock()
	if len(matrix.cells) > 0 {
		fmt.Fprint(os.Stdout, matrix.text())
	}
}

// columns in the order of the table.
var columnCaches = []cache{off, fresh, stale}

const nameWidth = 26

func (m *table) text() string {
	var out, notes strings.Builder
	group := 3*len(forms) + 1
	head := func(name string, entry func(c cache, attempts int) string) {
		fmt.Fprintf(&out, "%-*s", nameWidth, name)
		for _, c := range columnCaches {
			for _, attempts := range []int{1, 2} {
				fmt.Fprintf(&out, " %-*s", group, entry(c, attempts))
			}
		}
		out.WriteByte('\n')
	}
	out.WriteString("\nsteps: F PostFederationSignup, A PostAttributeCollection, T PreTokenIssuance, - none, P custom policy\n")
	head("cache", func(c cache, _ int) string { return c.name })
	head("attempts of the provider", func(_ cache, attempts int) string { return fmt.Sprint(attempts) })
	head("step", func(cache, int) string { return " F  A  T  -  P" })
	wrong := 0
	for _, b := range behaviours {
		head(b.name, func(c cache, attempts int) string {
			var entry strings.Builder
			for _, f := range forms {
				entry.WriteString(m.mark(place(b, c, attempts, f), &wrong, &notes))
			}
			return entry.String()
		})
	}
	fmt.Fprintf(&out, "%d cells, %d wrong (by number; . was not run)\n%s", len(m.cells), wrong, notes.String())
	return out.String()
}

// mark is a cell's entry: ok, or the number of a note on what was wrong.
func (m *table) mark(at string, wrong *int, notes *strings.Builder) string {
	c, known := m.cells[at]
	switch {
	case !known:
		return "  ."
	case c.done && len(c.wrong) == 0:
		return " ok"
	}
	*wrong++
	if !c.done {
		c.complain("it did not run to its end")
	}
	fmt.Fprintf(notes, "%3d %s: %s\n", *wrong, strings.ReplaceAll(at, "|", ", "), strings.Join(c.wrong, "; "))
	return fmt.Sprintf("%3d", *wrong)
}
