package judge

import (
	"slices"
	"strings"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/message"
)

// errorMaps hold errors by field: `errors` (ASP.NET Core, Laravel,
// express-validator), ModelState (ASP.NET Web API 2) and their like. errorLists
// hold lists of errors: `errors` (Spring, JSON:API, GraphQL, RFC 9457 section 3.2),
// `detail` (FastAPI), `message` (NestJS), and the names that Google AIP-193, OData
// and Jakarta use.
var (
	errorMaps  = []string{"errors", "ModelState", "fieldErrors", "validationErrors"}
	errorLists = []string{"errors", "fieldErrors", "fieldViolations", "violations", "invalid-params", "details", "detail", "message"}
)

// fieldTexts are the texts of an error body that lists what is wrong.
func fieldTexts(n node) []string {
	switch n.kind {
	case '[': // a bare list: Rails' full_messages, DRF's many=True
		return listTexts(n, "")
	case '{':
	default:
		return nil
	}
	for _, name := range errorMaps {
		if all := mapTexts(n.member(name)); len(all) > 0 {
			return all
		}
	}
	for _, name := range errorLists {
		member := n.member(name)
		if all := listTexts(member, ""); len(all) > 0 {
			return all
		}
		if isFieldMap(member) {
			return mapTexts(member)
		}
	}
	if text := n.member("errors"); text.kind == '"' && text.isSaid() {
		return []string{text.text}
	}
	if all := fieldTexts(n.member("error")); len(all) > 0 {
		return all
	}
	if isFieldMap(n) {
		return mapTexts(n)
	}
	return nil
}

// echoes are members that repeat what was sent, which may be a password, or speak
// to developers (CWE-209). They are never read, whatever the shape around them.
var echoes = map[string]bool{
	"rejectedvalue": true, "attemptedvalue": true, "input": true, "value": true, "arguments": true,
	"trace": true, "stacktrace": true, "exception": true, "exceptionmessage": true, "exceptiontype": true,
	"innerexception": true, "developermessage": true, "moreinfo": true,
}

// isFieldMap recognises a bare map of fields (Rails, Django REST Framework):
// every member is a list or an object, and at least one a list of texts.
func isFieldMap(n node) bool {
	found := false
	for i, e := range n.elems {
		switch {
		case n.kind != '{' || e.kind != '[' && e.kind != '{':
			return false
		case echoes[strings.ToLower(n.names[i])]:
		case e.kind == '[':
			found = found || slices.ContainsFunc(e.elems, holdsText)
		default:
			found = found || isFieldMap(e) || isFullDetail(e) && !slices.Contains(messageMembers, n.names[i])
		}
	}
	return found
}

// holdsText reports whether an element of a list is one error, or a map of them.
func holdsText(n node) bool {
	return n.kind == '"' || elementText(n) != "" || isFieldMap(n)
}

// isFullDetail recognises one error of DRF's get_full_details: a message and its
// code, and nothing else.
func isFullDetail(n node) bool {
	return len(n.names) == 2 && n.member("message").kind == '"' && n.member("code").kind == '"'
}

// wholeForm are the names under which errors of no single field stand.
var wholeForm = map[string]bool{"": true, "base": true, "_": true, "__all__": true, "non_field_errors": true, "nonFieldErrors": true, "$": true, "general": true}

// mapTexts are the texts of a map from field to errors.
func mapTexts(n node) []string {
	var all []string
	for i, field := range n.names {
		if echoes[strings.ToLower(field)] {
			continue
		}
		if wholeForm[field] {
			field = ""
		}
		switch e := n.elems[i]; e.kind {
		case '"':
			all = append(all, message.WithField(field, e.text))
		case '[':
			all = append(all, listTexts(e, field)...)
		case '{':
			if text := elementText(e); text != "" {
				all = append(all, withOwnField(e, field, text))
			} else if isFieldMap(e) { // a nested form
				all = append(all, mapTexts(e)...)
			}
		}
	}
	return all
}

// listTexts are the texts of a list of errors that belong to field, or, where
// the elements are objects, to the field that each names.
func listTexts(n node, field string) []string {
	if n.kind != '[' {
		return nil
	}
	var all []string
	for _, e := range n.elems {
		switch e.kind {
		case '"':
			all = append(all, message.WithField(field, e.text))
		case '{':
			if kind := e.member("@type"); kind.kind == '"' {
				all = append(all, detailTexts(kind.text, e)...)
			} else if text := elementText(e); text != "" {
				all = append(all, withOwnField(e, field, text))
			} else if isFieldMap(e) {
				all = append(all, mapTexts(e)...)
			}
		}
	}
	return all
}

// detailTexts are the texts of one of Google's details (AIP-193): only two of
// their kinds speak to the person.
func detailTexts(kind string, n node) []string {
	switch {
	case strings.HasSuffix(kind, ".BadRequest"):
		return listTexts(n.member("fieldViolations"), "")
	case strings.HasSuffix(kind, ".LocalizedMessage"):
		return texts(n.member("message"))
	default:
		return nil
	}
}

// elementMembers hold the text of one error of a list, best first.
var elementMembers = []string{"defaultMessage", "userMessage", "message", "detail", "msg", "description", "errorMessage", "title"}

func elementText(n node) string {
	for _, name := range elementMembers {
		if m := n.member(name); m.kind == '"' && !m.isEmpty() {
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
			return message.WithField(m.text, text)
		}
	}
	if pointer := n.member("source").member("pointer"); pointer.kind == '"' { // JSON:API
		return message.WithField(pointer.text, text)
	}
	if loc := n.member("loc"); loc.kind == '[' { // Pydantic: the place, then the path
		return message.WithField(lastName(loc), text)
	}
	return message.WithField(field, text)
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
