package claims

import (
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// maxSimple is the length of a body that decodeSimple tries, some five times that
// of the example on Microsoft's page: to read a longer one twice would be felt.
const maxSimple = 4096

// simple reads what nearly every call is, in one pass: short, with names that have
// no escape. It only ever says yes. Where it is not sure it gives up, and decodeAny
// decides from the start, so that there is one judge of what is refused and why.
//
// What is read so far is in body up to end, in canonical form, and from there as
// text[from:pos], which is canonical too. White space ends such a piece, so that
// a call without any is not moved at all. body never gets ahead of text.
type simple struct {
	text      string // the body as it came; names are pieces of it
	pos, from int
	body      []byte
	end       int

	members    [48]place // of all objects that are open; a user flow's call has about twenty
	count      int       // of members
	depth      int
	separators int

	bits    byte // of every byte in a string
	changes bool // a string has an escape, or a space at an edge

	usual [1024]byte // for arrange; the example on Microsoft's page needs 680
	large []byte
}

// decodeSimple is Decode for a simple body. If it gives up, body is as it was.
func decodeSimple(body []byte) (o Object, ok bool) {
	if len(body) > maxSimple {
		return Object{}, false
	}
	s := simple{text: string(body), body: body}
	ok = s.next() == '{' && s.object() && s.next() == 0 && s.pos == len(s.text)
	isASCII := s.bits < utf8.RuneSelf
	if !ok || !isASCII && !utf8.ValidString(s.text) {
		copy(body, s.text)
		return Object{}, false
	}
	s.flush()
	members := make([]Member, s.count)
	for i := range members {
		m := s.members[i]
		members[i] = Member{s.name(m), body[m.value:m.end:m.end]}
	}
	return Object{members, body[:s.end:s.end], isASCII && !s.changes}, true
}

// flush moves what has been read to its place in body.
func (s *simple) flush() {
	s.end += copy(s.body[s.end:], s.text[s.from:s.pos])
	s.from = s.pos
}

// at is where the next byte has its place in body.
func (s *simple) at() int { return s.end + s.pos - s.from }

// next skips white space and returns the byte behind it, 0 at the end.
func (s *simple) next() byte {
	if s.pos < len(s.text) && s.text[s.pos] > ' ' {
		return s.text[s.pos]
	}
	return s.skip()
}

func (s *simple) skip() byte {
	s.flush()
	for ; s.pos < len(s.text); s.pos++ {
		switch c := s.text[s.pos]; c {
		case ' ', '\t', '\r', '\n':
		default:
			s.from = s.pos
			return c
		}
	}
	s.from = s.pos
	return 0
}

// value reads a value that starts with first.
func (s *simple) value(first byte) bool {
	switch first {
	case '"':
		return s.string() || s.escaped()
	case '{':
		return s.object()
	case '[':
		return s.array()
	case 't':
		return s.word("true")
	case 'f':
		return s.word("false")
	case 'n':
		return s.word("null")
	default:
		return s.number()
	}
}

// string reads a string without an escape.
func (s *simple) string() bool {
	bits := s.bits
	for i, text := s.pos+1, s.text; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			s.changes = s.changes || text[s.pos+1] == ' ' || text[i-1] == ' '
			s.pos, s.bits = i+1, bits
			return true
		case c < ' ' || c == '\\':
			return false
		default:
			bits |= c
		}
	}
	return false
}

// escaped reads a string that may have escapes and gives each the form of RFC 8785,
// section 3.2.2.2, which is never longer.
func (s *simple) escaped() bool {
	s.flush()
	for i := s.pos + 1; i < len(s.text); i++ {
		switch s.text[i] {
		case '\\':
			i++
		case '"':
			text, err := jsontext.AppendUnquote(nil, s.text[s.pos:i+1])
			s.end += copy(s.body[s.end:], AppendQuote(nil, string(text)))
			s.pos, s.from, s.changes = i+1, i+1, true
			return err == nil
		}
	}
	return false
}

func (s *simple) word(w string) bool {
	ok := strings.HasPrefix(s.text[s.pos:], w)
	s.pos += len(w)
	return ok
}

func (s *simple) number() bool {
	s.accept('-')
	first := s.pos
	n := s.digits()
	ok := n == 1 || n > 1 && s.text[first] != '0'
	if s.accept('.') {
		ok = ok && s.digits() > 0
	}
	if s.accept('e') || s.accept('E') {
		_ = s.accept('+') || s.accept('-')
		ok = ok && s.digits() > 0
	}
	return ok
}

// accept steps behind c if it comes next.
func (s *simple) accept(c byte) bool {
	found := s.pos < len(s.text) && s.text[s.pos] == c
	if found {
		s.pos++
	}
	return found
}

func (s *simple) digits() (n int) {
	for ; s.pos < len(s.text) && '0' <= s.text[s.pos] && s.text[s.pos] <= '9'; n++ {
		s.pos++
	}
	return n
}

func (s *simple) array() bool {
	if !s.open() {
		return false
	}
	if s.next() == ']' {
		return s.close()
	}
	for s.value(s.next()) {
		if more, ok := s.more(']'); !more || !ok {
			return ok
		}
	}
	return false
}

// object leaves its members behind only if it is the outermost one.
func (s *simple) object() bool {
	start, first, sorted := s.at(), s.count, true
	if !s.open() {
		return false
	}
	if s.next() == '}' {
		return s.close()
	}
	for s.next() == '"' {
		m, ok := s.member()
		if !ok || !s.insert(first, m) {
			return false
		}
		sorted = sorted && s.members[s.count-1] == m
		more, ok := s.more('}')
		if more && ok {
			continue
		}
		if ok && !sorted {
			s.flush()
			s.arrange(start+1, s.members[first:s.count])
		}
		if s.depth > 0 {
			s.count = first
		}
		return ok
	}
	return false
}

func (s *simple) member() (m place, ok bool) {
	m = place{name: s.pos + 1, start: s.at()}
	if !s.string() || s.next() != ':' {
		return m, false
	}
	s.pos++
	kind := s.next()
	m.value = s.at()
	ok = s.value(kind)
	m.end = s.at()
	return m, ok
}

func (s *simple) open() bool {
	s.pos++
	s.depth++
	return s.depth <= MaxDepth
}

func (s *simple) close() bool {
	s.pos++
	s.depth--
	return true
}

// more steps behind a comma, or closes what ends here. It gives up where neither
// comes.
func (s *simple) more(end byte) (more, ok bool) {
	switch s.next() {
	case ',':
		s.pos++
		s.separators++
		return true, s.separators < MaxMembers
	case end:
		return false, s.close()
	default:
		return false, false
	}
}
