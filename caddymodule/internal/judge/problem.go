package judge

import "strings"

// asProblem recognises RFC 9457 by its media type or by its members, since many
// send it without: `type` is a reference and `title` or `detail` a text. Members
// of the wrong JSON type are ignored (section 3.1), and so left out. `status`
// decides nothing: the HTTP status does (section 3.1.3).
//
// What is taken: the `errors` that section 3 shows as an extension, else `detail`,
// else `title`.
func asProblem(n node, media string) (node, bool) {
	byMembers := n.member("type").kind == '"' && (n.member("title").kind == '"' || n.member("detail").kind == '"')
	if n.kind != '{' || !byMembers && !strings.HasPrefix(media, "application/problem+") {
		return n, false
	}
	kept := node{kind: '{'}
	for i, name := range n.names {
		switch strings.ToLower(name) {
		case "type", "title", "detail", "instance":
			if n.elems[i].kind != '"' {
				continue
			}
		}
		kept.names = append(kept.names, name)
		kept.elems = append(kept.elems, n.elems[i])
	}
	return kept, true
}
