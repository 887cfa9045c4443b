package load

import (
	"net/http"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/gatehouse-proxy/gatehouse/internal/contract"
)

// TestJudge: a judge that takes anything would make every scenario pass.
func TestJudge(t *testing.T) {
	t.Parallel()
	const (
		own    = `{"version":"1.0.0","status":400,"action":"ValidationError","userMessage":"Please try again."}`
		told   = `{"version":"1.0.0","status":400,"action":"ValidationError","userMessage":"Number 7 cannot join."}`
		others = `{"version":"1.0.0","status":400,"action":"ValidationError","userMessage":"Number 8 cannot join."}`
		claims = `{"version":"1.0.0","action":"Continue","nonce":"7"}`
		page   = `{"version":"1.0.0","action":"ShowBlockPage","userMessage":"Number 7 cannot join."}`
		halt   = `{"version":"1.0.0","status":409,"userMessage":"Please try again."}`
	)
	for name, c := range map[string]struct {
		kind   kind
		step   string
		status int
		body   string
		want   outcome
	}{
		"its claims":                  {accepted, collected, 200, claims, right},
		"its claims, after a retry":   {slow, collected, 200, claims, right},
		"another's claims":            {accepted, collected, 200, `{"version":"1.0.0","action":"Continue","nonce":"8"}`, wrong},
		"no claims":                   {accepted, collected, 200, `{"version":"1.0.0","action":"Continue"}`, wrong},
		"a fault":                     {accepted, collected, 400, own, failed},
		"another's refusal":           {accepted, collected, 400, others, wrong},
		"its refusal":                 {rejected, collected, 400, told, right},
		"another's text":              {rejected, collected, 400, others, wrong},
		"a refusal that became a yes": {rejected, collected, 200, claims, wrong},
		"its block page":              {blocked, collected, 200, page, right},
		"a failure":                   {failing, collected, 400, own, right},
		"a failure, before the token": {cut, issuing, 409, halt, right},
		"a failure that became a yes": {failing, collected, 200, claims, wrong},
		"a fault of another step":     {failing, federated, 400, own, wrong},
		"no answer of the protocol":   {accepted, collected, 502, ``, wrong},
		"a stranger was let in":       {stranger, collected, 200, claims, wrong},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asked := call{Step: c.step, Kind: c.kind, Nonce: "7"}
			got, _ := asked.judge(contract.Exchange{
				Protocol: contract.UserFlow, Step: c.step, Status: c.status, Body: []byte(c.body),
				Header: http.Header{
					"Content-Type": {"application/json; charset=utf-8"}, "Cache-Control": {"no-store"},
					"Content-Length": {strconv.Itoa(len(c.body))},
				},
			})
			assert.Equal(t, c.want, got)
		})
	}
}
