package judge

import (
	"mime"
	"strings"
)

// mediaType is the media type of a Content-Type, without its parameters, and its
// charset, each "" where there is none (RFC 9110, section 8.3.1).
func mediaType(contentType string) (media, charset string) {
	if media, charset, ok := plainMediaType(contentType); ok {
		return media, charset
	}
	media, params, _ := mime.ParseMediaType(contentType)
	return media, params["charset"]
}

// plainMediaType reads what nearly all servers write, such as "application/json"
// and "text/plain; charset=utf-8", as package mime does but without a map.
func plainMediaType(contentType string) (media, charset string, ok bool) {
	media, parameter, found := strings.Cut(contentType, ";")
	main, sub, _ := strings.Cut(media, "/")
	if !isPlainToken(main) || !isPlainToken(sub) {
		return "", "", media == ""
	}
	if !found {
		return media, "", true
	}
	charset, found = strings.CutPrefix(strings.TrimPrefix(parameter, " "), "charset=")
	return media, charset, found && isPlainToken(lowerASCII(charset))
}

// lowerASCII leaves all other letters as they are: strings.ToLower makes k of U+212A
// and i of U+0130, which are in no token.
func lowerASCII(text string) string {
	return strings.Map(func(c rune) rune {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		return c
	}, text)
}

// isPlainToken reports whether the text is of lower case letters, digits and
// those signs that names of media types and charsets have.
func isPlainToken(text string) bool {
	for _, c := range []byte(text) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '.' && c != '+' {
			return false
		}
	}
	return text != ""
}
