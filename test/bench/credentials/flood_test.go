package credentials_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

func TestMain(m *testing.M) { gatehouse.Main(m) }

// The goal.
const (
	wrongCalls     = 10_000
	medianBelow    = 5 * time.Millisecond
	moreMemory     = 32 << 20 // bytes that may stay after a flood
	moreGoroutines = 5
)

const (
	username = "b2c"
	secret   = "correct-horse-battery-staple"

	connections = 16    // of the flood; two would already keep two cores busy
	quietCalls  = 1_000 // of the right caller, before the flood
	burst       = 20    // wrong passwords that one address has at once
	manyLast    = 5 * time.Second
)

var (
	flooder   = netip.MustParseAddr("127.0.0.1")
	elsewhere = netip.MustParseAddr("127.0.0.2")
)

// BenchmarkFlood prints a line for each kind of credential, each place that the
// right caller calls from, and each flood. What misses the goal is said at the end,
// since a process whose benchmark has failed prints its log of 30,000 calls.
func BenchmarkFlood(b *testing.B) {
	sum := sha256.Sum256([]byte(secret))
	var missed []string
	for _, c := range []struct{ name, credential string }{
		{"sha256", "sha256:" + hex.EncodeToString(sum[:])},
		{"bcrypt10", hash(b, "bcrypt", "--bcrypt-cost", "10")},
		{"argon2id", hash(b, "argon2id")},
	} {
		for _, from := range []netip.Addr{flooder, elsewhere} {
			name := c.name + " from " + from.String()
			b.Run(name, func(b *testing.B) {
				for range b.N {
					for _, miss := range measure(b, c.credential, from) {
						missed = append(missed, name+": "+miss)
					}
				}
			})
		}
	}
	for _, miss := range missed {
		b.Error(miss)
	}
}

// measure floods a process and returns how it missed the goal.
func measure(b *testing.B, credential string, from netip.Addr) (missed []string) {
	b.Helper()
	upstream := gatehouse.Answering(b, http.StatusOK, `{}`)
	p := gatehouse.Start(b, fmt.Sprintf(`
	api_connector {
		auth {
			basic %s %s
		}
	}
	reverse_proxy %s
`, username, credential, upstream.Address()))
	right := &caller{process: p, from: from}
	defer right.close()
	alone, err := right.calls(b.Context(), secret, func(n int) bool { return n < quietCalls })
	require.NoError(b, err)
	before := useOf(b, p, func(use) bool { return true })
	floods := []*flood{fromOneAddress(p), fromOneAddress(p)} // a leak shows in the second
	if strings.HasPrefix(credential, "$") {
		floods = append(floods, fromManyAddresses(p)) // only slow hashes are limited by address
	}
	for n, f := range floods {
		forgetPeak(b, p)
		began := time.Now()
		f.start(b.Context())
		meanwhile, err := right.calls(b.Context(), secret, f.goesOn)
		took := time.Since(began)
		require.NoError(b, err)
		require.NoError(b, f.failed)
		peak := memory(b, p, "VmHWM:")
		after := useOf(b, p, func(u use) bool {
			return u.resident <= before.resident+moreMemory && u.goroutines <= before.goroutines+moreGoroutines
		})
		unauthorized, tooMany := f.answers[http.StatusUnauthorized], f.answers[http.StatusTooManyRequests]
		median := percentile(meanwhile, 50)
		b.Logf("flood %d, from %s, %.1f s: wrong %d × 401, %d × 429; right %d, median %s, p99 %s (alone %s, %s); before %s, at most %d MiB, after %s",
			n+1, f.name, took.Seconds(), unauthorized, tooMany, len(meanwhile), rounded(median), rounded(percentile(meanwhile, 99)),
			rounded(percentile(alone, 50)), rounded(percentile(alone, 99)), before, peak>>20, after)
		for miss, is := range map[string]bool{
			fmt.Sprintf("flood %d: the answers were %v", n+1, f.answers):                                unauthorized+tooMany != total(f.answers),
			fmt.Sprintf("flood %d: the right caller's median was %s", n+1, median):                      len(meanwhile) == 0 || median >= medianBelow,
			fmt.Sprintf("flood %d: %d MiB more stayed", n+1, (after.resident-before.resident)>>20):      after.resident > before.resident+moreMemory,
			fmt.Sprintf("flood %d: %d more goroutines stayed", n+1, after.goroutines-before.goroutines): after.goroutines > before.goroutines+moreGoroutines,
		} {
			if is {
				missed = append(missed, miss)
			}
		}
	}
	return missed
}

func rounded(d time.Duration) time.Duration { return d.Round(10 * time.Microsecond) }

func hash(b *testing.B, algorithm string, args ...string) string {
	b.Helper()
	result := gatehouse.RunWithInput(b, secret+"\n", append([]string{"hash-password", "--algorithm", algorithm}, args...)...)
	require.Zero(b, result.Status, result.Output)
	return lastLine(result.Output)
}
