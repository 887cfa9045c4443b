package memo

import (
	"encoding/hex"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"

	"github.com/gatehouse-proxy/gatehouse/internal/alloctest"
)

func sum(k *Keyer, fields []string) Key {
	h := k.Start()
	for i, field := range fields {
		if i%2 == 0 {
			h.String(field)
		} else {
			h.Bytes([]byte(field))
		}
	}
	return h.Sum()
}

// Separators, NULs, pieces of one another and what a length prefix looks like.
var field = rapid.OneOf(
	rapid.SampledFrom([]string{
		"", "a", "b", "ab", "abc", "\x00", "\x00\x00", "|", "a|b", ",", "\n", "\xff", "a\x00b",
		"\x01\x00\x00\x00\x00\x00\x00\x00a", "\x00\x00\x00\x00\x00\x00\x00\x00", "\x02\x00\x00\x00\x00\x00\x00\x00ab",
	}),
	rapid.StringOfN(rapid.RuneFrom([]rune{0, 1, 'a', '|'}), 0, 12, -1),
	rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }),
)

func TestFieldsCannotRunIntoOneAnother(t *testing.T) {
	t.Parallel()
	k := NewKeyer()
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.SliceOfN(field, 0, 6).Draw(t, "a")
		b := rapid.SliceOfN(field, 0, 6).Draw(t, "b")
		if rapid.Bool().Draw(t, "split again") { // the same bytes, cut elsewhere
			whole := strings.Join(a, "")
			cut := rapid.IntRange(0, len(whole)).Draw(t, "cut")
			b = []string{whole[:cut], whole[cut:]}
		}
		assert.Equal(t, slices.Equal(a, b), sum(k, a) == sum(k, b), "%q and %q", a, b)
	})
}

func TestTwoProcessesHaveTwoKeys(t *testing.T) {
	t.Parallel()
	a, b := NewKeyer(), NewKeyer()
	assert.NotEqual(t, sum(a, []string{"x"}), sum(b, []string{"x"}))
	assert.NotEqual(t, sum(a, nil), sum(b, nil))
	assert.Equal(t, sum(a, []string{"x"}), sum(a, []string{"x"}))
}

func TestHashersAreClean(t *testing.T) {
	t.Parallel()
	k := NewKeyer()
	want := sum(k, []string{"x"})
	open := k.Start().String("not ended yet")
	for range 100 {
		sum(k, []string{"a secret", "another"})
		assert.Equal(t, want, sum(k, []string{"x"}))
	}
	assert.Equal(t, sum(k, []string{"not ended yet"}), open.Sum())
}

// The bodies of calls are hashed; no hasher may keep a part of one, not even the end,
// which fills no block of SHA-256.
func TestAHasherKeepsNothingOfACall(t *testing.T) {
	t.Parallel()
	for calls := range 3 {
		k := NewKeyer()
		for range calls {
			sum(k, []string{"another"})
		}
		h := k.Start()
		h.String(strings.Repeat("x", 300) + "a secret").Sum()
		assert.NotContains(t, memoryOf(reflect.ValueOf(h)), "a secret", "after %d calls", calls)
	}
}

// memoryOf is the text of all bytes that can be reached.
func memoryOf(v reflect.Value) string {
	var text strings.Builder
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		if v.Type() != reflect.TypeFor[*Keyer]() {
			text.WriteString(memoryOf(v.Elem()))
		}
	case reflect.Struct:
		for _, part := range v.Fields() {
			text.WriteString(memoryOf(part))
		}
	case reflect.Array:
		for i := range v.Len() {
			text.WriteString(memoryOf(v.Index(i)))
		}
	case reflect.Slice:
		v = v.Slice(0, v.Cap())
		for i := range v.Len() {
			text.WriteString(memoryOf(v.Index(i)))
		}
	case reflect.Uint8:
		text.WriteByte(byte(v.Uint()))
	default:
	}
	return text.String()
}

func TestTextOfAKey(t *testing.T) {
	t.Parallel()
	key := sum(NewKeyer(), []string{"john@example.com"})
	assert.Len(t, key.String(), 32)
	assert.Equal(t, hex.EncodeToString(key[:]), key.String())
	assert.Len(t, key.Prefix(), 8)
	assert.True(t, strings.HasPrefix(key.String(), key.Prefix()))
}

func TestAllocationsOfAKey(t *testing.T) { // AllocsPerRun counts for the whole process
	alloctest.SkipUnderRace(t)
	k := NewKeyer()
	body := []byte(strings.Repeat("x", 1024))
	var key Key
	allocs := testing.AllocsPerRun(200, func() {
		key = k.Start().String("connector").String("/path").Bytes(body).Sum()
	})
	assert.NotZero(t, key)
	t.Logf("a key of three fields: %.1f allocations", allocs)
	assert.LessOrEqual(t, allocs, 1.0)
}
