package judge

import (
	"bytes"
	"strings"
	"sync"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/tailscale/hujson"
)

// The bounds of an upstream's JSON: deeper than any known error body, and so few
// brackets that hujson, which recurses without a limit, cannot go far.
const (
	maxNesting  = 64
	maxBrackets = 8192
)

// parse reads JSON as validators write it: duplicate names (the last wins),
// comments and trailing commas, as the examples on Microsoft's page have them.
func parse(text string) (node, bool) {
	if value, ok := parseStrict(text); ok {
		return value, true
	}
	if strings.IndexByte("{[/", text[0]) < 0 || strings.Count(text, "{")+strings.Count(text, "[") > maxBrackets {
		return node{}, false
	}
	standard, err := hujson.Standardize([]byte(text + "\n")) // a line comment wants its end
	if err != nil {
		return node{}, false
	}
	return parseStrict(string(standard))
}

// parseStrict reads one JSON value with nothing around it but white space. The
// text is UTF-8; the node's own texts are parts of it where they can.
func parseStrict(text string) (node, bool) {
	r, _ := readers.Get().(*reader)
	value, ok := r.read(text)
	if ok && r.forget() {
		readers.Put(r) // any other may hold names of what it could not read
	}
	return value, ok
}

// reader reads one JSON text after another. To make what it works with anew was
// half the cost of judging a plain answer.
type reader struct {
	text string
	// copied is text again: jsontext reads a bytes.Buffer in its place.
	copied []byte
	buffer bytes.Buffer
	dec    jsontext.Decoder
	// names and elems are of all objects and lists that are still open.
	names []string
	elems []node
}

var readers = sync.Pool{New: func() any { return new(reader) }}

// A validator's own JSON; members have to be looked for by their names.
var asWritten = []jsontext.Options{jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)}

func (r *reader) read(text string) (node, bool) {
	r.text, r.copied = text, append(r.copied[:0], text...)
	r.buffer = *bytes.NewBuffer(r.copied)
	r.dec.Reset(&r.buffer, asWritten...)
	value, ok := r.value()
	// Else there is data behind the value.
	return value, ok && strings.Trim(text[r.dec.InputOffset():], " \t\r\n") == ""
}

// forget clears what is of the text that was read, so that no answer stays in
// memory, and reports whether what is left is small enough to keep.
func (r *reader) forget() bool {
	const mostBytes, mostElems = 64 << 10, 1 << 10
	r.text = ""
	clear(r.copied)
	return cap(r.copied) <= mostBytes && cap(r.names) <= mostElems && cap(r.elems) <= mostElems
}

func (r *reader) value() (node, bool) {
	switch kind := r.dec.PeekKind(); kind {
	case '{':
		return r.object()
	case '[':
		return r.list()
	case '"', '0':
		text, ok := r.scalar()
		return node{kind: kind, text: text}, ok
	default: // a literal, or an error
		_, err := r.dec.ReadToken()
		return node{kind: kind}, err == nil
	}
}

// open reads the bracket of an object or a list.
func (r *reader) open() bool {
	_, err := r.dec.ReadToken()
	return err == nil && r.dec.StackDepth() <= maxNesting
}

func (r *reader) list() (node, bool) {
	if !r.open() {
		return node{}, false
	}
	first := len(r.elems)
	for r.dec.PeekKind() != ']' {
		value, ok := r.value()
		if !ok {
			return node{}, false
		}
		r.elems = append(r.elems, value)
	}
	_, err := r.dec.ReadToken()
	return node{kind: '[', elems: take(&r.elems, first)}, err == nil
}

func (r *reader) object() (node, bool) {
	if !r.open() {
		return node{}, false
	}
	firstName, firstElem := len(r.names), len(r.elems)
	var at index
	for kind := r.dec.PeekKind(); kind != '}'; kind = r.dec.PeekKind() {
		name, ok := r.scalar()
		if !ok || kind != '"' {
			return node{}, false
		}
		value, ok := r.value()
		if !ok {
			return node{}, false
		}
		if i, again := at.find(r.names[firstName:], name); again {
			r.elems[firstElem+i] = value
			continue
		}
		r.names, r.elems = append(r.names, name), append(r.elems, value)
	}
	_, err := r.dec.ReadToken()
	return node{kind: '{', names: take(&r.names, firstName), elems: take(&r.elems, firstElem)}, err == nil
}

// take moves what stands at the end of a stack, from first on.
func take[T any](stack *[]T, first int) []T {
	top := (*stack)[first:]
	*stack = (*stack)[:first]
	if len(top) == 0 {
		return nil
	}
	taken := make([]T, len(top))
	copy(taken, top)
	clear(top)
	return taken
}

// scalar is the text of a string, or a number as sent.
func (r *reader) scalar() (string, bool) {
	raw, err := r.dec.ReadValue()
	if err != nil {
		return "", false
	}
	end := int(r.dec.InputOffset())
	text := r.text[end-len(raw) : end]
	if text[0] != '"' {
		return text, true
	}
	if text = text[1 : len(text)-1]; strings.IndexByte(text, '\\') < 0 {
		return text, true
	}
	// The only error is half a surrogate pair, and has become U+FFFD by then.
	unquoted, _ := jsontext.AppendUnquote(nil, raw)
	return string(unquoted), true
}

// index finds a name among those of an object that were there before. Few are
// compared one by one, many by a map: the time stays linear.
type index map[string]int

func (x *index) find(names []string, name string) (int, bool) {
	const few = 16
	if len(names) <= few {
		for i, n := range names {
			if n == name {
				return i, true
			}
		}
		return 0, false
	}
	if *x == nil {
		*x = make(index)
	}
	for i := len(*x); i < len(names); i++ { // those that came since
		(*x)[names[i]] = i
	}
	i, again := (*x)[name]
	return i, again
}
