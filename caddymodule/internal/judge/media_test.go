package judge

import (
	"mime"
	"testing"

	"github.com/stretchr/testify/assert"
)

func FuzzMediaType(f *testing.F) {
	for _, text := range []string{
		"", "application/json", "application/problem+json", "text/html; charset=utf-8", "text/plain;charset=ISO-8859-1", "TEXT/HTML",
		"application/json; charset=\"utf-8\"", "application/json; charset=utf-8; charset=utf-8", "application/json; charset=utf-8; x=y",
		"application/json;", "application/json; ", ";;;", ";charset=utf-8", "/json", "application/", "a/b/c", "json", "json; charset=utf-8",
		" text/plain", "text/plain ;charset=x", "text/plain;  charset=x", "text/plain; Charset=x", "text/plain; charset=", "text/plain; charset=ü",
		"text/plain; charset=a b", "text/plain; charset*=utf-8''x", "text/plain; x=y", "text/plain; charset=\u212aoi8-r", "text/plain; charset=\u0130bm866", "text/plain; charset=UTF-16LE", "text/plain\t", "text/pl@in", "a_b/c!d", "text/plain; charset=x;",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		want, params, _ := mime.ParseMediaType(text)
		media, charset := mediaType(text)
		assert.Equal(t, want, media, "%q", text)
		assert.Equal(t, params["charset"], charset, "%q", text)
	})
}
