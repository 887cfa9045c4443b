package contract

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestLegalRefusals(t *testing.T) {
	t.Parallel()
	policy := refusal
	policy.Protocol = CustomPolicy
	for name, x := range map[string]Exchange{
		"user flow":          refusal,
		"custom policy":      policy,
		"lower-case scheme":  withHeader(refusal, "Www-Authenticate", `basic realm="x"`),
		"charset first":      withHeader(refusal, "Www-Authenticate", `Basic charset="UTF-8", realm="x"`),
		"second challenge":   withHeader(refusal, "Www-Authenticate", `Bearer realm="x"`, `Basic realm="x"`),
		"challenges in line": withHeader(refusal, "Www-Authenticate", `Bearer realm="x", Basic realm="x"`),
		"empty object":       withBody(refusal, `{}`),
		"request id":         withHeader(refusal, "X-Request-Id", "1"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.NoError(t, CheckRefusal(x))
		})
	}
}

func TestLegalAnswersToAWrongMethod(t *testing.T) {
	t.Parallel()
	empty := withBody(wrongMethod, "")
	bare := withHeader(empty, "Content-Type")
	head := bare
	head.Method = http.MethodHead
	policy := wrongMethod
	policy.Protocol = CustomPolicy
	for name, x := range map[string]Exchange{
		"with a body":             wrongMethod,
		"without a body":          empty,
		"without a type":          bare,
		"HEAD without a length":   withHeader(head, "Content-Length"),
		"HEAD, the length of GET": withHeader(head, "Content-Length", "70"),
		"policy, POST":            policy,
		"policy, POST and GET":    withHeader(policy, "Allow", "GET, POST"),
		"policy, two lines":       withHeader(policy, "Allow", "GET", "POST"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.NoError(t, CheckWrongMethod(x))
		})
	}
}

func TestSameBytesMindsAllButDateAndTime(t *testing.T) {
	t.Parallel()
	later := withHeader(refusal, "Date", "Tue, 03 Jan 2006 15:04:05 GMT")
	later.Elapsed *= 2
	require.NoError(t, SameBytes(refusal, later))
	require.NoError(t, SameBytes(refusal, lowerCase(refusal)))
	require.NoError(t, SameBytes(Exchange{}, Exchange{}))

	other := withHeader(withBody(refusal, `{"error":"unknown user"}`), "Www-Authenticate")
	other.Status = 403
	err := SameBytes(refusal, other)
	assert.Len(t, Violations(err), 4, "status, body, Content-Length and WWW-Authenticate: %v", err)
	assert.Len(t, Violations(SameBytes(other, refusal)), 4, "in either order")
}
