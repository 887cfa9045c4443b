package memo

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestClasses(t *testing.T) {
	t.Parallel()
	before := -1
	for size := range 70_000 {
		class := classOf(size)
		block := blockSize(class)
		require.GreaterOrEqual(t, block, size)
		require.LessOrEqual(t, block-size, max(classStep, size/classSteps), "size %d", size)
		if class != before {
			require.Equal(t, before+1, class)
			before = class
		}
	}
	assert.Equal(t, 160, blockSize(classOf(158)), "a verdict of 150 bytes")
}

// What was removed is in no chunk any more, and chunks go when they are not needed.
func TestWhatIsForgottenIsOverwritten(t *testing.T) {
	t.Parallel()
	const most = 1000
	for _, size := range []int{1, 100, 158, 3000, 8192, 20_000} {
		var v values
		class := classOf(size)
		value := func(owner int32) []byte {
			return bytes.Repeat([]byte{byte(owner%255 + 1)}, size)
		}
		places := map[int32]int32{} // by owner
		for owner := range int32(most) {
			places[owner] = v.add(value(owner), owner)
		}
		chunks := len(v.stacks[class].chunks)
		for owner := range int32(most - 1) {
			at := places[owner]
			last := v.block(class, int32(len(v.stacks[class].owners)-1)) // may leave with its chunk
			delete(places, owner)
			if moved := v.remove(size, at); moved != none {
				places[moved] = at
			}
			require.Equal(t, make([]byte, len(last)), last)
			have, want := 0, 0
			for _, chunk := range v.stacks[class].chunks {
				have += len(chunk) - bytes.Count(chunk, []byte{0})
			}
			for owner := range places {
				want += size
				if owner%97 == 0 { // all of them each time would take long
					require.Equal(t, value(owner), v.of(size, places[owner]))
				}
			}
			require.Equal(t, want, have)
		}
		assert.Equal(t, value(most-1), v.of(size, places[most-1]))
		assert.LessOrEqual(t, len(v.stacks[class].chunks), min(2, chunks))
	}
}

// A full store keeps one and forgets one; that makes no garbage, wherever a chunk ends.
func TestAFullStackMakesNoGarbage(t *testing.T) {
	t.Parallel()
	var v values
	value := make([]byte, 158)
	for n := range int32(200) {
		v.add(value, n)
		before := len(v.stacks[classOf(158)].chunks)
		v.add(value, n+1)
		chunk := &v.stacks[classOf(158)].chunks[len(v.stacks[classOf(158)].chunks)-1][0]
		v.remove(158, n)
		v.add(value, n+1)
		require.Same(t, chunk, &v.stacks[classOf(158)].chunks[len(v.stacks[classOf(158)].chunks)-1][0])
		v.remove(158, n)
		require.LessOrEqual(t, len(v.stacks[classOf(158)].chunks), before+1)
	}
}
