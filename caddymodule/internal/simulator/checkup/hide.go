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
type hider struct{ replace *strings.Replacer }

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
	secrets = append(secrets, secretClaims(plan.Claims)...)
	// A function's key is a parameter of the address, seed page: `?code=`.
	for _, values := range plan.URL.Query() {
		secrets = append(secrets, values...)
	}
	var pairs []string
	for _, secret := range secrets {
		if len(secret) < shortest {
			continue
		}
		quoted, _ := json.Marshal(secret) // a string
		for _, form := range []string{secret, strings.Trim(string(quoted), `"`), url.QueryEscape(secret)} {
			pairs = append(pairs, form, hidden)
		}
	}
	return hider{strings.NewReplacer(pairs...)}
}

func secretClaims(value any) (secrets []string) {
	switch v := value.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if text, isText := v[name].(string); isText && secretName(name) {
				secrets = append(secrets, text)
			}
			secrets = append(secrets, secretClaims(v[name])...)
		}
	case []any:
		for _, element := range v {
			secrets = append(secrets, secretClaims(element)...)
		}
	}
	return secrets
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
// what is said about it.
func (h hider) answer(header http.Header, body []byte) (http.Header, []byte) {
	hidden := []byte(h.replace.Replace(string(body)))
	shown := make(http.Header, len(header))
	for name, values := range header {
		for _, value := range values {
			shown[name] = append(shown[name], h.replace.Replace(value))
		}
	}
	if len(hidden) != len(body) && header.Get("Content-Length") == strconv.Itoa(len(body)) {
		shown.Set("Content-Length", strconv.Itoa(len(hidden)))
	}
	return shown, hidden
}
