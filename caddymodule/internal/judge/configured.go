package judge

import (
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/rulebook"
	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/verdict"
)

// byConfiguration is rule 1: the connector's own rules. One that cannot be
// evaluated within its bounds fails closed, as a fault.
func (j Judge) byConfiguration(a Answer, b body) (Finding, bool) {
	if j.Rules == nil {
		return Finding{}, false
	}
	decision, applies, err := j.Rules.Decide(rulebook.Input{
		Status: a.Status,
		Header: flat(a.Header),
		Body:   b.json.value(),
		Text:   b.text,
		Step:   a.Step,
		Claims: claimsOf(a),
	})
	switch {
	case err != nil:
		return Finding{verdict.Fault{Reason: verdict.Internal}, RuleConfigured, b.format, decision.Index}, true
	case !applies:
		return Finding{}, false
	}
	text, format := clean([]string{decision.Message}), b.format
	if text == "" {
		text, format = extract(b)
	}
	f := Finding{Rule: RuleConfigured, Format: format, Index: decision.Index}
	switch decision.Verdict {
	case rulebook.Continue:
		f.Verdict = continues(b) // without claims where the body is no object
	case rulebook.Block:
		f.Verdict = verdict.Block{Version: b.version(), Message: text}
	case rulebook.Invalid:
		f.Verdict = invalid(b, text)
	case rulebook.Fault:
		f.Verdict = verdict.Fault{Reason: verdict.Configured}
	}
	return f, true
}

func flat(header http.Header) map[string]string {
	all := make(map[string]string, len(header))
	for name, lines := range header {
		all[strings.ToLower(name)] = strings.Join(lines, ", ")
	}
	return all
}

func claimsOf(a Answer) map[string]any {
	object, ok := parseStrict(string(a.Claims.Append(nil)))
	members, isMap := object.value().(map[string]any)
	if !ok || !isMap {
		return map[string]any{}
	}
	return members
}

// value is n as CEL knows it: whole numbers are integers, where they fit.
func (n node) value() any {
	switch n.kind {
	case '"':
		return n.text
	case '0':
		if whole, err := strconv.ParseInt(n.text, 10, 64); err == nil {
			return whole
		}
		number, err := strconv.ParseFloat(n.text, 64)
		if err != nil {
			return math.Inf(1)
		}
		return number
	case 't':
		return true
	case 'f':
		return false
	case '[':
		list := make([]any, len(n.elems))
		for i, e := range n.elems {
			list[i] = e.value()
		}
		return list
	case '{':
		members := make(map[string]any, len(n.elems))
		for i, e := range n.elems {
			members[n.names[i]] = e.value()
		}
		return members
	default: // null, or no JSON
		return nil
	}
}
