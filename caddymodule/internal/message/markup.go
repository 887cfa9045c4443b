package message

import (
	"strings"

	"golang.org/x/net/html"
)

// role is what an element does to the text around it.
type role int

const (
	// separate is the role of block elements and of every name not known:
	// <code>1</code> in an XML body is a value beside others.
	separate role = iota
	join          // inline: the words around the tag touch
	hide          // the content is not for reading
)

// roles lists the elements of the HTML standard that do not separate words,
// and, as separate, those by which a tag that never ends is told from a lone
// "<" before a word.
var roles = map[string]role{
	"a": join, "abbr": join, "acronym": join, "b": join, "bdi": join, "bdo": join,
	"big": join, "cite": join, "code": join, "data": join, "del": join, "dfn": join,
	"em": join, "font": join, "i": join, "ins": join, "kbd": join, "label": join,
	"mark": join, "q": join, "s": join, "samp": join, "small": join, "span": join,
	"strike": join, "strong": join, "sub": join, "sup": join, "time": join, "tt": join,
	"u": join, "var": join, "wbr": join,

	"iframe": hide, "noembed": hide, "noframes": hide, "script": hide, "style": hide,
	"title": hide,

	"body": separate, "br": separate, "button": separate, "div": separate,
	"form": separate, "h1": separate, "head": separate, "html": separate,
	"img": separate, "input": separate, "li": separate, "link": separate,
	"meta": separate, "object": separate, "svg": separate, "table": separate,
	"td": separate, "tr": separate, "ul": separate,
}

// resolve does one round of reading the text as HTML: tags and comments go,
// entities become what they stand for. What that uncovers is for the next
// round. It reads with the tokenizer and not with patterns, since a stripper
// that disagrees with the browser about where a tag ends is a hole
// (GO-2026-5660).
func resolve(text string) string {
	if !strings.ContainsAny(text, "<&") {
		return text
	}
	var (
		b      strings.Builder
		hidden string // the element whose content is being dropped
	)
	z := html.NewTokenizer(strings.NewReader(text))
	for {
		switch z.Next() {
		case html.TextToken:
			if hidden == "" {
				b.Write(z.Text())
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			name, _ := z.TagName()
			r := roles[string(name)]
			if hidden == "" && r == hide {
				hidden = string(name)
			}
			if r != join {
				b.WriteByte(' ')
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			if string(name) == hidden {
				hidden = ""
			}
			if roles[string(name)] != join {
				b.WriteByte(' ')
			}
		case html.CommentToken, html.DoctypeToken:
			if raw := string(z.Raw()); hidden == "" && !strings.HasSuffix(raw, ">") {
				b.WriteString(unclosed(raw))
			}
		case html.ErrorToken: // the end, or a tag that never ends
			if hidden == "" {
				b.WriteString(unclosed(string(z.Raw())))
			}
			if out, lone := strings.CutSuffix(b.String(), "</"); lone {
				return out + "< /" // text as it is, a comment once anything follows
			}
			return b.String()
		}
	}
}

// unclosed makes text of a tag or comment that runs to the end. A browser would
// swallow it, and with it half of "must be <x and shown in full"; so only what
// surely is markup goes, and elsewhere a space after the "<" makes it text.
func unclosed(raw string) string {
	if strings.HasPrefix(raw, "<!--") {
		return ""
	}
	name := strings.TrimPrefix(strings.TrimPrefix(raw, "<"), "/")
	if end := strings.IndexAny(name, " />"); end >= 0 {
		name = name[:end]
	}
	if _, known := roles[strings.ToLower(name)]; known && len(name) > 1 {
		return ""
	}
	// Every "<" of the rest is defused at once: going on after the first would
	// read the rest again for each, which is quadratic.
	raw = html.UnescapeString(raw)
	var b strings.Builder
	for i := range len(raw) {
		b.WriteByte(raw[i])
		if raw[i] == '<' && i+1 < len(raw) && opens(raw[i+1]) {
			b.WriteByte(' ')
		}
	}
	return b.String()
}

// opens reports whether "<" before c starts a tag or a comment (WHATWG HTML,
// 13.2.5.6, tag open state).
func opens(c byte) bool {
	return c == '/' || c == '!' || c == '?' || 'a' <= c|0x20 && c|0x20 <= 'z'
}
