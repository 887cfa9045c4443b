package legacy_test

import (
	"strings"
)

// canary is the password of every call. Nobody but the validator may see it.
const canary = "hunter2-canary"

// signUp is one call to a validator.
type signUp struct {
	name string
	path string
	body string
	mode string // how the validator is started: serve or debug
}

// unread is the case whose body is no JSON. Gatehouse answers it without asking
// the validator, so what the validator says of it is met by the replay alone.
const unread = "malformed JSON"

// healthy is the case that must pass; a validator that serves it is ready.
const healthy = "good"

// with is the good sign-up with one member changed, or without it where value is "".
func with(name, value string) string {
	members := []struct{ name, value string }{
		{"step", `"PostAttributeCollection"`},
		{"email", `"ada@example.com"`},
		{"displayName", `"Ada"`},
		{"postalCode", `"12345"`},
		{"age", `36`},
		{"password", `"` + canary + `"`},
	}
	var list []string
	for _, m := range members {
		if m.name == name {
			m.value = value
		}
		if m.value != "" {
			list = append(list, `"`+m.name+`":`+m.value)
		}
	}
	return "{" + strings.Join(list, ",") + "}"
}

// signUps are the same for all validators.
var signUps = []signUp{
	{healthy, "/signup", with("", ""), "serve"},
	{"missing email", "/signup", with("email", ""), "serve"},
	{"malformed email", "/signup", with("email", `"ada.example.com"`), "serve"},
	{"bad postal code", "/signup", with("postalCode", `"ABC"`), "serve"},
	{"age 12", "/signup", with("age", `12`), "serve"},
	{"age is no number", "/signup", with("age", `"twelve"`), "serve"},
	{"long password", "/signup", with("password", `"`+strings.Repeat(canary, 5)+`"`), "serve"}, // a framework that echoes input echoes this
	{"three wrong", "/signup", `{"step":"PostAttributeCollection","email":"ada","postalCode":"ABC","age":12,"password":"` + canary + `"}`, "serve"},
	{"taken email", "/signup", with("email", `"taken@example.com"`), "serve"},
	{unread, "/signup", `{"email":"ada@example.com","password":"` + canary + `",`, "serve"},
	{"wrong path", "/nowhere", with("", ""), "serve"},
	{"exception", "/explode", with("", ""), "serve"},
	{"exception, debug on", "/explode", with("", ""), "debug"},
}

// ofNginx are the cases of a server that cannot validate: its own pages.
var ofNginx = func() []signUp {
	list := []signUp{{healthy, "/signup", with("", ""), "serve"}}
	for _, page := range []struct{ name, path string }{
		{"400 bad request", "/bad"},
		{"401 basic auth", "/secret"},
		{"403 denied", "/denied"},
		{"404 wrong path", "/nowhere"},
		{"405 static file", "/static.html"},
		{"413 too large", "/large"},
		{"429 too many", "/many"},
		{"444 hung up", "/hangup"},
		{"500 crash", "/crash"},
		{"502 validator down", "/broken"},
		{"503 closed", "/closed"},
		{"504 slow", "/slow"},
		{"301 moved", "/moved"},
		{"409 return with a text", "/json"},
	} {
		list = append(list, signUp{page.name, page.path, with("", ""), "serve"})
	}
	return list
}()

// casesOf are the cases of a framework, by the name of its folder.
func casesOf(framework string) []signUp {
	if framework == "nginx" {
		return ofNginx
	}
	return signUps
}
