package judge

import "slices"

// errorMaps hold errors by field: `errors` (ASP.NET Core, Laravel,
// express-validator's mapped()), ModelState (ASP.NET Web API 2) and their like.
var errorMaps = []string{"errors", "ModelState", "fieldErrors", "validationErrors"}

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
	if all := jsendTexts(n); len(all) > 0 {
		return all
	}
	for _, name := range []string{"error", "odata.error"} {
		if all := fieldTexts(n.member(name)); len(all) > 0 {
			return all
		}
	}
	if isFieldMap(n) {
		return mapTexts(n)
	}
	return nil
}

// jsendTexts are the texts of JSend's `fail`, whose `data` is a map from field to
// error. `data` of anything else is data.
func jsendTexts(n node) []string {
	if !n.member("status").is("fail") {
		return nil
	}
	data := n.member("data")
	return append(mapTexts(data), listTexts(data, "")...)
}

// isFieldMap recognises a bare map of fields (Rails, Django REST Framework,
// ASP.NET's SerializableError): every member is a list or an object, and at least
// one a list of texts.
func isFieldMap(n node) bool {
	found := false
	for i, e := range n.elems {
		switch {
		case n.kind != '{' || e.kind != '[' && e.kind != '{':
			return false
		case isEcho(n.names[i]):
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
	for i, field := range n.names[:min(len(n.names), mostTexts)] {
		if isEcho(field) {
			continue
		}
		e := n.elems[i]
		if wholeForm[field] || e.kind == '"' && (field == "message" || field == "msg" || field == "error") {
			field = ""
		}
		switch e.kind {
		case '"':
			all = append(all, withField(field, e.text))
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
