package judge

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/verdict"
	"github.com/gatehouse-proxy/gatehouse/internal/alloctest"
)

// plainAnswers are what nearly every validator gives, and the most allocations that
// judging each may take: the text, its tree, and what the finding is made of.
var plainAnswers = []struct {
	name   string
	answer Answer
	allocs float64
}{
	{"claims", answer(200, "application/json", `{"version":"1.0.0","action":"Continue","extension_0123456789abcdef0123456789abcdef_PromotionCode":"SPRING-20260","givenName":"John","surname":"Smith"}`), 8},
	{"empty", answer(200, "", ""), 0},
	{"message", answer(400, "application/json; charset=utf-8", `{"message":"The promotion code is not valid."}`), 6},
	{"contract", answer(409, "application/json", `{"version":"1.0.0","status":409,"code":"API12345","requestId":"50f0bd91-2ff4-4b8f-828f-00f170519ddb","userMessage":"The promotion code is not valid.","developerMessage":"Code SPRING-20260 is unknown.","moreInfo":"https://example.com/errors/API12345"}`), 7},
}

func TestAllocationsOfAPlainAnswer(t *testing.T) { // AllocsPerRun counts for the whole process
	alloctest.SkipUnderRace(t)
	for _, tt := range plainAnswers {
		var f Finding
		allocs := testing.AllocsPerRun(200, func() { f = judge.Answer(tt.answer) })
		assert.LessOrEqual(t, allocs, tt.allocs, tt.name)
		assert.NotEqual(t, verdict.Fault{}, f.Verdict, tt.name)
		t.Logf("%s: %.0f allocations, %s", tt.name, allocs, told(f.Verdict))
	}
}

func BenchmarkAnswer(b *testing.B) {
	for _, bb := range plainAnswers {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				judge.Answer(bb.answer)
			}
		})
	}
}
