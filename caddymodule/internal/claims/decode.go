package claims

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
)

// The limits of a call. A call of a user flow has some twenty members and one
// array of flat objects; a policy may build any shape (ClaimUsedForRequestPayload),
// but none that needs more than this.
const (
	MaxDepth   = 32
	MaxMembers = 1000
)

// Why a body is no object of claims. No error of this package quotes the body.
var (
	ErrEmpty     = errors.New("the body is empty")
	ErrSyntax    = errors.New("the body is not valid JSON")
	ErrDuplicate = errors.New("a name stands twice in one object")
	ErrNoObject  = errors.New("the body is not a JSON object")
	ErrTooDeep   = fmt.Errorf("the body is nested deeper than %d levels", MaxDepth)
	ErrTooMany   = fmt.Errorf("the body has more than %d members and elements", MaxMembers)
)

var byteOrderMark = []byte("\xEF\xBB\xBF")

// Decode reads one JSON object of claims. It takes ownership of body: the object
// is made of slices of it.
func Decode(body []byte) (Object, error) {
	body = bytes.TrimPrefix(body, byteOrderMark)
	if len(bytes.TrimSpace(body)) == 0 {
		return Object{}, ErrEmpty
	}
	if o, ok := decodeSimple(body); ok {
		return o, nil
	}
	return decodeAny(body)
}

// decodeAny reads every body that is not empty.
func decodeAny(body []byte) (Object, error) {
	// Before the parser: its cost for reordering grows with the depth.
	if err := checkShape(body); err != nil {
		return Object{}, err
	}
	value := jsontext.Value(body)
	if err := value.Format(jsontext.ReorderRawObjects(true)); err != nil {
		if errors.Is(err, jsontext.ErrDuplicateName) {
			return Object{}, ErrDuplicate
		}
		return Object{}, ErrSyntax // the parser's own words quote the body
	}
	if value.Kind() != '{' {
		return Object{}, ErrNoObject
	}
	return split(value), nil
}

// checkShape counts depth and commas without a parser: text that is not valid
// JSON may be counted wrongly, but is refused right after.
func checkShape(body []byte) error {
	depth, separators := 0, 0
	for i := 0; i < len(body); i++ {
		switch body[i] {
		case '"':
			for i++; i < len(body) && body[i] != '"'; i++ {
				if body[i] == '\\' {
					i++
				}
			}
		case '{', '[':
			if depth++; depth > MaxDepth {
				return ErrTooDeep
			}
		case '}', ']':
			depth--
		case ',':
			if separators++; separators >= MaxMembers {
				return ErrTooMany
			}
		}
	}
	return nil
}

// split cuts a canonical object into its members. Its names are substrings of
// one string, so that a call costs one allocation for all of them.
func split(canonical jsontext.Value) Object {
	text := string(canonical)
	members := make([]Member, 0, 24) // a user flow's call has about twenty
	for pos := 1; text[pos] != '}'; {
		if text[pos] == ',' {
			pos++
		}
		nameEnd := endOfString(text, pos)
		name := text[pos+1 : nameEnd-1]
		if containsEscape(name) {
			name, _ = Unquote(jsontext.Value(text[pos:nameEnd]))
		}
		start := nameEnd + 1 // past the colon
		end := endOfValue(text, start)
		members = append(members, Member{name, canonical[start:end:end]})
		pos = end
	}
	return Object{members: members, whole: canonical[:len(canonical):len(canonical)]}
}

// endOfString returns the index after the string that starts at pos.
func endOfString[Text string | jsontext.Value](text Text, pos int) int {
	for i := pos + 1; ; i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
}

// endOfValue returns the index after the value that starts at pos; text is valid
// JSON without white space, an object whose end lies behind.
func endOfValue(text string, pos int) int {
	depth := 0
	for i := pos; ; {
		switch text[i] {
		case '"':
			i = endOfString(text, i)
			if depth == 0 {
				return i
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return i // a number or word that ends with the object
			}
			if depth--; depth == 0 {
				return i + 1
			}
		case ',':
			if depth == 0 {
				return i
			}
		}
		i++
	}
}

func containsEscape(s string) bool {
	for i := range len(s) {
		if s[i] == '\\' {
			return true
		}
	}
	return false
}
