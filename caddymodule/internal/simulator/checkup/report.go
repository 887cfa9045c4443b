package checkup

import (
	"fmt"
	"time"
)

// Outcome is how a check ended.
type Outcome int

// The outcomes. Skipped is also a remark that is no failure.
const (
	Skipped Outcome = iota
	Passed
	Failed
)

var outcomes = [...]string{"skipped", "passed", "failed"}

// String is the outcome in lower case.
func (o Outcome) String() string { return outcomes[o] }

// Finding is one call that a check failed for.
type Finding struct {
	Step     string `json:"step,omitempty"`
	Wrong    string `json:"wrong"`
	Sent     string `json:"sent,omitempty"`
	Received string `json:"received,omitempty"`
	// Code is what a user of the flow sees, where that is documented.
	Code string `json:"code,omitempty"`
}

// Result is the end of one check.
type Result struct {
	Check
	Outcome  Outcome
	Says     string // in a few words
	Findings []Finding
}

// Report is what became of a plan.
type Report struct {
	URL      string // without what may be secret
	Protocol string
	Results  []Result
	Calls    int
	Elapsed  time.Duration
	// Unfinished is why not everything was checked that was to be; "" if it was.
	Unfinished string
}

// Count is how many checks ended so.
func (r Report) Count(outcome Outcome) (n int) {
	for _, result := range r.Results {
		if result.Outcome == outcome {
			n++
		}
	}
	return n
}

// Summary is the report in one line.
func (r Report) Summary() string {
	return fmt.Sprintf("%d passed, %d failed, %d not judged; %d calls in %s (at most %s)",
		r.Count(Passed), r.Count(Failed), r.Count(Skipped), r.Calls, inShort(r.Elapsed), inShort(Limit))
}

// inShort is a time with as many digits as a reader wants.
func inShort(d time.Duration) string {
	switch {
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d%time.Minute == 0:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d%time.Second == 0:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}
