package judge

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// Looking for texts walks a body once: with a walk for each level, the time
// doubled with every one of them.
func TestDeeplyNestedErrorsTakeNoTime(t *testing.T) {
	t.Parallel()
	const levels = maxNesting/2 - 1
	for name, body := range map[string]string{
		"maps in lists": strings.Repeat(`{"a":[`, levels) + `"is wrong"` + strings.Repeat("]}", levels),
		"maps in maps":  strings.Repeat(`{"a":{"b":`, levels) + `["is wrong"]` + strings.Repeat("}}", levels),
		"in errors":     `{"errors":` + strings.Repeat(`[{"a":`, levels-1) + `["is wrong"]` + strings.Repeat("}]", levels-1) + "}",
	} {
		f := Judge{MaxBody: 1 << 16}.Answer(Answer{Status: 400, Body: []byte(body)})
		assert.Equal(t, RuleClientError, f.Rule, name)
		assert.Equal(t, FormatFields, f.Format, name)
	}
}
