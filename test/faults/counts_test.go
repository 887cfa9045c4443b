package faults_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// counts are what was counted at one moment, by connector: a line of a metric for
// each series that is not 0.
type counts struct {
	of      map[string]map[string]int
	flights int
}

// series is a line of the exposition that matters here. The values of all labels
// come from closed lists, so none holds a quote or a comma.
var series = regexp.MustCompile(`^gatehouse_(requests_total|faults_total|flights)\{(.*)\} ([0-9.e+]+)$`)

// countsOf reads a scrape once: with so many connectors it has tens of thousands of
// lines, and there are hundreds of questions.
func countsOf(scrape gatehouse.Scrape) counts {
	c := counts{of: make(map[string]map[string]int)}
	for line := range strings.Lines(string(scrape)) {
		if !strings.HasPrefix(line, "gatehouse_") || strings.HasSuffix(line, " 0\n") {
			continue
		}
		found := series.FindStringSubmatch(strings.TrimSpace(line))
		if found == nil {
			continue
		}
		number, err := strconv.ParseFloat(found[3], 64)
		if err != nil {
			continue
		}
		if found[1] == "flights" {
			c.flights += int(number)
			continue
		}
		labels := make(map[string]string)
		for pair := range strings.SplitSeq(found[2], ",") {
			name, value, _ := strings.Cut(pair, "=")
			labels[name] = strings.Trim(value, `"`)
		}
		c.add(labels["connector"], countName(found[1], labels), int(number))
	}
	return c
}

// countName is how a series is called here.
func countName(metric string, labels map[string]string) string {
	if metric == "faults_total" {
		return "fault " + labels["reason"]
	}
	return strings.Join([]string{"request", labels["step"], labels["answer"], labels["source"]}, " ")
}

func (c counts) add(connector, name string, number int) {
	if c.of[connector] == nil {
		c.of[connector] = make(map[string]int)
	}
	if c.of[connector][name] += number; c.of[connector][name] == 0 {
		delete(c.of[connector], name)
	}
}

// since is what was counted after start.
func (c counts) since(start counts) counts {
	for connector, names := range start.of {
		for name, number := range names {
			c.add(connector, name, -number)
		}
	}
	return c
}

// requests is how many answers were counted.
func (c counts) requests() (sum int) {
	for _, names := range c.of {
		for name, number := range names {
			if strings.HasPrefix(name, "request ") {
				sum += number
			}
		}
	}
	return sum
}

// wantedOf is what the cells want counted.
func wantedOf(cells []*cell) counts {
	wanted := counts{of: make(map[string]map[string]int)}
	for _, c := range cells {
		for name, number := range c.wantCounts() {
			wanted.add(c.name, name, number)
		}
	}
	return wanted
}

// judgeCounts compares what was counted with what was wanted. A connector's cells
// share its counts: if some are wrong already, that is why; else nobody knows which.
func judgeCounts(cells []*cell, got, wanted counts) {
	explained := make(map[string]bool)
	for _, c := range cells {
		explained[c.name] = explained[c.name] || len(c.wrong) > 0
	}
	for _, c := range cells {
		of, all := got.of[c.name], wanted.of[c.name]
		if maps.Equal(of, all) || explained[c.name] && len(c.wrong) == 0 {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(merged(of, all))) {
			if of[name] != all[name] {
				c.complain("%s counted %d times by the connector, want %d", name, of[name], all[name])
			}
		}
	}
}

// wantCounts are what the cell's calls count.
func (c *cell) wantCounts() map[string]int {
	request := func(answer, source string) string {
		return fmt.Sprintf("request %s %s %s", c.form.label, answer, source)
	}
	wanted := map[string]int{request(c.want.counted.String(), c.want.source): 1}
	if c.want.reason != "" {
		wanted["fault "+c.want.reason] = 1
	}
	if c.recovers() {
		wanted[request("continue", "upstream")]++
	}
	return wanted
}

func merged(a, b map[string]int) map[string]int {
	both := maps.Clone(a)
	if both == nil {
		both = make(map[string]int)
	}
	maps.Copy(both, b)
	return both
}
