package upstream_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestHeaderDownOverrulesNoStore: the validator says no-store of every answer;
// the operator knows better, and says so with header_down.
func TestHeaderDownOverrulesNoStore(t *testing.T) {
	t.Parallel()
	calls := map[string]int{"header_down -Cache-Control": 1, "": 2}
	texts, validators := make(map[string]string), make(map[string]*secured)
	for line := range calls {
		validators[line] = newSecured(t)
		texts[line] = example(t, "tls", validators[line].edits(edit{"header_down -Cache-Control", line})...)
	}
	for line, g := range startAll(t, texts, apiKey) {
		requireContinue(t, g, "john")
		requireContinue(t, g, "john")
		assert.Equal(t, calls[line], validators[line].Calls(), line)
	}
}
