package protocol

import (
	"mime"
	"strings"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/claims"
	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/verdict"
)

// readJSON reads a body of one JSON object. A missing Content-Type is taken for
// JSON; a charset other than UTF-8 is refused, since RFC 8259 has no other.
func readJSON(r Request) (claims.Object, error) {
	if !isJSON(r.ContentType) {
		return claims.Object{}, &Refusal{verdict.UnsupportedType, errType}
	}
	object, err := claims.Decode(r.Body)
	if err != nil {
		return claims.Object{}, &Refusal{verdict.Malformed, err}
	}
	return object, nil
}

func isJSON(contentType string) bool {
	switch contentType {
	case "", "application/json", "application/json; charset=utf-8":
		return true // without the cost of parsing
	}
	media, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return false
	}
	if charset, given := params["charset"]; given && !strings.EqualFold(charset, "utf-8") {
		return false
	}
	return media == "application/json" || media == "text/json" ||
		strings.HasPrefix(media, "application/") && strings.HasSuffix(media, "+json")
}
