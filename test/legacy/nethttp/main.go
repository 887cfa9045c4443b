// Command nethttp is a sign-up validator of Go's net/http alone: http.Error.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"net/mail"
	"os"
	"regexp"
	"time"
)

type signUp struct {
	Email      string `json:"email"`
	PostalCode string `json:"postalCode"`
	Age        int    `json:"age"`
	Password   string `json:"password"`
}

var postalCode = regexp.MustCompile(`^\d{5}$`)

func (s signUp) validate() error {
	if s.Email == "" {
		return fmt.Errorf("email is required")
	}
	if _, err := mail.ParseAddress(s.Email); err != nil {
		return fmt.Errorf("email: %w", err)
	}
	if !postalCode.MatchString(s.PostalCode) {
		return fmt.Errorf("postalCode must have five digits")
	}
	if s.Age < 18 {
		return fmt.Errorf("age must be at least 18")
	}
	if len(s.Password) > 64 {
		return fmt.Errorf("password must have at most 64 characters")
	}
	return nil
}

func main() {
	handle := func(then func(http.ResponseWriter, signUp)) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			var s signUp
			if err := json.NewDecoder(r.Body).Decode(&s); err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			if err := s.validate(); err != nil {
				http.Error(w, err.Error(), http.StatusUnprocessableEntity)
				return
			}
			then(w, s)
		}
	}
	http.HandleFunc("POST /signup", handle(func(w http.ResponseWriter, s signUp) {
		if s.Email == "taken@example.com" {
			http.Error(w, "email is already registered", http.StatusConflict)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintln(w, `{"loyaltyNumber":"7741"}`)
	}))
	http.HandleFunc("POST /explode", handle(func(_ http.ResponseWriter, s signUp) {
		panic("cannot store " + s.Password)
	}))
	server := &http.Server{Addr: "127.0.0.1:" + os.Args[1], ReadHeaderTimeout: 5 * time.Second}
	log.Fatal(server.ListenAndServe())
}
