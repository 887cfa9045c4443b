package demo

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Page is the sign-up page and the identity provider behind it. All fields are
// required; [Page.Handler] makes it ready.
type Page struct {
	Validator *Validator
	Lines     *Lines
	Client    *http.Client  // trusts the connector's certificate
	Endpoint  string        // URL of the connector
	Metrics   string        // URL of its metrics
	Connector string        // its name there
	Basic     *url.Userinfo // never leaves the process but for the connector
	Hosts     []string      // names and ports by which a browser may ask for the page
	Forget    func()        // makes the connector forget its verdicts

	journeys chan struct{} // as many as may be under way
}

//go:embed page
var assets embed.FS

// files are what there is to load, and nothing beside it.
var files = map[string]struct{ name, contentType string }{
	"/":           {"page/index.html", "text/html; charset=utf-8"},
	"/page.css":   {"page/page.css", "text/css; charset=utf-8"},
	"/page.js":    {"page/page.js", "text/javascript; charset=utf-8"},
	"/person.js":  {"page/person.js", "text/javascript; charset=utf-8"},
	"/journey.js": {"page/journey.js", "text/javascript; charset=utf-8"},
	"/live.js":    {"page/live.js", "text/javascript; charset=utf-8"},
	"/dom.js":     {"page/dom.js", "text/javascript; charset=utf-8"},
	"/icon.svg":   {"page/icon.svg", "image/svg+xml"},
}

const (
	mostJourneys = 16
	longestBody  = 8 << 10
	longestField = 200             // characters
	lineWithin   = 2 * time.Second // the connector's log follows its answer
	scrapeWithin = 3 * time.Second
)

// Handler serves the page. It is for a listener on loopback.
func (p *Page) Handler() http.Handler {
	p.journeys = make(chan struct{}, mostJourneys)
	mux := http.NewServeMux()
	for path, file := range files {
		content, err := assets.ReadFile(file.name)
		pattern := "GET " + path
		if path == "/" {
			pattern = "GET /{$}"
		}
		mux.HandleFunc(pattern, func(w http.ResponseWriter, _ *http.Request) {
			if err != nil {
				http.Error(w, "this binary was built without it", http.StatusNotFound)
				return
			}
			w.Header().Set("Content-Type", file.contentType)
			_, _ = w.Write(content)
		})
	}
	mux.HandleFunc("GET /api/settings", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, p.Validator.Settings()) })
	mux.HandleFunc("GET /api/live", p.live)
	mux.HandleFunc("POST /api/settings", p.change)
	mux.HandleFunc("POST /api/forget", func(w http.ResponseWriter, _ *http.Request) {
		p.Forget()
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("POST /api/signup", p.signUp)
	return p.guard(mux)
}

func (p *Page) live(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), scrapeWithin)
	defer cancel()
	now, err := p.read(ctx)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	writeJSON(w, now)
}

// change takes new settings. What the validator has said in another dialect, or in
// other time, would only be remembered and hide the change; a fault is to be seen
// beside what is remembered.
func (p *Page) change(w http.ResponseWriter, r *http.Request) {
	var s Settings
	if err := readJSON(w, r, &s); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	before := p.Validator.Settings()
	if err := p.Validator.Set(s); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if s.Dialect != before.Dialect || s.Seconds != before.Seconds {
		p.Forget()
	}
	writeJSON(w, s)
}

// signUp leads one person on, a line of JSON for everything that happens.
func (p *Page) signUp(w http.ResponseWriter, r *http.Request) {
	var f form
	if err := readJSON(w, r, &f); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	for _, field := range []*string{&f.Email, &f.DisplayName, &f.LoyaltyID} {
		if *field = strings.TrimSpace(*field); utf8.RuneCountInString(*field) > longestField {
			http.Error(w, fmt.Sprintf("a field is longer than %d characters", longestField), http.StatusBadRequest)
			return
		}
	}
	select {
	case p.journeys <- struct{}{}:
		defer func() { <-p.journeys }()
	default:
		http.Error(w, "too many sign-ups at once; wait for one to end", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "application/x-ndjson")
	lines, out := json.NewEncoder(w), http.NewResponseController(w)
	j := &journey{page: p, emit: func(e event) {
		_ = lines.Encode(e) // the visitor may be gone; r.Context() ends the journey then
		_ = out.Flush()
	}}
	j.run(r.Context(), f)
}

// line is what the connector's log says of a request, nil where it says nothing.
func (p *Page) line(ctx context.Context, requestID string) *Line {
	if requestID == "" { // whoever answered, no call was made
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, lineWithin)
	defer cancel()
	line, err := p.Lines.Of(ctx, requestID)
	if err != nil {
		return nil
	}
	return &line
}

// said finds the validator's side of a call that began at a time: only what it said
// since, unless the answer is one from before.
func (p *Page) said(about registration, line *Line, began time.Time) validatorSaid {
	if line != nil && slices.Contains([]string{"cache", "stale"}, line.Source) {
		a, _ := p.Validator.last(about, func(a Answered) bool { return a.Status != 0 })
		return validatorSaid{a, "remembered"}
	}
	joined := line != nil && line.Source == "flight"
	a, found := p.Validator.last(about, func(a Answered) bool { return joined || !a.began.Before(began) })
	switch {
	case !found && p.Validator.Settings().Fault == FaultRefuse:
		return validatorSaid{State: "refused"}
	case !found:
		return validatorSaid{State: "unknown"}
	case a.Reset:
		return validatorSaid{a, "reset"}
	case a.Status == 0:
		return validatorSaid{a, "silent"}
	default:
		return validatorSaid{a, "answered"}
	}
}

var errNoJSON = errors.New("the body is not the JSON that this takes")

func readJSON(w http.ResponseWriter, r *http.Request, into any) error {
	if r.Header.Get("Content-Type") != "application/json" {
		return errNoJSON
	}
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, longestBody))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return errNoJSON
	}
	return nil
}

func writeJSON(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(value) // plain values; the reader may be gone
}
