package judge

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// tree makes of a document the value that the same error has in JSON, so that one
// extraction serves both. The name of the root counts where it is the name of the
// errors (`<errors><email>…`) or of the text itself (`<error>Email taken</error>`);
// elsewhere it is a wrapper (`<problem>`, `<Error>`, `<response>`).
func (e *element) tree() node {
	n := e.node()
	isList := slices.ContainsFunc(slices.Concat(errorMaps, errorLists), func(name string) bool { return strings.EqualFold(name, e.local) })
	if n.kind == '{' && !isList {
		return n
	}
	return node{kind: '{', names: []string{e.local}, elems: []node{n}}
}

// node is a text where the element holds no other, else an object, or the list
// that the object stands for. Text between elements is layout.
func (e *element) node() node {
	if len(e.elems) == 0 {
		return node{kind: '"', text: strings.TrimSpace(e.text)}
	}
	at := make(map[string]int)
	var names []string
	var groups [][]*element
	for _, child := range e.elems {
		i, again := at[child.local]
		if !again {
			i = len(names)
			at[child.local] = i
			names = append(names, memberName(child.local))
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], child)
	}
	if len(names) == 1 && isItem(e.local, names[0]) {
		return listOf(groups[0])
	}
	n := node{kind: '{', names: names, elems: make([]node, len(names))}
	for i, group := range groups {
		switch {
		case len(group) == 1:
			n.elems[i] = group[0].node()
		case inLanguages(group):
			n.elems[i] = byLanguage(group)
		default:
			n.elems[i] = listOf(group)
		}
	}
	return n
}

func listOf(group []*element) node {
	list := node{kind: '[', elems: make([]node, len(group))}
	for i, e := range group {
		list.elems[i] = e.node()
	}
	return list
}

// isItem reports whether elements of this name are the items of a list: `i` (RFC
// 9457, appendix B), the names that serialisers give (.NET, Jackson, which
// repeats the list's own, and Django's), and the singular of the list's. What is
// not read by its name stays under it.
func isItem(list, item string) bool {
	if isEcho(item) {
		return false
	}
	list, item = strings.ToLower(list), strings.ToLower(item)
	switch item {
	case "i", "item", "list-item", "element", "string", list:
		return true
	}
	return strings.HasSuffix(list, item+"s")
}

// inLanguages recognises one text in several languages by the xml:lang of each.
func inLanguages(group []*element) bool {
	return !slices.ContainsFunc(group, func(e *element) bool { return !isTag(e.lang) || len(e.elems) > 0 })
}

func byLanguage(group []*element) node {
	n := node{kind: '{'}
	for _, e := range group {
		n.names = append(n.names, e.lang)
		n.elems = append(n.elems, e.node())
	}
	return n
}

// escapedName is a character that no XML name may have, as XmlConvert of .NET
// writes it: the ModelState of Web API 2 has `users_x005B_0_x005D_.Email`.
var escapedName = regexp.MustCompile(`_x[0-9A-Fa-f]{4}_`)

func memberName(local string) string {
	if !strings.Contains(local, "_x") {
		return local
	}
	return escapedName.ReplaceAllStringFunc(local, func(escaped string) string {
		code, _ := strconv.ParseUint(escaped[2:6], 16, 16)
		return string(rune(code))
	})
}
