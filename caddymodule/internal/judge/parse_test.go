package judge

import (
	"errors"
	"io"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// simplest reads a text as parseStrict has to, with a decoder and a map of its own
// for each.
func simplest(text string) (node, bool) {
	dec := jsontext.NewDecoder(strings.NewReader(text), asWritten...)
	value, ok := simplestNode(dec)
	if !ok {
		return node{}, false
	}
	_, err := dec.ReadToken()
	return value, errors.Is(err, io.EOF)
}

func simplestNode(dec *jsontext.Decoder) (node, bool) {
	token, err := dec.ReadToken()
	if err != nil || dec.StackDepth() > maxNesting {
		return node{}, false
	}
	n := node{kind: token.Kind()}
	at := make(map[string]int)
	switch n.kind {
	case '"', '0':
		n.text = token.String()
		return n, true
	case '[', '{':
	default:
		return n, true
	}
	for dec.PeekKind() != n.kind+2 { // ] behind [, } behind {
		name := strconv.Itoa(len(n.elems))
		if n.kind == '{' {
			token, err := dec.ReadToken()
			if err != nil {
				return node{}, false
			}
			name = token.String()
		}
		value, ok := simplestNode(dec)
		if !ok {
			return node{}, false
		}
		if i, again := at[name]; again {
			n.elems[i] = value
			continue
		}
		at[name] = len(n.elems)
		n.elems = append(n.elems, value)
		if n.kind == '{' {
			n.names = append(n.names, name)
		}
	}
	_, err = dec.ReadToken()
	return n, err == nil
}

// wide is an object with so many members, each twice.
func wide(members int) string {
	var b strings.Builder
	for i := range 2 * members {
		b.WriteString(`,"m` + strconv.Itoa(i%members) + `":` + strconv.Itoa(i))
	}
	return "{" + strings.TrimPrefix(b.String(), ",") + "}"
}

var parsed = []string{
	"", " ", "null", "true", "nul", "truex", "0", "-1.50e+3", "01", "1 ", " 1", "1,", "1 2", `""`, `"`, `"a`, `"\"`, `"\u00e9\\\/"`,
	`"\ud83d\ude00"`, `"\ud800"`, `"\udc00\ud800x"`, "\"\u2028\U0001F600\"", "\"a\nb\"", "[]", "{}", "[", "{", "]", "}", "[}", "{]", "[[]", "[],", "[]]",
	"[1,]", "[,1]", "[1 2]", "[1:2]", "[{}]", "[null,true,false,\"x\",1.0,{},[[]]]", `{"a":1}`, `{"a"}`, `{"a":}`, `{"a":1,}`, `{"a" 1}`,
	`{"a",1}`, `{1:2}`, `{null:2}`, `{[]:2}`, `{{}:2}`, `{,"a":1}`, `{"a":1 "b":2}`, `{"a":1}}`, "{\"\":\r\n\t \"\"}\n", "\v{}", `{"a":[{"a":{"a":[]}}]}`,
	`{"a":1,"b":{"c":1,"c":null},"a":"2","\u0061":3,"b":[]}`, `{"\ud800":1,"\udfff":2,"�":3}`, `{"a":1} // x`, "/**/{}",
	strings.Repeat("[", maxNesting) + strings.Repeat("]", maxNesting), strings.Repeat("[", maxNesting+1) + strings.Repeat("]", maxNesting+1),
	strings.Repeat(`{"a":`, maxNesting) + "1" + strings.Repeat("}", maxNesting), strings.Repeat(`{"a":`, maxNesting+1) + "1" + strings.Repeat("}", maxNesting+1),
	"{" + strings.Repeat(`{"a":`, 20_000), wide(1), wide(16), wide(17), wide(18), wide(300), `{"a":` + wide(20) + `,"b":` + wide(20) + `,"c":[` + wide(2) + `]}`,
}

func checkParsed(t *testing.T, text string) {
	t.Helper()
	want, ok := simplest(text)
	got, gotOK := parseStrict(text)
	require.Equal(t, ok, gotOK, "%.100q", text)
	if ok {
		require.Equal(t, want, got, "%.100q", text)
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range parsed {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if utf8.ValidString(text) { // which decodeText sees to
			checkParsed(t, text)
		}
	})
}

// With names that are compared one by one, this would take a quarter of a minute.
func TestManyMembersTakeNoTime(t *testing.T) {
	t.Parallel()
	text, start := wide(1<<16), time.Now()
	value, ok := parseStrict(text)
	assert.Less(t, time.Since(start), 3*time.Second)
	require.True(t, ok)
	assert.Len(t, value.names, 1<<16)
}

// What one text left in a reader must not show in the next, whoever has it.
func TestReadersAreSharedWithoutATrace(t *testing.T) {
	t.Parallel()
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 5 {
				for _, text := range parsed {
					want, ok := simplest(text)
					got, gotOK := parseStrict(text)
					if assert.Equal(t, ok, gotOK, "%.100q", text) && ok {
						assert.Equal(t, want, got, "%.100q", text)
					}
				}
			}
		})
	}
	all.Wait()
}

// TestNoAnswerStaysInMemory: a reader that waits for the next answer holds nothing
// of the last, which is personal, and not much memory.
func TestNoAnswerStaysInMemory(t *testing.T) {
	t.Parallel()
	var r reader
	for _, text := range []string{`{"email":"ada@example.com","l":["\u0061da",{"n":"ada"}]}`, `{"a":1}`, "[]", wide(100)} {
		value, ok := r.read(text)
		require.True(t, ok, text)
		require.True(t, r.forget(), text)
		require.NotEqual(t, node{}, value)
		assert.Empty(t, r.text)
		assert.Equal(t, make([]byte, cap(r.copied)), r.copied[:cap(r.copied)], text)
		assert.Equal(t, make([]string, cap(r.names)), r.names[:cap(r.names)], text)
		assert.Equal(t, make([]node, cap(r.elems)), r.elems[:cap(r.elems)], text)
	}
	_, ok := r.read("[" + strings.Repeat("1,", 1<<15) + "1]")
	require.True(t, ok)
	assert.False(t, r.forget(), "too large to keep")
}
