package judge

import (
	"strings"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/message"
)

// errorMembers hold errors by field, or a list of errors: `errors` (ASP.NET
// Core, Laravel, Spring, JSON:API, GraphQL, express-validator, RFC 9457 section
// 3.2), ModelState (ASP.NET Web API 2), `detail` (FastAPI) and `message` (NestJS)
// where they are lists, and the names that Google AIP-193, OData and Jakarta use.
var errorMembers = []string{"errors", "ModelState", "fieldErrors", "fieldViolations", "violations", "invalid-params", "details", "detail", "message"}

// fieldTexts are the texts of an error body that lists what is wrong.
func fieldTexts(n node) []string {
	switch n.kind {
	case '[': // a bare list: Rails' full_messages, DRF's many=True
		return listTexts(n, "")
	case '{':
	default:
		return nil
	}
	for _, name := range errorMembers {
		switch member := n.member(name); member.kind {
		case '[':
			if all := listTexts(member, ""); len(all) > 0 {
				return all
			}
		case '{':
			if all := mapTexts(member); len(all) > 0 {
				return all
			}
		case '"':
			if name == "errors" {
				return []string{member.text}
			}
		}
	}
	if inner := n.member("error"); inner.kind == '{' {
		if all := fieldTexts(inner); len(all) > 0 {
			return all
		}
	}
	if isFieldMap(n) {
		return mapTexts(n)
	}
	return nil
}

// isFieldMap recognises a bare map of fields (Rails, Django REST Framework):
// every member is a list or an object, and at least one a list of texts.
func isFieldMap(n node) bool {
	found := false
	for _, e := range n.elems {
		switch e.kind {
		case '[':
			found = found || len(texts(e)) > 0
		case '{':
			found = found || isFieldMap(e)
		default:
			return false
		}
	}
	return found
}

// wholeForm are the names under which errors of no single field stand.
var wholeForm = map[string]bool{"": true, "base": true, "_": true, "__all__": true, "non_field_errors": true, "nonFieldErrors": true, "$": true, "general": true}

// mapTexts are the texts of a map from field to errors.
func mapTexts(n node) []string {
	var all []string
	for i, field := range n.names {
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
			} else {
				all = append(all, mapTexts(e)...) // a nested form
			}
		}
	}
	return all
}

// listTexts are the texts of a list of errors that belong to field, or, where
// the elements are objects, to the field that each names.
func listTexts(n node, field string) []string {
	var all []string
	for _, e := range n.elems {
		switch e.kind {
		case '"':
			all = append(all, message.WithField(field, e.text))
		case '{':
			if nested := e.member("fieldViolations"); nested.kind == '[' { // AIP-193 BadRequest
				all = append(all, listTexts(nested, "")...)
			} else if text := elementText(e); text != "" {
				all = append(all, withOwnField(e, field, text))
			} else if isFieldMap(e) {
				all = append(all, mapTexts(e)...)
			}
		}
	}
	return all
}

// elementMembers hold the text of one error of a list, best first.
var elementMembers = []string{"defaultMessage", "userMessage", "message", "detail", "msg", "description", "reason", "errorMessage", "title"}

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
