package protocol

import (
	"testing"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/claims"
)

func BenchmarkLeaving(b *testing.B) {
	o := object(b, `{"version":"1.0.0","action":"Continue","extension_0123456789abcdef0123456789abcdef_PromotionCode":"SPRING-20260","givenName":"John","surname":"Smith"}`)
	members := make([]claims.Member, 0, o.Len())
	for name, value := range o.All() {
		members = append(members, claims.Member{Name: name, Value: value})
	}
	o = claims.New(members...) // as judge gives it
	for _, d := range []Dialect{UserFlow{}, CustomPolicy{}} {
		b.Run(d.Name(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				kept, _ := d.Leaving(StepAttributes, o)
				d.Write(KindContinue, Content{Version: "1.0.0", Claims: kept})
			}
		})
	}
}
