// Package demo holds what `gatehouse connector demo` runs beside the connector:
// a sample validator, and the sign-up page that plays the identity provider.
//
// The validator ([Loyalty]) is the loyalty API that Microsoft's page "Add an API
// connector to a sign-up user flow" asks for under "Prepare a REST API endpoint". It
// speaks one of several legacy dialects, a 409 with a userMessage unless told
// otherwise, and never the answers of an API connector. It can be made slow or
// broken ([Settings]).
//
// The page ([Page]) calls the connector over its real listener and shows each call,
// what the validator answered and what left. It answers browsers on this machine
// alone: a strict Content-Security-Policy, the Host checked against DNS rebinding and
// the Origin of whatever changes something; the connector's password stays in the
// process.
package demo

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// The loyalty ids that do not end with a promo code.
const (
	UnknownLoyaltyID = "1234" // belongs to nobody
	ClosedLoyaltyID  = "9999" // its membership is over
)

// promoCode is what everybody else gets.
const promoCode = "24534"

// Loyalty is the validator. The zero value is ready.
//
// POST / takes {"email","language","loyaltyId"} and answers 200
// {"promoCode"}, or says no in the dialect of its settings. GET /calls tells how
// often it was asked, as {"calls":n}.
type Loyalty struct {
	calls atomic.Int64

	mu       sync.Mutex
	settings Settings
	answers  []*Answered // oldest first
}

// registration is what the validator is asked about.
type registration struct{ Email, LoyaltyID, Step string }

// same compares what the connector leaves alone: it lowers the domain of an e-mail
// address.
func (r registration) same(other registration) bool {
	return strings.EqualFold(r.Email, other.Email) && r.LoyaltyID == other.LoyaltyID && r.Step == other.Step
}

// Answered is one question to the validator, and what it said.
type Answered struct {
	Status      int     `json:"status"` // 0: nothing, yet or for good
	ContentType string  `json:"content_type"`
	Body        string  `json:"body"`
	Seconds     float64 `json:"seconds"`
	Reset       bool    `json:"reset"`

	about registration
	began time.Time
}

// remembered bounds the answers that are kept to be shown.
const remembered = 64

// Calls is how often the validator was asked.
func (l *Loyalty) Calls() int64 { return l.calls.Load() }

// Settings are the ones in force.
func (l *Loyalty) Settings() Settings {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.settings.orDefault()
}

func (l *Loyalty) set(s Settings) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.settings = s
}

// ServeHTTP implements http.Handler.
func (l *Loyalty) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		reply{http.StatusOK, "application/json", fmt.Sprintf(`{"calls":%d}`, l.Calls())}.write(w)
		return
	}
	l.calls.Add(1)
	settings := l.Settings()
	const longest = 64 << 10
	var about registration
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, longest)).Decode(&about)
	entry := l.note(about)

	thinking := time.NewTimer(settings.delay())
	defer thinking.Stop()
	select {
	case <-thinking.C:
	case <-r.Context().Done(): // nobody waits any more
		return
	}
	if settings.Fault == FaultReset {
		l.fill(entry, reply{}) // first: who is reset may ask at once what was said
		if reset(w) {
			return
		}
	}
	said := decide(settings.Dialect, about, err)
	l.fill(entry, said)
	said.write(w)
}

func decide(d Dialect, about registration, unreadable error) reply {
	switch {
	case unreadable != nil:
		return d.no("The registration could not be read.")
	case about.LoyaltyID == UnknownLoyaltyID:
		return d.no(fmt.Sprintf("Loyalty ID '%s' is not associated with '%s' email address.", about.LoyaltyID, about.Email))
	case about.LoyaltyID == ClosedLoyaltyID:
		return d.never(fmt.Sprintf("The membership %s was closed. Please call us if you would like to come back.", about.LoyaltyID))
	case about.LoyaltyID == "" && about.Step != "": // somebody who has not seen the form yet
		return reply{http.StatusOK, "application/json", `{}`}
	}
	return reply{http.StatusOK, "application/json", `{"promoCode":"` + promoCode + `"}`}
}

func (l *Loyalty) note(about registration) *Answered {
	l.mu.Lock()
	defer l.mu.Unlock()
	entry := &Answered{about: about, began: time.Now()}
	l.answers = append(l.answers, entry)
	l.answers = l.answers[max(0, len(l.answers)-remembered):]
	return entry
}

// fill says what became of a question; nothing said is a reset.
func (l *Loyalty) fill(entry *Answered, said reply) {
	l.mu.Lock()
	defer l.mu.Unlock()
	entry.Status, entry.ContentType, entry.Body = said.status, said.contentType, said.body
	entry.Reset, entry.Seconds = said.status == 0, time.Since(entry.began).Seconds()
}

// last is what was said last to a question about somebody at a step that satisfies.
func (l *Loyalty) last(about registration, fits func(Answered) bool) (Answered, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, entry := range slices.Backward(l.answers) {
		if entry.about.same(about) && fits(*entry) {
			return *entry, true
		}
	}
	return Answered{}, false
}

// reset ends the connection with a TCP reset, as a process that dies does. It is
// false where the connection cannot be had.
func reset(w http.ResponseWriter) bool {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return false
	}
	if tcp, ok := conn.(interface{ SetLinger(seconds int) error }); ok {
		_ = tcp.SetLinger(0) // without it the connection ends politely, which is broken as well
	}
	_ = conn.Close()
	return true
}
