package claims

import (
	"unicode"
	"unicode/utf8"
)

// sketch is a set of names, in any letter case, that may hold more than was put
// in: of a name it knows how it starts and how long it is. Most claims are none
// that a rule speaks of, and then cost no look-up.
type sketch [256]bool

func (s *sketch) holds(name plainName) bool {
	return name.rest == "" || s[slot(name.rest[0], len(name.rest))]
}

func (s *sketch) add(name plainName) {
	shortest, longest := 0, 0 // the sizes of letters differ: K is also U+212A
	for _, letter := range name.rest {
		least, most := utf8.UTFMax, 0
		for _, r := range cases(letter) {
			least, most = min(least, utf8.RuneLen(r)), max(most, utf8.RuneLen(r))
		}
		shortest, longest = shortest+least, longest+most
	}
	first, _ := utf8.DecodeRuneInString(name.rest)
	for _, r := range cases(first) {
		for length := shortest; length <= longest; length++ {
			s[slot(string(r)[0], length)] = true
		}
	}
}

func slot(first byte, length int) byte { return first + byte(length&0x1F)<<3 }

// cases are the letters that strings.EqualFold takes for this one.
func cases(letter rune) []rune {
	all := []rune{letter}
	for r := unicode.SimpleFold(letter); r != letter; r = unicode.SimpleFold(r) {
		all = append(all, r)
	}
	return all
}
