package protocol

import (
	"errors"
	"mime"
	"net/http"
	"strings"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/claims"
	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/verdict"
)

var errType = errors.New("the Content-Type is not one that the protocol has")

// readJSON reads a body of one JSON object. A missing Content-Type is taken for
// JSON.
func readJSON(r Request) (claims.Object, error) {
	if media, ok := mediaType(r.Header); !ok || !isJSON(media) {
		return claims.Object{}, &Refusal{verdict.UnsupportedType, errType}
	}
	return decoded(claims.Decode(r.Body))
}

// readPost reads a body of JSON or of a form.
func readPost(r Request) (claims.Object, error) {
	if media, ok := mediaType(r.Header); ok && media == "application/x-www-form-urlencoded" {
		return decoded(claims.DecodeForm(string(r.Body)))
	}
	return readJSON(r)
}

// readGet reads claims from the query and from headers.
func readGet(r Request) (claims.Object, error) {
	inQuery, err := claims.DecodeForm(r.Query)
	if err != nil {
		return decoded(inQuery, err)
	}
	inHeader, err := claims.FromHeader(r.HeaderClaims, func(name string) []string {
		return r.Header[http.CanonicalHeaderKey(name)]
	})
	if err != nil {
		return decoded(inHeader, err)
	}
	return decoded(claims.Merge(inQuery, inHeader))
}

func decoded(object claims.Object, err error) (claims.Object, error) {
	if err != nil {
		return claims.Object{}, &Refusal{verdict.Malformed, err}
	}
	return object, nil
}

// mediaType is the media type of the body and whether it can be read: one line,
// and no charset other than UTF-8, since RFC 8259 has no other.
func mediaType(header http.Header) (media string, ok bool) {
	lines := header["Content-Type"]
	switch {
	case len(lines) == 0:
		return "", true
	case len(lines) > 1:
		return "", false
	}
	switch lines[0] {
	case "application/json", "application/json; charset=utf-8":
		return "application/json", true // without the cost of parsing
	}
	media, params, err := mime.ParseMediaType(lines[0])
	if err != nil {
		return "", false
	}
	charset, given := params["charset"]
	return media, !given || strings.EqualFold(charset, "utf-8")
}

func isJSON(media string) bool {
	return media == "" || media == "application/json" || media == "text/json" ||
		strings.HasPrefix(media, "application/") && strings.HasSuffix(media, "+json")
}
