package claims

// place is where a member stands: its name in text, the rest in body. It has no
// pointer, which makes it cheap to move.
type place struct{ name, start, value, end int }

func (s *simple) name(m place) string {
	return s.text[m.name : m.name+m.value-m.start-len(`"":`)]
}

// insert puts m among the members of its object, which start at first, in the
// order of their names. It gives up where a name stands twice.
func (s *simple) insert(first int, m place) bool {
	if s.count == len(s.members) {
		return false
	}
	name, low, high := s.name(m), first, s.count
	for low < high {
		middle := (low + high) / 2
		switch order := compareNames(name, s.name(s.members[middle])); {
		case order < 0:
			high = middle
		case order > 0:
			low = middle + 1
		default:
			return false
		}
	}
	copy(s.members[low+1:s.count+1], s.members[low:s.count])
	s.members[low] = m
	s.count++
	return true
}

// arrange moves members, which are in order, to where they belong in body: the
// first to start, each with one comma behind it but for the last.
func (s *simple) arrange(start int, members []place) {
	sorted := s.room(s.end - start)
	for i, m := range members {
		moved := start + len(sorted) - m.start
		members[i] = place{m.name, m.start + moved, m.value + moved, m.end + moved}
		sorted = append(append(sorted, s.body[m.start:m.end]...), ',')
	}
	copy(s.body[start:], sorted[:len(sorted)-1])
}

// room is space for n bytes, which for the usual call is on the stack already.
func (s *simple) room(n int) []byte {
	if n <= len(s.usual) {
		return s.usual[:0]
	}
	if s.large == nil {
		s.large = make([]byte, 0, len(s.text))
	}
	return s.large[:0]
}
