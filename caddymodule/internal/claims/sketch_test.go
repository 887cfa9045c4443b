package claims

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"
)

// Letters whose other cases have another size in UTF-8: k and U+212A, s and U+017F,
// \u00e5 and U+212B, \u00df and U+1E9E, \u023a and U+2C65.
var oddLetters = []rune("kK\u212asS\u017f\u00e5\u00c5\u212b\u00df\u1e9e\u023a\u2c65xX_1😀\ufffd")

func TestSketchHoldsEveryCaseOfAName(t *testing.T) {
	t.Parallel()
	letters := rapid.SliceOfN(rapid.SampledFrom(oddLetters), 0, 12)
	rapid.Check(t, func(t *rapid.T) {
		name := letters.Draw(t, "name")
		other := make([]rune, len(name))
		for i, letter := range name {
			other[i] = rapid.SampledFrom(cases(letter)).Draw(t, "case")
		}
		assert.True(t, strings.EqualFold(string(name), string(other)))
		var s sketch
		s.add(plainName{rest: string(name)})
		assert.True(t, s.holds(plainName{rest: string(other)}), "%q and %q", string(name), string(other))
	})
}

func TestSketchSparesMostLookUps(t *testing.T) {
	t.Parallel()
	rules, held := usualRules(t), 0
	for claim := range mustDecode(t, exampleCall).All() {
		if name, _ := plain(claim); rules.spoken.holds(name) {
			held++
		}
	}
	assert.LessOrEqual(t, held, 4, "of 17")
}
