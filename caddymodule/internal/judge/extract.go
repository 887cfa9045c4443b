package judge

import (
	"strings"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/message"
)

// extract looks for the text of a refusal, by the types it finds: errors by
// field or in a list first, since they say most; then one text in a member; then
// short plain text. It returns "" where nothing is fit to be shown.
func extract(b body) (string, Format) {
	if b.json.kind == 0 {
		if b.format == FormatText {
			return clean([]string{b.text}), FormatText
		}
		return "", b.format
	}
	if text := clean(texts(b.json.member("userMessage"))); text != "" {
		return text, FormatContract
	}
	format := FormatFields
	if isProblem(b.json) {
		format = FormatProblem
	}
	if text := clean(fieldTexts(b.json)); text != "" {
		return text, format
	}
	if format != FormatProblem {
		format = FormatMessage
	}
	if text := messageOf(b.json); text != "" {
		return text, format
	}
	if b.json.kind == '"' {
		return clean([]string{b.json.text}), FormatText
	}
	return "", FormatOther
}

// isProblem recognises RFC 9457 by its members, since many send it without its
// media type: `type` is a reference and `title` or `detail` a text.
func isProblem(n node) bool {
	return n.member("type").kind == '"' && (n.member("title").kind == '"' || n.member("detail").kind == '"')
}

// messageMembers are the members that hold one text for a person, best first.
// `error` stands behind what describes it, as in OAuth (RFC 6749, section 5.2).
var messageMembers = []string{"detail", "message", "error_description", "error", "title", "msg", "faultstring"}

// messageOf is the first usable text in a message member of n, or in one of its
// `error` object (Google AIP-193, OData, Microsoft's REST guidelines).
func messageOf(n node) string {
	for _, name := range messageMembers {
		member := n.member(name)
		if member.kind == '{' && name == "error" {
			if text := messageOf(member); text != "" {
				return text
			}
			continue
		}
		if text := clean(texts(member)); text != "" {
			return text
		}
	}
	return ""
}

// texts are the strings of n: itself, or the elements of a list, or the message
// members of an object.
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
				return []string{m.text}
			}
		}
	}
	return nil
}

// clean makes one text of many: each one fit to be shown, each once.
func clean(candidates []string) string {
	const most = 32 // what does not fit into a message anyway need not be cleaned
	usable := make([]string, 0, min(len(candidates), most))
	for _, c := range candidates[:min(len(candidates), most)] {
		// The words of a JSON reader, not of a person (ASP.NET Core).
		if strings.HasPrefix(c, "The JSON value could not be converted") {
			continue
		}
		if text, ok := message.Clean(c); ok {
			usable = append(usable, text)
		}
	}
	joined, _ := message.Clean(message.Join(usable))
	return joined
}
