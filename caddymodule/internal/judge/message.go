package judge

import "slices"

// messageMembers are the members that hold one text for a person, best first.
// `error` stands behind what describes it, as in OAuth (RFC 6749, section 5.2).
var messageMembers = []string{"detail", "message", "error_description", "error", "odata.error", "title", "msg", "faultstring"}

// messageOf is the first usable text in a message member of n, or in one of its
// `error` object (Google AIP-193, OData, Microsoft's REST guidelines, Stripe).
func messageOf(n node) string {
	if isForDevelopers(n) {
		return ""
	}
	for _, name := range messageMembers {
		member := n.member(name)
		if member.kind == '{' && (name == "error" || name == "odata.error") {
			if text := messageOf(member); text != "" {
				return text
			}
			continue
		}
		var text string
		if member.kind == '"' {
			text = clean([]string{withSubject(n, member.text)})
		} else {
			text = clean(texts(member))
		}
		if text != "" {
			return text
		}
	}
	return ""
}

// isForDevelopers recognises errors of Stripe whose message its documentation
// (docs.stripe.com/api/errors) gives to the developer; only that of a card_error
// is meant for the person. Others have copied the words and mean the same.
func isForDevelopers(n node) bool {
	kind := n.member("type")
	return kind.kind == '"' && slices.Contains([]string{
		"api_connection_error", "api_error", "authentication_error", "idempotency_error", "invalid_request_error", "rate_limit_error",
	}, kind.text)
}

// texts are the strings of n: itself, or the elements of a list, or the first
// message member of an object.
func texts(n node) []string {
	switch n.kind {
	case '"':
		return []string{n.text}
	case '[':
		var all []string
		for _, e := range n.elems {
			all = append(all, texts(e)...)
		}
		return all
	case '{':
		for _, name := range messageMembers {
			if m := n.member(name); m.kind == '"' && !m.isEmpty() {
				return []string{withSubject(n, m.text)}
			}
		}
	}
	return nil
}

// subjectMembers name the field of an error that stands alone. `path` and `name`
// do so only in a list: alone they are the request's and the exception's.
var subjectMembers = []string{"field", "property", "propertyName", "target"}

func withSubject(n node, text string) string {
	for _, name := range subjectMembers {
		if m := n.member(name); m.kind == '"' && m.isSaid() {
			return withField(m.text, text)
		}
	}
	return text
}
