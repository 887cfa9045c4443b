package check_test

import (
	"compress/gzip"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
)

const (
	contractContinue = `{"version":"1.0.0","action":"Continue"}`
	contractBlock    = `{"version":"1.0.0","action":"ShowBlockPage","userMessage":"Not today."}`
)

// at answers so at one step only.
func at(step string, status int, body string) naive {
	return naive{reply: func(w http.ResponseWriter, _ *http.Request, call claims) bool {
		if call.step() != step {
			return false
		}
		send(w, status, body)
		return true
	}}
}

// where fails, as a server error, for calls with such a claim.
func where(is func(value any) bool) naive {
	return naive{reply: func(w http.ResponseWriter, _ *http.Request, call claims) bool {
		for name, value := range call {
			if name != "body" && is(value) {
				send(w, http.StatusInternalServerError, `{}`)
				return true
			}
		}
		return false
	}}
}

// seen tells whether it has had a body before.
func seen() func(body any) bool {
	var bodies sync.Map
	return func(body any) bool { _, before := bodies.LoadOrStore(body, true); return before }
}

// Each fault is found, by the checks that are about it and by no other.
func TestFaults(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		endpoint naive
		args     []string
		want     []string
		code     string // of the first of them
	}{
		"none":                     {naive{}, nil, nil, ""},
		"200 for ValidationError":  {at("PostAttributeCollection", 200, validationError), nil, []string{"status"}, ""},
		"no status in the body":    {at("PostAttributeCollection", 400, `{"version":"1.0.0","action":"ValidationError","userMessage":"No."}`), nil, []string{"status"}, "AADB2C90075"},
		"409 before the user":      {at("PostAttributeCollection", 409, `{"version":"1.0.0","status":409,"userMessage":"No."}`), nil, []string{"step"}, ""},
		"no version":               {always(200, `{"action":"Continue"}`), nil, []string{"version"}, ""},
		"null claims":              {always(200, `{"version":"1.0.0","action":"Continue","city":null}`), nil, []string{"null"}, ""},
		"a list as a claim":        {always(200, `{"version":"1.0.0","action":"Continue","roles":["a"]}`), nil, []string{"claims"}, ""},
		"action in lower case":     {always(200, `{"version":"1.0.0","action":"continue"}`), nil, []string{"action"}, ""},
		"no userMessage":           {at("PostFederationSignup", 200, `{"version":"1.0.0","action":"ShowBlockPage"}`), nil, []string{"message"}, ""},
		"block before the token":   {at("PreTokenIssuance", 200, contractBlock), nil, []string{"step"}, ""},
		"duplicate names":          {always(200, `{"version":"1.0.0","action":"Continue","city":"A","city":"B"}`), nil, []string{"json"}, ""},
		"HTML page, HTTP 200":      {always(200, `<html><body>Welcome</body></html>`, "Content-Type", "text/html"), nil, []string{"json"}, ""},
		"HTML page, HTTP 400":      {always(400, `<html><body>No</body></html>`, "Content-Type", "text/html"), nil, []string{"json"}, "AADB2C90261"},
		"HTML error page":          {always(502, `<html><body>Bad Gateway</body></html>`, "Content-Type", "text/html"), nil, []string{"status"}, "AADB2C90075"},
		"wrong content type":       {always(200, contractContinue, "Content-Type", "text/plain; charset=utf-8"), nil, []string{"content-type"}, ""},
		"redirect":                 {always(307, ``, "Location", "https://127.0.0.1:1/elsewhere"), nil, []string{"redirect"}, ""},
		"gzip":                     {naive{reply: zipped}, nil, []string{"encoding"}, ""},
		"too late":                 {naive{reply: never}, []string{"--timeout", "300ms"}, []string{"time"}, "AADB2C90075"},
		"closes the connection":    {naive{reply: hangUp}, nil, []string{"answered"}, "AADB2C90075"},
		"no authentication":        {naive{door: open}, nil, []string{"auth-none", "auth-wrong"}, ""},
		"any password":             {naive{door: anyPassword}, nil, []string{"auth-wrong"}, ""},
		"refuses the right":        {naive{door: shut}, nil, []string{"auth-right"}, "AADB2C90027"},
		"accepts GET":              {naive{early: onGet}, nil, []string{"wrong-method"}, ""},
		"fails on another type":    {naive{early: onPlainText}, nil, []string{"wrong-type"}, ""},
		"takes a broken body":      {naive{early: onBrokenBody}, nil, []string{"wrong-body"}, ""},
		"the retry is another":     {remembering(), nil, []string{"retry", "retry-at-once"}, ""},
		"a second at once differs": {overlapping(), nil, []string{"retry-at-once"}, ""},
		"fails on null":            {where(func(v any) bool { return v == nil }), nil, []string{"claims-null"}, "AADB2C90075"},
		"fails on empty":           {where(func(v any) bool { return v == "" }), nil, []string{"claims-empty"}, "AADB2C90075"},
		"fails on length":          {where(func(v any) bool { s, _ := v.(string); return len(s) >= 250 && s[0] == 'x' }), nil, []string{"claims-long"}, "AADB2C90075"},
		"fails on other scripts":   {where(func(v any) bool { s, _ := v.(string); return strings.Contains(s, "Ελένη") }), nil, []string{"claims-non-latin"}, "AADB2C90075"},
		"needs a claim":            {naive{reply: needsName}, nil, []string{"claims-absent", "claims-empty", "claims-null"}, "AADB2C90075"},
		"not what is expected":     {naive{}, []string{"--expect", "block"}, []string{"expected"}, ""},
		"as expected":              {naive{}, []string{"--expect", "continue"}, nil, ""},
		"policy, 200 for an error": {
			always(200, `{"version":"1.0.0","status":409,"userMessage":"No."}`), policy, []string{"status"}, "",
		},
		"policy, an empty list":    {always(200, `{"roles":[]}`), policy, []string{"claims"}, ""},
		"policy, 400 as an error":  {always(400, `{"version":"1.0.0","status":409,"userMessage":"No."}`), policy, nil, ""},
		"policy, no claims at all": {always(204, ``), policy, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, status := check(t, serve(t, tc.endpoint, nil).args(tc.args...)...)
			assert.ElementsMatch(t, tc.want, r.named("failed"), "%+v", r.Checks)
			assert.Equal(t, min(len(tc.want), 1), status)
			if len(tc.want) > 0 {
				assert.Contains(t, r.codes(tc.want[0]), tc.code)
			}
			if tc.code == "" && len(tc.want) > 0 {
				assert.NotContains(t, strings.Join(r.codes(tc.want[0]), ""), "AADB2C", "a code that no page has")
			}
		})
	}
}

var policy = []string{"--protocol", "b2c_custom_policy"}

func open(http.ResponseWriter, *http.Request) bool { return true }
func shut(http.ResponseWriter, *http.Request) bool { return false }

func anyPassword(_ http.ResponseWriter, r *http.Request) bool {
	name, _, _ := r.BasicAuth()
	return name == username
}

func zipped(w http.ResponseWriter, _ *http.Request, _ claims) bool {
	w.Header().Set("Content-Encoding", "gzip")
	w.Header().Set("Content-Type", "application/json")
	writer := gzip.NewWriter(w)
	fmt.Fprint(writer, contractContinue)
	_ = writer.Close()
	return true
}

// never answers: the caller gives up, however long that takes.
func never(_ http.ResponseWriter, r *http.Request, _ claims) bool {
	<-r.Context().Done()
	return true
}

func hangUp(http.ResponseWriter, *http.Request, claims) bool { panic(http.ErrAbortHandler) }

func onGet(w http.ResponseWriter, r *http.Request) bool {
	if r.Method == http.MethodGet {
		send(w, http.StatusOK, contractContinue)
	}
	return r.Method == http.MethodGet
}

func onPlainText(w http.ResponseWriter, r *http.Request) bool {
	plain := r.Header.Get("Content-Type") == "text/plain"
	if plain {
		send(w, http.StatusInternalServerError, `{}`)
	}
	return plain
}

// onBrokenBody does not look for the end of an object.
func onBrokenBody(w http.ResponseWriter, r *http.Request) bool {
	if r.ContentLength < 80 && r.Method == http.MethodPost {
		send(w, http.StatusOK, contractContinue)
		return true
	}
	return false
}

// remembering redeems at the first call and refuses the second.
func remembering() naive {
	before := seen()
	return naive{reply: func(w http.ResponseWriter, _ *http.Request, call claims) bool {
		if again := before(call["body"]); again {
			send(w, http.StatusOK, contractBlock)
			return true
		}
		return false
	}}
}

// overlapping answers wrongly only what comes while the same is at work: it holds
// the first until the second has come.
func overlapping() naive {
	var mu sync.Mutex
	waiting := make(map[any]chan bool)
	return naive{reply: func(w http.ResponseWriter, r *http.Request, call claims) bool {
		email, _ := call["email"].(string)
		if !strings.HasPrefix(email, "retry.") {
			return false
		}
		mu.Lock()
		other, atWork := waiting[email]
		if !atWork {
			other = make(chan bool)
			waiting[email] = other
		}
		mu.Unlock()
		if atWork {
			send(w, http.StatusOK, contractBlock)
			close(other)
			return true
		}
		select {
		case <-other:
		case <-r.Context().Done():
		}
		return false
	}}
}

func needsName(w http.ResponseWriter, _ *http.Request, call claims) bool {
	if name, _ := call["displayName"].(string); name == "" {
		send(w, http.StatusInternalServerError, `{}`)
		return true
	}
	return false
}
