package checkup

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// document is a report as its JSON has it.
type document struct {
	URL        string         `json:"url"`
	Protocol   string         `json:"protocol"`
	Passed     int            `json:"passed"`
	Failed     int            `json:"failed"`
	Skipped    int            `json:"skipped"`
	Calls      int            `json:"calls"`
	Elapsed    int64          `json:"elapsed_ms"`
	Unfinished string         `json:"unfinished,omitempty"`
	Checks     []documentItem `json:"checks"`
}

type documentItem struct {
	Name     Name      `json:"name"`
	Outcome  string    `json:"outcome"` // passed, failed or skipped
	Says     string    `json:"says"`
	Asks     string    `json:"asks"`
	Source   string    `json:"source"`
	Means    string    `json:"means,omitempty"` // of a failure
	Remedy   string    `json:"remedy,omitempty"`
	Findings []Finding `json:"findings,omitempty"`
}

// WriteJSON writes the report for programs.
func (r Report) WriteJSON(w io.Writer) error {
	d := document{
		URL: r.URL, Protocol: r.Protocol, Passed: r.Count(Passed), Failed: r.Count(Failed), Skipped: r.Count(Skipped),
		Calls: r.Calls, Elapsed: r.Elapsed.Milliseconds(), Unfinished: r.Unfinished, Checks: []documentItem{},
	}
	for _, result := range r.Results {
		item := documentItem{
			Name: result.Name, Outcome: result.Outcome.String(), Says: result.Says, Asks: result.Asks, Source: result.Source,
			Findings: result.Findings,
		}
		if result.Outcome == Failed {
			item.Means, item.Remedy = result.Means, result.Remedy
		}
		d.Checks = append(d.Checks, item)
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(d)
}

// The elements of JUnit's XML, as continuous integration reads them.
type (
	junitSuites struct {
		XMLName xml.Name   `xml:"testsuites"`
		Suite   junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Errors   int         `xml:"errors,attr"`
		Skipped  int         `xml:"skipped,attr"`
		Time     string      `xml:"time,attr"`
		Cases    []junitCase `xml:"testcase"`
		Error    string      `xml:"system-err,omitempty"`
	}
	junitCase struct {
		Name    string        `xml:"name,attr"`
		Class   string        `xml:"classname,attr"`
		Failure *junitMessage `xml:"failure"`
		Error   *junitMessage `xml:"error"`
		Skipped *junitMessage `xml:"skipped"`
	}
	junitMessage struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

// WriteJUnit writes the report as JUnit's XML.
func (r Report) WriteJUnit(w io.Writer) error {
	suite := junitSuite{
		Name: r.URL, Tests: len(r.Results), Failures: r.Count(Failed), Skipped: r.Count(Skipped),
		Time: fmt.Sprintf("%.3f", r.Elapsed.Seconds()), Error: r.Unfinished,
	}
	for _, result := range r.Results {
		one := junitCase{Name: string(result.Name), Class: "gatehouse.connector.check"}
		switch result.Outcome {
		case Failed:
			var text strings.Builder
			result.writeFindings(&text)
			one.Failure = &junitMessage{Message: oneLine(result.Says), Text: "\n" + text.String()}
		case Skipped:
			one.Skipped = &junitMessage{Message: oneLine(result.Says)}
		case Passed:
		}
		suite.Cases = append(suite.Cases, one)
	}
	if r.Unfinished != "" {
		// To who reads this file and no exit status, skipped checks are a success.
		suite.Tests, suite.Errors = suite.Tests+1, 1
		suite.Cases = append(suite.Cases, junitCase{
			Name: "finished", Class: "gatehouse.connector.check", Error: &junitMessage{Message: r.Unfinished},
		})
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	encoder := xml.NewEncoder(w)
	encoder.Indent("", "  ")
	if err := encoder.Encode(junitSuites{Suite: suite}); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func inOrder(set map[string]bool) string { return strings.Join(slices.Sorted(maps.Keys(set)), ", ") }
