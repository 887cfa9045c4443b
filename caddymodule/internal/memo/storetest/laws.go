package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/memo"
)

// Subject is a store under test.
type Subject struct {
	// New makes an empty store.
	New func(memo.Capacity, func(memo.Cause)) memo.Store
	// Pass lets time pass, and what is due then happen.
	Pass func(time.Duration)
	// Sweep is how long after its Until a record may take up memory.
	Sweep time.Duration
}

// Laws are the demands by name. None needs another; each may run in a bubble of
// testing/synctest.
func Laws() map[string]func(*testing.T, Subject) {
	return map[string]func(*testing.T, Subject){
		"what was kept is found as it was":               found,
		"a record ends at its Until and not before":      ends,
		"to find a record does not prolong it":           notProlonged,
		"what nobody asks for leaves memory":             swept,
		"the sweeper works again after it was idle":      sweptAgain,
		"the last record of a key is the one":            replaced,
		"drop forgets one key":                           dropped,
		"forget forgets by prefix and counts":            forgotten,
		"a name leads to its key and ends with it":       named,
		"what was found is the finder's own":             owned,
		"no more records than capacity":                  boundedInEntries,
		"no more bytes than capacity":                    boundedInBytes,
		"a record larger than all the room is not kept":  tooLarge,
		"the least recently used gives way":              leastRecentlyUsed,
		"a closed store is empty and stays so":           closed,
		"any order of calls agrees with a plain map":     agreesWithAMap,
		"many callers at once see no other key's record": atOnce,
	}
}

var keyer = memo.NewKeyer()

func key(n int) memo.Key { return keyer.Start().String(fmt.Sprint(n)).Sum() }

// wide has room for what a law keeps; large is so much that a store may be cut in parts.
var (
	wide  = memo.Capacity{Entries: 100, Bytes: 1 << 20}
	large = memo.Capacity{Entries: 100_000, Bytes: 64 << 20}
)

func ignore(memo.Cause) {}

// record is fresh for d and not to be used after.
func record(value string, d time.Duration) memo.Record {
	now := time.Now()
	return memo.Record{Value: []byte(value), Fresh: now.Add(d), Until: now.Add(d)}
}

func holds(s memo.Store, n int) bool {
	_, found := s.Find(key(n))
	return found
}

// assertSize wants so many entries whose values have so many bytes; what a store
// needs beside them is its own affair, but of nothing it is nothing.
func assertSize(t *testing.T, s memo.Store, entries, bytes int) {
	t.Helper()
	haveEntries, haveBytes := s.Size()
	assert.Equal(t, entries, haveEntries, "entries")
	assert.GreaterOrEqual(t, haveBytes, int64(bytes), "bytes")
	assert.Equal(t, entries == 0, haveBytes == 0, "bytes")
}

func found(t *testing.T, subject Subject) {
	s := subject.New(wide, ignore)
	defer s.Close()
	now := time.Now()
	want := memo.Record{Value: []byte("verdict"), Fresh: now.Add(time.Second), Until: now.Add(time.Minute)}
	s.Keep(key(1), want)
	for range 2 {
		got, ok := s.Find(key(1))
		assert.True(t, ok)
		assert.Equal(t, want.Value, got.Value)
		assert.True(t, want.Fresh.Equal(got.Fresh))
		assert.True(t, want.Until.Equal(got.Until))
	}
	assert.False(t, holds(s, 2))
}

func ends(t *testing.T, subject Subject) {
	s := subject.New(wide, ignore)
	defer s.Close()
	stale := record("stale for an hour", time.Second)
	stale.Until = stale.Fresh.Add(time.Hour)
	s.Keep(key(1), stale)
	s.Keep(key(2), record("a second", time.Second))
	s.Keep(key(3), record("a minute", time.Minute))
	subject.Pass(time.Second - time.Millisecond)
	assert.True(t, holds(s, 2))
	subject.Pass(time.Millisecond)
	assert.False(t, holds(s, 2), "gone at the very moment")
	assert.True(t, holds(s, 1), "no longer fresh, but there")
	assert.True(t, holds(s, 3))
	subject.Pass(time.Hour)
	assert.False(t, holds(s, 1))

	// Whether or not what is over still takes up memory.
	for i := range 20 {
		s.Keep(key(i), record("v", time.Second+time.Duration(i)*5*time.Millisecond))
	}
	subject.Pass(time.Second)
	for i := range 20 {
		assert.False(t, holds(s, i))
		subject.Pass(5 * time.Millisecond)
	}
}

func notProlonged(t *testing.T, subject Subject) {
	s := subject.New(wide, ignore)
	defer s.Close()
	s.Keep(key(1), record("v", time.Second))
	for range 3 {
		subject.Pass(300 * time.Millisecond)
		assert.True(t, holds(s, 1))
	}
	subject.Pass(100 * time.Millisecond)
	assert.False(t, holds(s, 1))
}

// Claims leave memory in time even if nobody asks for them again.
func swept(t *testing.T, subject Subject) {
	causes := map[memo.Cause]int{}
	s := subject.New(wide, func(c memo.Cause) { causes[c]++ })
	defer s.Close()
	for i := range 50 { // the last to come is the first to go
		s.Keep(key(i), record("v", time.Duration(50-i)*100*time.Millisecond))
	}
	for at := 100 * time.Millisecond; at <= 5*time.Second; at += 100 * time.Millisecond {
		subject.Pass(100 * time.Millisecond)
		entries, _ := s.Size()
		overdue := int((at - subject.Sweep) / (100 * time.Millisecond))
		assert.LessOrEqual(t, entries, 50-max(overdue, 0), "after %v", at)
	}
	subject.Pass(subject.Sweep)
	assertSize(t, s, 0, 0)
	assert.Equal(t, map[memo.Cause]int{memo.CauseExpired: 50}, causes)
}

func sweptAgain(t *testing.T, subject Subject) {
	s := subject.New(wide, ignore)
	defer s.Close()
	for range 3 {
		s.Keep(key(1), record("v", time.Minute))
		s.Keep(key(2), record("v", time.Second))
		subject.Pass(time.Second + subject.Sweep)
		entries, _ := s.Size()
		assert.Equal(t, 1, entries)
		subject.Pass(time.Minute)
		assertSize(t, s, 0, 0)
	}
}

func replaced(t *testing.T, subject Subject) {
	s := subject.New(wide, ignore)
	defer s.Close()
	s.Keep(key(1), record("for a minute", time.Minute))
	s.Keep(key(1), record("for a second", time.Second))
	got, _ := s.Find(key(1))
	assert.Equal(t, "for a second", string(got.Value))
	assertSize(t, s, 1, len("for a second"))
	subject.Pass(time.Second)
	assert.False(t, holds(s, 1), "the first does not come back")
	s.Keep(key(1), record("for a second", time.Second))
	s.Keep(key(1), record("for a minute", time.Minute))
	subject.Pass(time.Second + subject.Sweep)
	assert.True(t, holds(s, 1), "the end of the first is not the end of the second")
}

func dropped(t *testing.T, subject Subject) {
	s := subject.New(wide, ignore)
	defer s.Close()
	s.Keep(key(1), record("v", time.Minute))
	s.Keep(key(2), record("v", time.Minute))
	s.Drop(key(1))
	s.Drop(key(3))
	assert.False(t, holds(s, 1))
	assert.True(t, holds(s, 2))
	assertSize(t, s, 1, 1)
}

func forgotten(t *testing.T, subject Subject) {
	causes := map[memo.Cause]int{}
	s := subject.New(large, func(c memo.Cause) { causes[c]++ })
	defer s.Close()
	for i := range 20 {
		s.Keep(key(i), record("v", time.Minute))
	}
	assert.Equal(t, 1, s.Forget(key(7).Prefix()))
	assert.False(t, holds(s, 7))
	assert.True(t, holds(s, 8))
	assert.Zero(t, s.Forget(key(7).String()))
	assert.Equal(t, 19, s.Forget(""))
	assertSize(t, s, 0, 0)
	assert.Equal(t, map[memo.Cause]int{memo.CausePurged: 20}, causes)
}

func named(t *testing.T, subject Subject) {
	s := subject.New(wide, ignore)
	defer s.Close()
	leads := func(name, to int, note uint8) {
		t.Helper()
		got, gotNote, ok := s.Named(key(name))
		assert.True(t, ok)
		assert.Equal(t, key(to), got)
		assert.Equal(t, note, gotNote)
	}
	leadsNowhere := func(name int) {
		t.Helper()
		_, _, ok := s.Named(key(name))
		assert.False(t, ok, "name %d", name)
	}
	s.Name(key(1), key(11), 1)
	leadsNowhere(11) // there is nothing that it could name
	for i := 1; i <= 5; i++ {
		s.Keep(key(i), record("v", time.Minute))
		s.Name(key(i), key(10+i), uint8(i))
	}
	for i := 1; i <= 5; i++ {
		leads(10+i, i, uint8(i))
		leadsNowhere(i) // a key is no name
	}
	s.Name(key(1), key(21), 7)
	leads(21, 1, 7)
	leadsNowhere(11)
	s.Name(key(2), key(21), 8) // the latest of a name, too
	leads(21, 2, 8)
	s.Drop(key(1))
	leads(21, 2, 8)
	s.Drop(key(2))
	leadsNowhere(21)
	s.Keep(key(3), record("w", time.Second))
	leadsNowhere(13)
	s.Keep(key(3), memo.Record{Value: []byte("x"), Until: time.Now().Add(time.Second), Name: key(13), Note: 3})
	leads(13, 3, 3)
	s.Name(key(3), memo.Key{}, 4)
	leads(13, 3, 3)
	_, _, ok := s.Named(memo.Key{})
	assert.False(t, ok)
	s.Forget(key(4).String())
	leadsNowhere(14)
	leads(13, 3, 3)
	subject.Pass(time.Second + subject.Sweep)
	leadsNowhere(13)
	leads(15, 5, 5)
	s.Forget("")
	leadsNowhere(15)
	s.Keep(key(5), record("v", time.Minute))
	s.Name(key(5), key(15), 5)
	for i := range 200 { // more than there is room for
		s.Keep(key(100+i), record("v", time.Minute))
	}
	leadsNowhere(15)
	s.Keep(key(5), record("v", time.Minute))
	s.Name(key(5), key(15), 5)
	s.Close()
	leadsNowhere(15)
}

// Neither does the store change what it has given, nor is it changed by it.
func owned(t *testing.T, subject Subject) {
	s := subject.New(wide, ignore)
	defer s.Close()
	given := record("given", time.Minute)
	s.Keep(key(1), given)
	copy(given.Value, "XXXXX")
	first, _ := s.Find(key(1))
	assert.Equal(t, "given", string(first.Value))
	copy(first.Value, "YYYYY")
	second, _ := s.Find(key(1))
	assert.Equal(t, "given", string(second.Value))
	s.Keep(key(2), record("other", time.Minute))
	s.Drop(key(1))
	s.Keep(key(3), record("third", time.Minute))
	assert.Equal(t, "given", string(second.Value))
}
