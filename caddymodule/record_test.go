package caddymodule

import (
	"math"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/judge"
	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/protocol"
)

// A hit is answered, counted and logged as the call was that brought the verdict.
func TestARecordSaysWhatTheAnswerSaid(t *testing.T) {
	t.Parallel()
	for _, outcome := range outcomes {
		for kind := range protocol.KindRefused {
			for rule := judge.Rule(0); rule < 20; rule++ {
				for _, format := range judge.Formats() {
					want := landed{
						answer:  protocol.Answer{Kind: kind, Status: http.StatusConflict, Body: []byte(`{"a":"b"}`)},
						outcome: outcome, rule: rule, format: format, dropped: 3,
					}
					assert.Equal(t, want, decodeRecord(encodeRecord(want)))
				}
			}
		}
	}
	many := decodeRecord(encodeRecord(landed{outcome: "continue", dropped: 1 << 20}))
	assert.Equal(t, math.MaxUint16, many.dropped)
	assert.Empty(t, many.answer.Body)
}
