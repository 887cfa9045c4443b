package memo

import "math/bits"

// values holds the values of a shard, those of like size in one stack. Whoever leaves
// a stack is replaced by the last in it, so there are no holes, and what it had is
// overwritten: nothing that was forgotten stays in memory. The collector sees a chunk
// of many values as one thing without pointers.
type values struct {
	stacks []stack // by class
}

type stack struct {
	chunks [][]byte
	owners []int32 // the slots of the blocks, in their order
}

// chunkSize is one of Go's own sizes, of which nothing is lost.
const chunkSize = 8 << 10

// The sizes of blocks: up to 128 bytes each sixteenth, beyond that eight to a power
// of two, so that at most an eighth is left unused.
const (
	classStep    = 16
	classSteps   = 8 // to a power of two
	smallestStep = classStep * classSteps
)

// classOf is the class of a value of so many bytes.
func classOf(size int) int {
	last := max(size, 1) - 1
	if last < smallestStep {
		return last / classStep
	}
	doublings := bits.Len(uint(last / smallestStep))
	return classSteps*doublings + last>>(doublings-1)/classStep - classSteps
}

// blockSize is the size of a class's blocks.
func blockSize(class int) int {
	if class < classSteps {
		return classStep * (class + 1)
	}
	return classStep << (class/classSteps - 1) * (classSteps + 1 + class%classSteps)
}

func perChunk(class int) int { return max(1, chunkSize/blockSize(class)) }

// block is the one at a place of a class.
func (v *values) block(class int, at int32) []byte {
	per, size := perChunk(class), blockSize(class)
	from := int(at) % per * size
	return v.stacks[class].chunks[int(at)/per][from : from+size]
}

// add copies a value for a slot and returns its place.
func (v *values) add(value []byte, owner int32) (at int32) {
	class := classOf(len(value))
	for class >= len(v.stacks) {
		v.stacks = append(v.stacks, stack{})
	}
	s, per := &v.stacks[class], perChunk(class)
	at = int32(len(s.owners)) //nolint:gosec // not more than slots
	if s.owners = append(s.owners, owner); len(s.owners) > per*len(s.chunks) {
		s.chunks = append(s.chunks, make([]byte, per*blockSize(class)))
	}
	copy(v.block(class, at), value)
	return at
}

// remove overwrites the value of so many bytes at a place. The slot whose value has
// moved there instead is returned, or none.
func (v *values) remove(size int, at int32) (moved int32) {
	class := classOf(size)
	s, per := &v.stacks[class], perChunk(class)
	last := int32(len(s.owners) - 1) //nolint:gosec // not more than slots
	moved = none
	if at != last {
		moved = s.owners[last]
		s.owners[at] = moved
		copy(v.block(class, at), v.block(class, last))
	}
	clear(v.block(class, last))
	s.owners = s.owners[:last]
	// A chunk more than is needed stays, so that a full store does not make and drop
	// one with every record.
	if spare := per*len(s.chunks) - len(s.owners); spare >= 2*per-1 {
		s.chunks[len(s.chunks)-1] = nil
		s.chunks = s.chunks[:len(s.chunks)-1]
	}
	return moved
}

// removeAll overwrites all values and gives their memory back.
func (v *values) removeAll() {
	for _, s := range v.stacks {
		for _, chunk := range s.chunks {
			clear(chunk)
		}
	}
	*v = values{}
}

// of is a copy of the value of so many bytes at a place.
func (v *values) of(size int, at int32) []byte {
	value := make([]byte, size)
	copy(value, v.block(classOf(size), at))
	return value
}
