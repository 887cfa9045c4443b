package demo

import (
	"fmt"
	"slices"
	"time"
)

// Settings are what a visitor can make of the validator. The zero value is the
// validator of Microsoft's page, in good health.
type Settings struct {
	Dialect Dialect `json:"dialect"`
	Seconds int     `json:"seconds"` // that each answer takes
	Fault   Fault   `json:"fault"`
}

// Fault is what the validator does instead of answering.
type Fault string

// The faults. FaultRefuse is nobody listening, FaultReset a connection that dies
// before the answer.
const (
	FaultNone   Fault = "none"
	FaultRefuse Fault = "refuse"
	FaultReset  Fault = "reset"
)

var (
	faultList = []Fault{FaultNone, FaultRefuse, FaultReset}
	// delays: at once; slow, and in time; longer than the provider's first attempt;
	// longer than both.
	delays = []int{0, 3, 7, 30}
)

func (s Settings) orDefault() Settings {
	if s.Dialect == "" {
		s.Dialect = DialectJSON
	}
	if s.Fault == "" {
		s.Fault = FaultNone
	}
	return s
}

func (s Settings) validate() error {
	switch {
	case !slices.Contains(dialects, s.Dialect):
		return fmt.Errorf("dialect %q is unknown; choose one of %q", s.Dialect, dialects)
	case !slices.Contains(delays, s.Seconds):
		return fmt.Errorf("%d seconds are no choice; choose one of %d", s.Seconds, delays)
	case !slices.Contains(faultList, s.Fault):
		return fmt.Errorf("fault %q is unknown; choose one of %q", s.Fault, faultList)
	}
	return nil
}

func (s Settings) delay() time.Duration { return time.Duration(s.Seconds) * time.Second }
