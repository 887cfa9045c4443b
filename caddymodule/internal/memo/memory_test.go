package memo_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/memo"
	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/memo/storetest"
	"github.com/gatehouse-proxy/gatehouse/internal/alloctest"
)

func TestMemoryIsAStore(t *testing.T) {
	t.Parallel()
	for name, law := range storetest.Laws() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				law(t, storetest.Subject{
					New: func(capacity memo.Capacity, onEvict func(memo.Cause)) memo.Store {
						return memo.NewMemory(capacity, onEvict)
					},
					Pass: func(d time.Duration) {
						<-time.After(d) // the clock of the bubble; no time passes outside it
						synctest.Wait()
					},
					Sweep: 100 * time.Millisecond,
				})
			})
		})
	}
}

var keyer = memo.NewKeyer()

// BenchmarkFind is a hit beside others, as a full memo of the default size is
// asked: run it with -cpu 1,2,4 to see what the locks cost. "one lock" is a memo
// too small to be cut into shards.
func BenchmarkFind(b *testing.B) {
	for name, capacity := range map[string]memo.Capacity{
		"one lock": {Entries: 1000, Bytes: 64 << 20},
		"shards":   {Entries: 100_000, Bytes: 64 << 20},
	} {
		b.Run(name, func(b *testing.B) {
			s := memo.NewMemory(capacity, func(memo.Cause) {})
			defer s.Close()
			keys := make([]memo.Key, 900)
			for i := range keys {
				keys[i] = keyer.Start().String(fmt.Sprint(i)).Sum()
				s.Keep(keys[i], memo.Record{Value: make([]byte, 150), Fresh: time.Now().Add(time.Hour), Until: time.Now().Add(time.Hour)})
			}
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for i := rand.IntN(len(keys)); pb.Next(); i++ {
					if _, found := s.Find(keys[i%len(keys)]); !found {
						b.Error("not found")
						return
					}
				}
			})
		})
	}
}

// BenchmarkCollection is what the collector does beside a memo of a million
// verdicts of 150 bytes, in one forced collection, and what one of them takes.
func BenchmarkCollection(b *testing.B) {
	const entries = 1_000_000
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	s := memo.NewMemory(memo.Capacity{Entries: 2 * entries, Bytes: 1 << 40}, func(memo.Cause) {})
	defer s.Close()
	until := time.Now().Add(time.Hour)
	for i := range entries {
		key := keyer.Start().String(fmt.Sprint(i)).Sum()
		name := keyer.Start().String(fmt.Sprint(-i)).Sum()
		s.Keep(key, memo.Record{Value: make([]byte, 158), Name: name, Fresh: until, Until: until})
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	for b.Loop() {
		runtime.GC()
	}
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/entries, "B/verdict")
}

// However many shards there are, each has room for the largest answer.
func TestTheLargestValueIsKept(t *testing.T) {
	t.Parallel()
	for _, largest := range []int64{1, 64 << 10, 1 << 20, 5 << 20, 32 << 20} {
		s := memo.NewMemory(memo.Capacity{Entries: 100_000, Bytes: 64 << 20, Largest: largest}, func(memo.Cause) {})
		key := keyer.Start().String("a call").Sum()
		s.Keep(key, memo.Record{Value: make([]byte, largest), Until: time.Now().Add(time.Hour)})
		_, found := s.Find(key)
		assert.True(t, found, "%d bytes", largest)
		s.Close()
	}
}

// What a memory says that it takes is what it takes, whatever the size of values: an
// operator reckons with max_size.
func TestTheCapacityIsWhatIsTaken(t *testing.T) { // what the heap has is of the whole process
	alloctest.SkipUnderRace(t)
	const most = 32 << 20
	for name, size := range map[string]func(n int) int{
		"small":         func(int) int { return 9 },
		"verdicts":      func(int) int { return 158 },
		"long messages": func(int) int { return 400 },
		"large":         func(int) int { return 4200 },
		"mixed":         func(n int) int { return 8 + n*7919%8000 },
	} {
		t.Run(name, func(t *testing.T) {
			before := live()
			s := memo.NewMemory(memo.Capacity{Entries: 1_000_000, Bytes: most}, func(memo.Cause) {})
			defer s.Close()
			until := time.Now().Add(time.Hour)
			for n := 0; ; n++ {
				key, name := keyer.Start().String(fmt.Sprint(n)).Sum(), keyer.Start().String(fmt.Sprint(-n-1)).Sum()
				s.Keep(key, memo.Record{Value: make([]byte, size(n)), Name: name, Fresh: until, Until: until})
				if entries, _ := s.Size(); entries < n { // it is full
					break
				}
			}
			entries, bytes := s.Size()
			taken := live() - before
			t.Logf("%d entries: %.1f MiB counted, %.1f taken", entries, float64(bytes)/(1<<20), float64(taken)/(1<<20))
			assert.LessOrEqual(t, taken, int64(most)*11/10)
		})
	}
}

// live is what the heap has after a collection.
func live() int64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

// The shards together never hold more than the capacity, however it divides.
func TestShardsShareTheCapacity(t *testing.T) {
	t.Parallel()
	for _, entries := range []int{1, 1023, 1024, 2049, 16_384, 100_001} {
		s := memo.NewMemory(memo.Capacity{Entries: entries, Bytes: 1 << 30}, func(memo.Cause) {})
		for i := range entries + entries/4 + 1 {
			s.Keep(keyer.Start().String(fmt.Sprint(i)).Sum(), memo.Record{Until: time.Now().Add(time.Hour)})
		}
		have, bytes := s.Size()
		assert.LessOrEqual(t, have, entries)
		assert.GreaterOrEqual(t, have, entries*9/10)
		assert.Equal(t, int64(have)*(memo.EntryOverhead+16), bytes, "the smallest block has 16")
		s.Close()
	}
}
