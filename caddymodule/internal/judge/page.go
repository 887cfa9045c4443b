package judge

import (
	"regexp"
	"slices"
	"strings"
)

// isHTML recognises a page: by how every page begins, or, where the upstream says
// text/html, by any tag. Without a tag text/html makes none: it is what PHP sends
// for `echo "E-mail already registered"`.
func isHTML(text, media string) bool {
	head := strings.ToLower(text[:min(len(text), 512)])
	if text[0] == '<' && pageStart.MatchString(head) {
		return true
	}
	return media == "text/html" && anyTag.MatchString(head)
}

var (
	pageStart = regexp.MustCompile(`<!doctype html|<html[\s>]|^<(?:body|center|h1|p|div|pre)>`)
	anyTag    = regexp.MustCompile(`<[a-z!/]`)
)

// xhtml is the namespace of XHTML 1.0, section 3.1.1.
const xhtml = "http://www.w3.org/1999/xhtml"

// pageRoots are the elements of HTML with which a page, or a piece of one, begins.
// One that is well-formed is a page still, and no error in XML.
var pageRoots = []string{
	"a", "article", "b", "body", "br", "center", "div", "em", "font", "form", "h1", "h2", "h3", "h4", "h5", "h6", "head", "hr",
	"html", "i", "img", "li", "main", "meta", "ol", "p", "pre", "script", "section", "span", "strong", "style", "table", "ul",
}

func (e *element) isPage() bool {
	return e.space == xhtml || slices.Contains(pageRoots, strings.ToLower(e.local))
}
