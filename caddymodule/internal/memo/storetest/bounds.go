package storetest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/memo"
)

func boundedInEntries(t *testing.T, subject Subject) {
	for _, most := range []int{1, 3, 100, 5000} {
		evicted := 0
		s := subject.New(memo.Capacity{Entries: most, Bytes: 1 << 30}, func(memo.Cause) { evicted++ })
		for i := range 2*most + 1 {
			s.Keep(key(i), record("v", time.Hour))
			if entries, _ := s.Size(); entries > most {
				t.Fatalf("%d entries, %d allowed", entries, most)
			}
		}
		entries, _ := s.Size()
		assert.GreaterOrEqual(t, entries, most*9/10, "a full store makes use of its room")
		assert.Equal(t, 2*most+1-entries, evicted)
		s.Close()
	}
}

func boundedInBytes(t *testing.T, subject Subject) {
	const most = 10_000
	s := subject.New(memo.Capacity{Entries: 1000, Bytes: most}, ignore)
	defer s.Close()
	for i := range 100 {
		s.Keep(key(i), record(strings.Repeat("v", 10*i), time.Hour))
		entries, bytes := s.Size()
		assert.LessOrEqual(t, bytes, int64(most))
		assert.GreaterOrEqual(t, bytes, int64(entries*10*(i-entries/2)), "what is there counts")
		assert.True(t, holds(s, i), "the newest has its place")
	}
	s.Keep(key(200), record(strings.Repeat("v", most/2), time.Hour))
	s.Keep(key(201), record(strings.Repeat("v", most/2), time.Hour))
	assert.False(t, holds(s, 200), "there is not room for both and what they need beside")
	assert.True(t, holds(s, 201))
}

func tooLarge(t *testing.T, subject Subject) {
	s := subject.New(memo.Capacity{Entries: 100, Bytes: 1000}, ignore)
	defer s.Close()
	s.Keep(key(1), record("v", time.Hour))
	s.Keep(key(2), record(strings.Repeat("v", 1000), time.Hour))
	assert.False(t, holds(s, 2))
	assert.True(t, holds(s, 1), "and drives no other out")
	s.Keep(key(1), record(strings.Repeat("v", 1000), time.Hour))
	assert.False(t, holds(s, 1), "nor does what it had live on")
	assertSize(t, s, 0, 0)
}

func leastRecentlyUsed(t *testing.T, subject Subject) {
	s := subject.New(memo.Capacity{Entries: 3, Bytes: 1 << 20}, ignore)
	defer s.Close()
	for i := 1; i <= 3; i++ {
		s.Keep(key(i), record("v", time.Hour))
	}
	assert.True(t, holds(s, 1)) // now 2 is the one that was used least recently
	s.Keep(key(4), record("v", time.Hour))
	for n, want := range map[int]bool{1: true, 2: false, 3: true, 4: true} {
		assert.Equal(t, want, holds(s, n), "key %d", n)
	}
}

func closed(t *testing.T, subject Subject) {
	s := subject.New(large, ignore)
	for n := range 20 {
		s.Keep(key(n), record("v", time.Hour))
	}
	s.Close()
	s.Close()
	for n := 20; n < 40; n++ {
		s.Keep(key(n), record("v", time.Hour))
	}
	for n := range 40 {
		assert.False(t, holds(s, n))
	}
	assert.Zero(t, s.Forget(""))
	s.Drop(key(1))
	assertSize(t, s, 0, 0)
	subject.Pass(2 * time.Hour)
	assertSize(t, s, 0, 0)
}

// With room for all, a store is a map whose records end, and have a name each.
func agreesWithAMap(t *testing.T, subject Subject) {
	inBubble := struct{ testing.TB }{t} // without Deadline, which a bubble does not have
	rapid.Check(inBubble, func(t *rapid.T) {
		s := subject.New(large, ignore)
		defer s.Close()
		model := map[int]memo.Record{}
		named := map[memo.Key]int{} // names, to the records that got them last
		t.Repeat(map[string]func(*rapid.T){
			"": func(t *rapid.T) {
				n := rapid.IntRange(0, 9).Draw(t, "key")
				want, known := model[n]
				known = known && time.Now().Before(want.Until)
				got, found := s.Find(key(n))
				if found != known || found && string(got.Value) != string(want.Value) {
					t.Fatalf("key %d: found %v %q, want %v %q", n, found, got.Value, known, want.Value)
				}
				// Of a record that is over the name may still be there; it leads to nothing.
				name := nameOf(rapid.IntRange(0, 4).Draw(t, "name"))
				of, given := named[name]
				is, given := model[of], given && model[of].Name == name
				if over := given && !time.Now().Before(is.Until); over {
					return
				}
				if is, note, found := s.Named(name); found != given || found && (is != key(of) || note != uint8(of)) {
					t.Fatalf("a name leads to %v %v %d, want %v %v %d", found, is, note, given, key(of), of)
				}
			},
			"keep": func(t *rapid.T) {
				n := rapid.IntRange(0, 9).Draw(t, "key")
				r := record(rapid.StringN(0, 5, -1).Draw(t, "value"), time.Duration(rapid.IntRange(1, 10).Draw(t, "seconds"))*time.Second)
				r.Until = r.Until.Add(time.Duration(rapid.IntRange(0, 10).Draw(t, "stale")) * time.Second)
				if rapid.Bool().Draw(t, "with a name") {
					r.Name, r.Note = nameOf(rapid.IntRange(0, 4).Draw(t, "name")), uint8(n)
					named[r.Name] = n
				}
				s.Keep(key(n), r)
				model[n] = r
			},
			"name": func(t *rapid.T) {
				n, name := rapid.IntRange(0, 9).Draw(t, "key"), nameOf(rapid.IntRange(0, 4).Draw(t, "name"))
				r, known := model[n]
				if known && !time.Now().Before(r.Until) {
					return // it may or may not have left already
				}
				s.Name(key(n), name, uint8(n))
				if known {
					r.Name = name
					model[n], named[name] = r, n
				}
			},
			"drop": func(t *rapid.T) {
				n := rapid.IntRange(0, 9).Draw(t, "key")
				s.Drop(key(n))
				delete(model, n)
			},
			"forget": func(t *rapid.T) {
				n := rapid.IntRange(0, 9).Draw(t, "key")
				s.Forget(key(n).String())
				delete(model, n)
			},
			"pass": func(t *rapid.T) {
				subject.Pass(time.Duration(rapid.IntRange(1, 3000).Draw(t, "milliseconds")) * time.Millisecond)
			},
		})
	})
}

func nameOf(n int) memo.Key { return key(-1 - n) }

// The race detector is half of this law.
func atOnce(t *testing.T, subject Subject) {
	const keys, workers, calls = 64, 8, 2000
	capacity := memo.Capacity{Entries: keys / 2, Bytes: 8000}
	var evicted atomic.Int64
	s := subject.New(capacity, func(memo.Cause) { evicted.Add(1) })
	defer s.Close()
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			random := rand.New(rand.NewPCG(1, uint64(w)))
			for range calls {
				n := random.IntN(keys)
				switch random.IntN(12) {
				case 0:
					s.Drop(key(n))
				case 1:
					s.Forget(key(n).Prefix())
				case 2, 3, 4:
					r := record(fmt.Sprint(n), time.Duration(random.IntN(3))*time.Millisecond)
					r.Name, r.Note = nameOf(n), uint8(n)
					s.Keep(key(n), r)
				case 5:
					s.Name(key(n), nameOf(n), uint8(n))
				case 6, 7:
					if named, note, found := s.Named(nameOf(n)); found && (named != key(n) || note != uint8(n)) {
						t.Errorf("the name of key %d leads elsewhere", n)
					}
				case 8:
					<-time.After(time.Millisecond) // records end, and the sweeper runs
				default:
					if r, found := s.Find(key(n)); found && string(r.Value) != fmt.Sprint(n) {
						t.Errorf("key %d has %q", n, r.Value)
					}
				}
				if entries, bytes := s.Size(); entries > capacity.Entries || bytes > capacity.Bytes || bytes < 0 {
					t.Errorf("out of bounds: %d entries, %d bytes", entries, bytes)
				}
			}
		})
	}
	all.Wait()
	s.Forget("")
	assertSize(t, s, 0, 0)
	assert.Positive(t, evicted.Load())
	for n := range keys {
		_, _, found := s.Named(nameOf(n))
		assert.False(t, found, "the name of a key that was forgotten")
	}
}
