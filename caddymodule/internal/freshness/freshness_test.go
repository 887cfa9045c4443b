package freshness

import (
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestOf(t *testing.T) {
	t.Parallel()
	const forever = math.MaxInt64
	for name, c := range map[string]struct {
		lines []string
		age   string
		want  Bound
	}{
		"nothing said":             {nil, "", Unbounded},
		"empty":                    {[]string{""}, "", Unbounded},
		"no-store":                 {[]string{"no-store"}, "", Bound{}},
		"in capitals":              {[]string{"No-Store"}, "", Bound{}},
		"Spring Security":          {[]string{"no-cache, no-store, max-age=0, must-revalidate"}, "", Bound{}},
		"no-cache":                 {[]string{"no-cache"}, "", Bound{}},
		"no-cache of a field":      {[]string{`no-cache="Set-Cookie"`}, "", Unbounded},
		"private":                  {[]string{"private"}, "", Unbounded},
		"public":                   {[]string{"public"}, "", Unbounded},
		"max-age":                  {[]string{"max-age=60"}, "", Bound{time.Minute, forever}},
		"max-age 0":                {[]string{"max-age=0"}, "", Bound{0, forever}},
		"max-age quoted":           {[]string{`max-age="60"`}, "", Bound{time.Minute, forever}},
		"max-age twice":            {[]string{"max-age=60, max-age=30"}, "", Bound{30 * time.Second, forever}},
		"max-age no number":        {[]string{"max-age=soon"}, "", Bound{0, forever}},
		"max-age negative":         {[]string{"max-age=-1"}, "", Bound{0, forever}},
		"max-age without a value":  {[]string{"max-age"}, "", Bound{0, forever}},
		"max-age beyond all":       {[]string{"max-age=99999999999999999999999"}, "", Bound{math.MaxInt32 * time.Second, forever}},
		"aged on its way":          {[]string{"max-age=60"}, "45", Bound{15 * time.Second, forever}},
		"aged out":                 {[]string{"max-age=60"}, "61", Bound{0, forever}},
		"age alone":                {nil, "61", Unbounded},
		"s-maxage":                 {[]string{"max-age=60, s-maxage=10"}, "", Bound{Fresh: 10 * time.Second}},
		"s-maxage first":           {[]string{"s-maxage=100, max-age=60"}, "", Bound{Fresh: 100 * time.Second}},
		"s-maxage behind max-age":  {[]string{"max-age=60, s-maxage=100"}, "", Bound{Fresh: 100 * time.Second}},
		"s-maxage twice":           {[]string{"s-maxage=100, s-maxage=10"}, "", Bound{Fresh: 10 * time.Second}},
		"must-revalidate":          {[]string{"max-age=60, must-revalidate"}, "", Bound{Fresh: time.Minute}},
		"proxy-revalidate":         {[]string{"proxy-revalidate"}, "", Bound{Fresh: forever}},
		"two lines":                {[]string{"max-age=60", "no-store"}, "", Bound{}},
		"unknown ones":             {[]string{"immutable, max-age=60, stale-while-revalidate=10"}, "", Bound{time.Minute, forever}},
		"hidden in a value":        {[]string{`ext="no-store, max-age=1", max-age=60`}, "", Bound{time.Minute, forever}},
		"a quote in a value":       {[]string{`ext="a\"no-store", max-age=60`}, "", Bound{time.Minute, forever}},
		"a quote that never ends":  {[]string{`ext="max-age=60`}, "", Unbounded},
		"spaces and empty members": {[]string{" , max-age = 60 ,, "}, "", Bound{time.Minute, forever}},
		"a longer name":            {[]string{"no-store-please, max-ages=1"}, "", Unbounded},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			header := http.Header{"Cache-Control": c.lines}
			if c.age != "" {
				header.Set("Age", c.age)
			}
			assert.Equal(t, c.want, Of(header))
		})
	}
}

// Whatever stands there, the bound is one, and a word that forbids can be hidden
// only where a quote has begun.
func FuzzOf(f *testing.F) {
	for _, seed := range []string{"", "no-store", `a="b\"c",max-age=1`, "max-age=60, s-maxage=1", `"`, "=,="} {
		f.Add(seed, "")
	}
	f.Add("max-age=10", "5")
	f.Fuzz(func(t *testing.T, line, age string) {
		bound := Of(http.Header{"Cache-Control": {line}, "Age": {age}})
		if bound.Fresh < 0 || bound.Stale < 0 {
			t.Fatalf("%q: negative: %+v", line, bound)
		}
		if !strings.Contains(line, `"`) {
			if got := Of(http.Header{"Cache-Control": {line + ", no-store"}}); got != (Bound{}) {
				t.Fatalf("%q and no-store: %+v", line, got)
			}
		}
		if got := Of(http.Header{"Cache-Control": {line, "No-Cache"}, "Age": {age}}); got != (Bound{}) {
			t.Fatalf("%q and a line no-cache: %+v", line, got)
		}
	})
}
