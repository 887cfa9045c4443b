package judge

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// Looking for texts walks a body once for each level at most: with a walk for
// each at each, the time doubled with every one of them.
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

// Four times the body takes at most some four times the time, in every shape, and
// Four times the body takes some four times the time, in every shape. The bounds
// are wide, since other tests share the machine.
func TestTimeGrowsWithTheBody(t *testing.T) {
	t.Parallel()
	for name, shape := range map[string]struct{ open, unit, end string }{
		"wide fields at the bottom": {strings.Repeat(`{"a":`, 60), `"is wrong",`, `0`},
		"wide in error":             {strings.Repeat(`{"error":`, 60), `{"field":"a","msg":7},`, `0`},
		"objects in lists":          {strings.Repeat(`{"a":[`, 30), `{"message":7},`, `0`},
		"lists in a message":        {`{"message":`, `[["x"]],`, `0`},
		"names":                     {`{"errors":`, `{"A":"x","a":"x","b":["x"]},`, `0`},
		"languages":                 {`{"errors":`, `{"message":{"en":"x","de":"y"}},`, `0`},
		"details":                   {`{"details":`, `{"@type":"x.LocalizedMessage","locale":"en","message":"Bad Request"},`, `0`},
	} {
		body := func(size int) string {
			return shape.open + "[" + strings.Repeat(shape.unit, size/len(shape.unit)) + shape.end + "]" + closing(shape.open)
		}
		took := func(size int) time.Duration {
			least := time.Hour
			a := answer(400, "application/json", body(size))
			a.Languages = []string{"fr", "de"}
			for range 3 {
				start := time.Now()
				f := judge.Answer(a)
				least = min(least, time.Since(start))
				assert.Equal(t, RuleClientError, f.Rule, name)
				assert.NotEqual(t, FormatNone, f.Format, name)
			}
			return least
		}
		small, large := took(16<<10), took(64<<10)
		t.Logf("%-26s %v, %v", name, small, large)
		assert.Less(t, large, 12*small+200*time.Millisecond, "%s: %v for a quarter", name, small)
		assert.Less(t, large, 5*time.Second, name)
	}
}

func closing(open string) string {
	var b strings.Builder
	for i := len(open) - 1; i >= 0; i-- {
		switch open[i] {
		case '{':
			b.WriteByte('}')
		case '[':
			b.WriteByte(']')
		}
	}
	return b.String()
}
