package judge

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"mime"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// body is an answer's body after its encodings are undone: a JSON value, or text
// of some format.
type body struct {
	json   node
	text   string
	format Format
	blank  bool // nothing but white space
}

var errTooLarge = errors.New("the body is larger than the limit once decoded")

// read undoes Content-Encoding and charset and recognises the format: JSON by
// parsing it whatever the Content-Type says, then SOAP, HTML and text by how
// they look. The only error is errTooLarge.
func (j Judge) read(a Answer) (body, error) {
	raw, err := decompress(a.Header.Values("Content-Encoding"), a.Body, j.MaxBody)
	if errors.Is(err, errTooLarge) {
		return body{}, err
	}
	if err != nil { // unknown or broken encoding: bytes that nobody can read
		return body{format: FormatOther}, nil
	}
	media, params, _ := mime.ParseMediaType(a.Header.Get("Content-Type"))
	text := strings.TrimSpace(decodeText(raw, params["charset"]))
	switch {
	case text == "":
		return body{blank: true}, nil
	case strings.IndexByte(`{["-0123456789tfn/`, text[0]) >= 0:
		if value, ok := parse(text); ok {
			return body{json: value, text: text, format: FormatOther}, nil
		}
	}
	switch {
	case text[0] == '<' && isSOAP(text):
		return body{text: text, format: FormatSOAP}, nil
	case isHTML(text, media):
		return body{text: text, format: FormatHTML}, nil
	case text[0] == '<' || text[0] == '{' || text[0] == '[' || strings.HasSuffix(media, "json"):
		return body{text: text, format: FormatOther}, nil // XML, or JSON that is broken
	default:
		return body{text: text, format: FormatText}, nil
	}
}

// version is the upstream's own, where it is a short printable string. A
// missing or null version makes Microsoft's engine refuse the whole answer.
func (b body) version() string {
	const longest = 32
	v := b.json.member("version")
	if v.kind != '"' || v.text == "" || len(v.text) > longest {
		return ""
	}
	for _, c := range []byte(v.text) {
		if c < ' ' || c >= utf8.RuneSelf-1 {
			return ""
		}
	}
	return v.text
}

// isHTML recognises a page: by how every page begins, or, where the upstream says
// text/html, by any tag. Without a tag text/html makes none: it is what PHP sends
// for `echo "E-mail already registered"`.
func isHTML(text, media string) bool {
	head := strings.ToLower(text[:min(len(text), 512)])
	if text[0] == '<' && pageStart.MatchString(head) {
		return true
	}
	return media == "text/html" && anyTag.MatchString(head)
}

var (
	pageStart = regexp.MustCompile(`<!doctype html|<html[\s>]|^<(?:body|center|h1|p|div|pre)>`)
	anyTag    = regexp.MustCompile(`<[a-z!/]`)
)

// decompress undoes gzip and deflate (RFC 9110, section 8.4.1) within limit.
func decompress(encodings []string, raw []byte, limit int64) ([]byte, error) {
	list := strings.Split(strings.ToLower(strings.Join(encodings, ",")), ",")
	for i := len(list) - 1; i >= 0; i-- {
		var reader io.Reader
		var err error
		switch strings.TrimSpace(list[i]) {
		case "", "identity":
			continue
		case "gzip", "x-gzip":
			reader, err = gzip.NewReader(bytes.NewReader(raw))
		case "deflate":
			// The RFC says zlib; some servers send bare deflate.
			if reader, err = zlib.NewReader(bytes.NewReader(raw)); err != nil {
				reader, err = flate.NewReader(bytes.NewReader(raw)), nil
			}
		default:
			return nil, errors.ErrUnsupported
		}
		if err != nil {
			return nil, err
		}
		raw, err = io.ReadAll(io.LimitReader(reader, limit+1))
		if int64(len(raw)) > limit {
			return nil, errTooLarge
		}
		if err != nil {
			return nil, err
		}
	}
	return raw, nil
}

// decodeText makes UTF-8 of raw: by its byte order mark, else by the charset
// that the upstream names, else, where it is no UTF-8, as Windows-1252, which is
// what legacy servers send without saying so.
func decodeText(raw []byte, charset string) string {
	var decoder transform.Transformer
	switch {
	case bytes.HasPrefix(raw, []byte("\xFF\xFE")), bytes.HasPrefix(raw, []byte("\xFE\xFF")):
		decoder = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder()
	case bytes.HasPrefix(raw, []byte("\xEF\xBB\xBF")):
		raw = raw[3:]
	case charset != "" && !utf8.Valid(raw) || strings.HasPrefix(strings.ToLower(charset), "utf-16"):
		if named, err := htmlindex.Get(charset); err == nil && named != unicode.UTF8 {
			decoder = named.NewDecoder()
		}
	}
	if decoder == nil && !utf8.Valid(raw) {
		decoder = charmap.Windows1252.NewDecoder()
	}
	if decoder != nil {
		if decoded, _, err := transform.Bytes(decoder, raw); err == nil {
			raw = decoded
		}
	}
	return strings.ToValidUTF8(string(raw), "\uFFFD")
}
