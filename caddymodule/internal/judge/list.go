package judge

import "strings"

// errorLists hold lists of errors: `errors` (Spring, JSON:API, GraphQL,
// express-validator, RFC 9457 section 3), `invalid-params` (RFC 7807), `detail`
// (FastAPI), `message` (NestJS), `details` (OData), and the names of Jakarta.
var errorLists = []string{"errors", "fieldErrors", "fieldViolations", "violations", "invalid-params", "details", "detail", "message"}

// listTexts are the texts of a list of errors that belong to field, or, where
// the elements are objects, to the field that each names.
func listTexts(n node, field string) []string {
	if n.kind != '[' {
		return nil
	}
	var all []string
	for _, e := range n.elems[:min(len(n.elems), mostTexts)] {
		switch e.kind {
		case '"':
			all = append(all, withField(field, e.text))
		case '{':
			if e.member("@type").kind == '"' {
				continue // for googleTexts, which has looked, or for developers
			}
			if text := elementText(e); text != "" {
				all = append(all, withOwnField(e, field, text))
			} else if isFieldMap(e) {
				all = append(all, mapTexts(e)...)
			}
		}
	}
	return all
}

// elementMembers hold the text of one error of a list, best first.
var elementMembers = []string{"defaultMessage", "userMessage", "message", "detail", "msg", "description", "errorMessage", "title", "reason"}

func elementText(n node) string {
	for _, name := range elementMembers {
		m := n.member(name)
		if m.kind == '{' && name == "msg" { // express-validator takes any value for it
			m = node{kind: '"', text: strings.Join(texts(m), " ")}
		}
		if m.kind == '"' && !m.isEmpty() {
			return m.text
		}
	}
	return ""
}

// fieldMembers name the field of one error of a list. `path` counts only as a
// string: as a list it is GraphQL's path in the response.
var fieldMembers = []string{"field", "pointer", "path", "param", "property", "propertyPath", "propertyName", "target", "name"}

func withOwnField(n node, field, text string) string {
	for _, name := range fieldMembers {
		if m := n.member(name); m.kind == '"' && !m.isEmpty() {
			return withField(m.text, text)
		}
	}
	source := n.member("source") // JSON:API
	for _, name := range []string{"pointer", "parameter"} {
		if m := source.member(name); m.kind == '"' && !m.isEmpty() {
			return withField(m.text, text)
		}
	}
	if loc := n.member("loc"); loc.kind == '[' { // Pydantic: the place, then the path
		return withField(lastName(loc), text)
	}
	return withField(field, text)
}

// lastName is the last string of a Pydantic path; the first is the place (body,
// query, ...) and no field.
func lastName(loc node) string {
	for i := len(loc.elems) - 1; i > 0; i-- {
		if e := loc.elems[i]; e.kind == '"' && !strings.HasPrefix(e.text, "__") {
			return e.text
		}
	}
	return ""
}
