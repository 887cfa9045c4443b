package judge

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/rulebook"
)

// A connector's own rule may say yes to a body that is no object. None of it is a
// claim: a list panicked once, and the person met a fault in the place of that yes.
func TestContinueOverABodyThatIsNoObject(t *testing.T) {
	t.Parallel()
	rules, err := rulebook.New([]rulebook.Rule{{Status: "2xx", Verdict: "continue"}})
	require.NoError(t, err)
	configured := Judge{MaxBody: judge.MaxBody, Rules: rules}
	for _, body := range []string{``, `null`, `"yes"`, `1`, `true`, `[]`, `[1]`, `["ok",{"a":1}]`, `[[]]`, `// yes`, `<yes/>`, `yes`} {
		found := configured.Answer(answer(200, "", body))
		assert.Equal(t, "continue {}", told(found.Verdict), body)
		assert.Equal(t, RuleConfigured, found.Rule, body)
	}
	assert.Equal(t, `continue {"a":1}`, told(configured.Answer(answer(200, "", `{"a":1}`)).Verdict))
}
