package memo

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestAliases(t *testing.T) {
	t.Parallel()
	var a Aliases
	_, _, found := a.Find(Key{})
	assert.False(t, found, "an empty place is no alias of nothing")
	const many = 4 * aliasShards * aliasPlaces
	for n := range many {
		a.Keep(keyOf(n), keyOf(-n), uint8(n))
		key, note, found := a.Find(keyOf(n))
		assert.True(t, found, "the latest is there")
		assert.Equal(t, keyOf(-n), key)
		assert.Equal(t, uint8(n), note)
	}
	have := 0
	for n := range many {
		if key, note, found := a.Find(keyOf(n)); found {
			have++
			assert.Equal(t, keyOf(-n), key, "nobody else's")
			assert.Equal(t, uint8(n), note)
		}
	}
	assert.Greater(t, have, aliasShards*aliasPlaces*9/10, "the places are used")
	a.Keep(keyOf(1), keyOf(2), 3)
	key, _, _ := a.Find(keyOf(1))
	assert.Equal(t, keyOf(2), key)
}
