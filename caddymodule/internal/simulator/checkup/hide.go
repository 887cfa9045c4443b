package checkup

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

const hidden = "REDACTED"

// shortest is the length below which a secret is not looked for in other texts: it
// would be found in everything.
const shortest = 4

// hider takes out of a text what may not be in a report.
type hider struct {
	replace *strings.Replacer
	texts   *strings.Replacer // the same without numbers, which are part of JSON's grammar
}

// secretWords are in the names of claims and parameters that policies send secrets
// in: passwords, tokens, one-time codes.
var secretWords = []string{"password", "secret", "token", "otp"}

func secretName(name string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc(secretWords, func(word string) bool { return strings.Contains(name, word) })
}

func hiderOf(plan Plan) hider {
	var secrets []string
	if plan.Basic != nil {
		password, _ := plan.Basic.Password()
		pair := plan.Basic.Username() + ":" + password
		secrets = append(secrets, base64.StdEncoding.EncodeToString([]byte(pair)), password)
	}
	// A function's key is a parameter of the address, seed page: `?code=`.
	for _, values := range plan.URL.Query() {
		secrets = append(secrets, values...)
	}
	texts, numbers := secretClaims(plan.Claims, false)
	secrets = append(secrets, texts...)
	return hider{replace: replacer(append(numbers, secrets...)), texts: replacer(secrets)}
}

// replacer puts [hidden] in the place of each secret, in whatever way it is written.
func replacer(secrets []string) *strings.Replacer {
	var forms []string
	for _, secret := range secrets {
		if len(secret) >= shortest {
			forms = append(forms, secret, inJSON(secret, true), inJSON(secret, false), url.QueryEscape(secret))
		}
	}
	// Of those that begin alike the first is taken, so the longest has to be it.
	slices.SortFunc(forms, func(a, b string) int { return len(b) - len(a) })
	var pairs []string
	for _, form := range forms {
		pairs = append(pairs, form, hidden)
	}
	return strings.NewReplacer(pairs...)
}

// inJSON is a text as it stands between quotes. Many encoders escape what means
// something in HTML; the one of our calls does not.
func inJSON(text string, escapeHTML bool) string {
	var quoted strings.Builder
	encoder := json.NewEncoder(&quoted)
	encoder.SetEscapeHTML(escapeHTML)
	_ = encoder.Encode(text) // a string does not fail
	return strings.TrimSuffix(strings.TrimPrefix(quoted.String(), `"`), "\"\n")
}

// secretClaims finds the values whose names, or the names of what they stand in, are
// those of secrets.
func secretClaims(value any, secret bool) (texts, numbers []string) {
	add := func(value any, secret bool) {
		moreTexts, moreNumbers := secretClaims(value, secret)
		texts, numbers = append(texts, moreTexts...), append(numbers, moreNumbers...)
	}
	switch v := value.(type) {
	case map[string]any:
		for name, member := range v {
			add(member, secret || secretName(name))
		}
	case []any:
		for _, element := range v {
			add(element, secret)
		}
	case string:
		if secret {
			texts = append(texts, v)
		}
	case json.Number:
		if secret {
			numbers = append(numbers, v.String())
		}
	}
	return texts, numbers
}

// text hides secrets, and writes out what is no text: an answer is printed on a
// terminal, which obeys control characters (CWE-150).
func (h hider) text(text string) string {
	var out strings.Builder
	for _, c := range h.replace.Replace(text) {
		switch {
		case c == '\n' || unicode.IsPrint(c):
			out.WriteRune(c)
		case c == '\t':
			out.WriteByte(' ')
		default:
			fmt.Fprintf(&out, "\\u%04x", c)
		}
	}
	return out.String()
}

// url is an address without the values of its parameters.
func (h hider) url(target *url.URL) string {
	shown := *target
	shown.User, shown.Fragment = nil, ""
	if target.RawQuery != "" {
		var names []string
		for _, name := range slices.Sorted(maps.Keys(target.Query())) {
			names = append(names, url.QueryEscape(name)+"="+hidden)
		}
		shown.RawQuery = strings.Join(names, "&")
	}
	return h.text(shown.String())
}

func (h hider) sent(target *url.URL, x asked) string {
	method := x.request.Method
	if method == "" {
		method = http.MethodPost
	}
	lines := []string{method + " " + h.url(target)}
	if x.as.basic != nil {
		lines = append(lines, "Authorization: Basic "+hidden)
	}
	if x.as.certificate != nil {
		lines = append(lines, "(with a client certificate)")
	}
	if len(x.request.Body) > 0 {
		kind := x.request.ContentType
		if kind == "" {
			kind = "application/json"
		}
		lines = append(lines, "Content-Type: "+kind, "", h.part(string(x.request.Body)))
	}
	return h.text(strings.Join(lines, "\n"))
}

func (h hider) received(x asked) string {
	if x.Err != nil {
		return h.text("no answer: " + x.Err.Error())
	}
	lines := []string{strings.TrimSpace(fmt.Sprintf("HTTP %d %s", x.Status, http.StatusText(x.Status)))}
	for _, name := range slices.Sorted(maps.Keys(x.Header)) {
		for _, value := range x.Header[name] {
			if name == "Set-Cookie" {
				value = hidden
			}
			lines = append(lines, name+": "+h.part(value))
		}
	}
	lines = append(lines, "", h.part(string(x.Body)))
	return h.text(strings.TrimSpace(strings.Join(lines, "\n")))
}

// part is the beginning of a text, without secrets: they are taken out first, so
// that none is cut in two and no longer recognised.
func (h hider) part(text string) string {
	const enough = 1000
	text = h.replace.Replace(text)
	if len(text) <= enough {
		return text
	}
	return fmt.Sprintf("%s… (%d bytes)", strings.ToValidUTF8(text[:enough], ""), len(text))
}

// answer is an answer without secrets and otherwise the same, so that none is in
// what is said about it. A number stays: what is put in its place is no JSON.
func (h hider) answer(header http.Header, body []byte) (http.Header, []byte) {
	hidden := []byte(h.texts.Replace(string(body)))
	shown := make(http.Header, len(header))
	for name, values := range header {
		for _, value := range values {
			shown[name] = append(shown[name], h.texts.Replace(value))
		}
	}
	if len(hidden) != len(body) && header.Get("Content-Length") == strconv.Itoa(len(body)) {
		shown.Set("Content-Length", strconv.Itoa(len(hidden)))
	}
	return shown, hidden
}
