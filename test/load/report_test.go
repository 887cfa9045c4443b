package load

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// report is what a scenario found.
type report struct {
	Scenario     string             `json:"scenario"`
	Clients      []tally            `json:"clients"`
	Reloads      int                `json:"reloads"`
	Restarts     int                `json:"upstream_restarts"`
	PeakResident float64            `json:"peak_resident_bytes"`
	Before       vitals             `json:"before"`
	After        vitals             `json:"after"`
	Measured     map[string]float64 `json:"measured,omitempty"`
}

// publish prints the table and appends the report to the file, if there is one.
func (r *report) publish(t *testing.T) {
	t.Helper()
	t.Log("\n" + r.table())
	for _, c := range r.Clients {
		for _, example := range c.Examples {
			t.Logf("%s: %s", c.Client, example)
		}
	}
	if *reportFile == "" {
		return
	}
	line, err := json.Marshal(r)
	require.NoError(t, err)
	file, err := os.OpenFile(*reportFile, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	require.NoError(t, err)
	_, err = file.Write(append(line, '\n'))
	require.NoError(t, err)
	require.NoError(t, file.Close())
}

func (r *report) table() string {
	text := new(strings.Builder)
	fmt.Fprintf(text, "%s: %d reloads, %d restarts of the validator\n", r.Scenario, r.Reloads, r.Restarts)
	rows := tabwriter.NewWriter(text, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(rows, "sent\tanswered\tlost\twrong\tfaults\thung up\tsent again\tp50\tp99\t  client")
	for _, c := range r.Clients {
		fmt.Fprintf(rows, "%d\t%d\t%d\t%d\t%d\t%d\t%d\t%s\t%s\t  %s", c.Sent, c.Answered, c.Lost, c.Wrong, c.Faults, c.HungUp, c.SentAgain,
			c.P50.Round(10*time.Microsecond), c.P99.Round(10*time.Microsecond), c.Client)
		for cause, n := range c.LostBy {
			fmt.Fprintf(rows, "; %d %s", n, cause)
		}
		fmt.Fprintln(rows)
	}
	_ = rows.Flush() // into memory
	const mebibyte = 1 << 20
	fmt.Fprintf(text, "goroutines %.0f → %.0f, descriptors %.0f → %.0f, heap %.1f → %.1f MiB, resident at most %.0f MiB\n",
		r.Before.Goroutines, r.After.Goroutines, r.Before.Descriptors, r.After.Descriptors,
		r.Before.Heap/mebibyte, r.After.Heap/mebibyte, r.PeakResident/mebibyte)
	for name, value := range r.Measured {
		fmt.Fprintf(text, "%s: %.1f\n", name, value)
	}
	return text.String()
}

// assertRight fails the test where a client got a wrong answer.
func (r *report) assertRight(t *testing.T) {
	t.Helper()
	for _, c := range r.Clients {
		assert.Zerof(t, c.Wrong, "%s: wrong answers", c.Client)
		assert.NotZerof(t, c.Answered, "%s: no answers", c.Client)
	}
}
