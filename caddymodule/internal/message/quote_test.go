package message

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestQuotes(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("This is a long story. ", 13)
	for name, c := range map[string]struct {
		upstream, secret string
		want             bool
	}{
		"as sent":                    {"The password horse7 is too short.", "horse7", true},
		"not at all":                 {"The password is too short.", "horse7", false},
		"too short to tell":          {"abc is too short.", "abc", false},
		"nothing":                    {"It is too short.", "", false},
		"two spaces":                 {"The password 'my  horse' is too short.", "my  horse", true},
		"a space at the edge":        {"The password ' horse ' is too short.", " horse ", true},
		"a letter in two parts":      {"The password ho\u0308rse is too short.", "ho\u0308rse", true},
		"markup":                     {"The password a<b>cd1234 is too short.", "a<b>cd1234", true},
		"markup that was escaped":    {"The password a&lt;b&gt;cd1234 is too short.", "a<b>cd1234", true},
		"an entity":                  {"The password x&amp;y12 is too short.", "x&amp;y12", true},
		"a letter that is not shown": {"The password ho\u200brse7 is too short.", "ho\u200brse7", true},
		"cut within it":              {long + "horse battery staple", "horse battery staple", true},
		"cut before it":              {long + "It is long: horse battery", "battery staple", false},
		"not cut, how it begins":     {"The horse is too short.", "horse battery staple", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, ok := Clean(c.upstream)
			require.True(t, ok)
			assert.Equal(t, c.want, Quotes(text, c.secret), text)
		})
	}
}
