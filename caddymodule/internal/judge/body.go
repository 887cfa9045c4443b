package judge

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// body is an answer's body after its encodings are undone: a JSON value, an XML
// document, or text of some format.
type body struct {
	json      node
	xml       *element // nil where it is none
	text      string
	format    Format
	media     string // the media type of Content-Type, without its parameters
	languages []string
	blank     bool // nothing but white space
}

var errTooLarge = errors.New("the body is larger than the limit once decoded")

// read undoes Content-Encoding and charset and recognises the format. The only
// error is errTooLarge.
func (j Judge) read(a Answer) (body, error) {
	raw, err := decompress(a.Header["Content-Encoding"], a.Body, j.MaxBody)
	if errors.Is(err, errTooLarge) {
		return body{}, err
	}
	if err != nil { // unknown or broken encoding: bytes that nobody can read
		return body{format: FormatOther}, nil
	}
	media, charset := mediaType(a.Header.Get("Content-Type"))
	b := recognise(strings.TrimSpace(decodeText(raw, charset)), media)
	b.media, b.languages = media, a.Languages
	return b, nil
}

// recognise tells the formats apart: JSON and XML by parsing them, whatever the
// Content-Type says, then pages and text by how they look.
func recognise(text, media string) body {
	if text == "" {
		return body{blank: true}
	}
	if strings.IndexByte(`{["-0123456789tfn/`, text[0]) >= 0 {
		if value, ok := parse(text); ok {
			return body{json: value, text: text, format: FormatOther}
		}
	}
	if value, ok := behindWarnings(text); ok {
		return body{json: value, text: text, format: FormatOther}
	}
	if text[0] == '<' {
		if root, ok := parseXML(text); ok && root.isEnvelope() {
			return body{xml: root, text: text, format: FormatSOAP}
		} else if ok && !root.isPage() {
			return body{xml: root, text: text, format: FormatOther}
		}
	}
	switch {
	case isHTML(text, media):
		return body{text: text, format: FormatHTML}
	case strings.ContainsFunc(text, isBinary):
		return body{text: text, format: FormatOther}
	case strings.IndexByte(`<{["`, text[0]) >= 0 && (text[0] != '"' || strings.HasSuffix(media, "json")):
		return body{text: text, format: FormatOther} // XML or JSON that is broken
	default:
		return body{text: text, format: FormatText}
	}
}

// isBinary recognises what is in no text: control characters but white space.
func isBinary(c rune) bool {
	return c < ' ' && c != '\t' && c != '\n' && c != '\r' && c != '\f' || c == 0x7f
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

// decompress undoes gzip and deflate (RFC 9110, section 8.4.1) within limit.
func decompress(encodings []string, raw []byte, limit int64) ([]byte, error) {
	const mostLayers = 4 // nobody means more, and each costs its header again
	if len(encodings) == 0 {
		return raw, nil
	}
	list := strings.Split(strings.ToLower(strings.Join(encodings, ",")), ",")
	if len(list) > mostLayers {
		return nil, errors.ErrUnsupported
	}
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
	if decoder == nil {
		if utf8.Valid(raw) {
			return string(raw)
		}
		decoder = charmap.Windows1252.NewDecoder()
	}
	if decoded, _, err := transform.Bytes(decoder, raw); err == nil {
		raw = decoded
	}
	return strings.ToValidUTF8(string(raw), "\uFFFD")
}
