package judge

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
)

// element is one element of an XML document. Attributes are not kept: no known
// error form says anything to a person in one.
type element struct {
	space string // its namespace, resolved; "" where its prefix is not declared
	local string
	lang  string // its own xml:lang
	text  string // what stands between its tags but not between those of others
	elems []*element
}

// maxElements bounds a document besides maxNesting and the limit of the body. Far
// more than any error needs, and few enough to be nothing in memory.
const maxElements = 8192

// parseXML reads a document by raw tokens, so that only what this package knows
// of XML happens: no document type (XXE, CWE-611; entity expansion, CWE-776), no
// entities but the five of XML, nothing outside the one root.
func parseXML(text string) (*element, bool) {
	if strings.HasPrefix(text, "<?xml") {
		// The charset is undone by now, and the decoder refuses XML 1.1.
		_, rest, found := strings.Cut(text, "?>")
		if !found {
			return nil, false
		}
		text = rest
	}
	dec := xml.NewDecoder(strings.NewReader(text))
	var r xmlReader
	for {
		token, err := dec.RawToken()
		if err != nil {
			return r.root, errors.Is(err, io.EOF) && r.root != nil && len(r.open) == 0
		}
		if !r.take(token) {
			return nil, false
		}
	}
}

// xmlReader builds the tree. Its open elements are from the root to the current.
type xmlReader struct {
	root  *element
	open  []openElement
	count int
}

type openElement struct {
	*element
	tag      xml.Name // as written: prefix and name
	prefixes map[string]string
	text     []byte // in pieces, around comments, CDATA and elements
}

func (r *xmlReader) take(token xml.Token) bool {
	switch t := token.(type) {
	case xml.StartElement:
		return r.start(t)
	case xml.EndElement:
		last := len(r.open) - 1
		if last < 0 || r.open[last].tag != t.Name { // raw tokens are not matched
			return false
		}
		r.open[last].element.text = string(r.open[last].text)
		r.open = r.open[:last]
	case xml.CharData:
		if len(r.open) == 0 {
			return strings.TrimSpace(string(t)) == ""
		}
		current := &r.open[len(r.open)-1]
		current.text = append(current.text, t...)
	case xml.Directive:
		return false
	}
	return true
}

func (r *xmlReader) start(t xml.StartElement) bool {
	r.count++
	if r.count > maxElements || len(r.open) >= maxNesting || len(r.open) == 0 && r.root != nil {
		return false
	}
	next := openElement{element: &element{local: t.Name.Local}, tag: t.Name}
	for _, a := range t.Attr {
		switch {
		case a.Name.Space == "xmlns":
			next.declare(a.Name.Local, a.Value)
		case a.Name.Space == "" && a.Name.Local == "xmlns":
			next.declare("", a.Value)
		case a.Name.Space == "xml" && a.Name.Local == "lang":
			next.lang = a.Value
		}
	}
	if len(r.open) == 0 {
		r.root = next.element
	} else {
		parent := r.open[len(r.open)-1].element
		parent.elems = append(parent.elems, next.element)
	}
	r.open = append(r.open, next)
	next.space = r.namespace(t.Name.Space)
	return true
}

func (e *openElement) declare(prefix, space string) {
	if e.prefixes == nil {
		e.prefixes = make(map[string]string)
	}
	e.prefixes[prefix] = space
}

// namespace is what a prefix stands for at the current element.
func (r *xmlReader) namespace(prefix string) string {
	for i := len(r.open) - 1; i >= 0; i-- {
		if space, declared := r.open[i].prefixes[prefix]; declared {
			return space
		}
	}
	return ""
}
