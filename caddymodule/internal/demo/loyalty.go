// Package demo holds the sample validator of `gatehouse connector demo`: the
// loyalty API that Microsoft's page "Add an API connector to a sign-up user flow"
// asks for under "Prepare a REST API endpoint". It speaks what that page says, a 409
// with a userMessage, and not the answers of an API connector.
package demo

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync/atomic"
)

// UnknownLoyaltyID is the loyalty id that belongs to nobody.
const UnknownLoyaltyID = "1234"

// promoCode is what everybody else gets.
const promoCode = "24534"

// Loyalty is the validator. The zero value is ready.
//
// POST / takes {"email","language","loyaltyId"} and answers 200
// {"promoCode"}, or 409 with a userMessage. GET /calls tells how often it was
// asked, as {"calls":n}.
type Loyalty struct {
	calls atomic.Int64
}

// Calls is how often the validator was asked.
func (l *Loyalty) Calls() int64 { return l.calls.Load() }

// ServeHTTP implements http.Handler.
func (l *Loyalty) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		reply(w, http.StatusOK, map[string]any{"calls": l.Calls()})
		return
	}
	l.calls.Add(1)
	const longest = 64 << 10
	var registration struct{ Email, Language, LoyaltyID string }
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, longest)).Decode(&registration); err != nil {
		refuse(w, "The registration could not be read.")
		return
	}
	if registration.LoyaltyID == UnknownLoyaltyID {
		refuse(w, fmt.Sprintf("Loyalty ID '%s' is not associated with '%s' email address.", registration.LoyaltyID, registration.Email))
		return
	}
	reply(w, http.StatusOK, map[string]any{"promoCode": promoCode})
}

func refuse(w http.ResponseWriter, text string) {
	reply(w, http.StatusConflict, map[string]any{"version": "1.0.1", "status": http.StatusConflict, "userMessage": text})
}

func reply(w http.ResponseWriter, status int, body map[string]any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the caller is gone; there is nobody to tell
}
