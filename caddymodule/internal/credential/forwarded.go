package credential

import (
	"crypto/x509"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
)

// maxForwarded bounds the header with a forwarded certificate, in bytes. A
// certificate of RSA 4096 is 3 KiB in base64 and 4 KiB in a URL.
const maxForwarded = 32 << 10

// Forwarded reads the client certificate that a TLS-terminating proxy hands on
// in a header. It comes from [NewForwarded].
type Forwarded struct {
	name   string
	decode func(string) (ders [][]byte, ok bool)
}

// NewForwarded chooses the form by the name of the header:
//
//	X-ARR-ClientCert         base64 of the DER (Azure App Service)
//	Client-Cert              the same between colons (RFC 9440 section 2.2)
//	X-Forwarded-Client-Cert  Envoy's list; the last element counts, since the
//	                         proxy next to us wrote it, and of it Cert
//	any other                PEM in URL encoding, the leaf first (nginx's
//	                         $ssl_client_escaped_cert, AWS's X-Amzn-Mtls-Clientcert)
func NewForwarded(name string) Forwarded {
	f := Forwarded{name: http.CanonicalHeaderKey(name)}
	switch f.name {
	case "X-Arr-Clientcert":
		f.decode = decodeBase64
	case "Client-Cert":
		f.decode = decodeByteSequence
	case "X-Forwarded-Client-Cert":
		f.decode = decodeEnvoy
	default:
		f.decode = decodeEscapedPEM
	}
	return f
}

// Take removes the header, so that nobody behind can take it for proof, and
// returns its certificates, the leaf first. None and ok means that the proxy
// says that there is none; anything but exactly one well-formed line is not ok.
func (f Forwarded) Take(header http.Header) (chain []*x509.Certificate, ok bool) {
	lines := header[f.name]
	delete(header, f.name)
	if f.name == "Client-Cert" {
		delete(header, "Client-Cert-Chain") // it belongs to the other
	}
	switch {
	case len(lines) == 0, len(lines) == 1 && lines[0] == "":
		return nil, true
	case len(lines) > 1 || len(lines[0]) > maxForwarded:
		return nil, false
	}
	ders, ok := f.decode(lines[0])
	if !ok || len(ders) > maxChain {
		return nil, false
	}
	for _, der := range ders {
		certificate, err := x509.ParseCertificate(der) // refuses what follows it
		if err != nil {
			return nil, false
		}
		chain = append(chain, certificate)
	}
	return chain, true
}

func decodeBase64(text string) ([][]byte, bool) {
	if strings.ContainsAny(text, "\r\n") { // the decoder skips them
		return nil, false
	}
	der, err := strictBase64.DecodeString(text)
	return [][]byte{der}, err == nil && len(der) > 0
}

// decodeByteSequence reads an RFC 8941 byte sequence without parameters, of
// which RFC 9440 defines none.
func decodeByteSequence(text string) ([][]byte, bool) {
	text, opened := strings.CutPrefix(text, ":")
	text, closed := strings.CutSuffix(text, ":")
	if !opened || !closed {
		return nil, false
	}
	return decodeBase64(text)
}

// decodeEscapedPEM leaves a plus sign as it is: AWS does not escape it, and the
// others escape it as %2B.
func decodeEscapedPEM(text string) ([][]byte, bool) {
	plain, err := url.PathUnescape(text)
	if err != nil {
		return nil, false
	}
	return decodePEM(plain)
}

// decodePEM is strict where encoding/pem skips what it does not understand, in
// front of a block and between two.
func decodePEM(text string) (ders [][]byte, ok bool) {
	const begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
	for text = strings.TrimRight(text, "\r\n"); text != ""; text = strings.TrimLeft(text, "\r\n") {
		body, begins := strings.CutPrefix(text, begin)
		body, rest, ends := strings.Cut(body, end)
		if !begins || !ends {
			return nil, false
		}
		der, err := base64.StdEncoding.Strict().DecodeString(body) // line ends are skipped
		if err != nil || len(der) == 0 {
			return nil, false
		}
		ders, text = append(ders, der), rest
	}
	return ders, len(ders) > 0
}

// decodeEnvoy reads the last element of X-Forwarded-Client-Cert: elements apart
// by commas, pairs by semicolons, each a key, "=" and a value, which may stand in
// double quotes with backslash escapes.
func decodeEnvoy(text string) ([][]byte, bool) {
	found, count := "", 0
	for rest := text; ; {
		key, after, isPair := strings.Cut(rest, "=")
		if !isPair || key == "" || strings.ContainsAny(key, `",; `) {
			return nil, false
		}
		value, after, ok := envoyValue(after)
		if !ok {
			return nil, false
		}
		if strings.EqualFold(key, "Cert") {
			found = value
			count++
		}
		if after == "" {
			break
		}
		if after[0] == ',' {
			found, count = "", 0
			after = strings.TrimLeft(after[1:], " ")
		} else {
			after = after[1:] // a semicolon
		}
		rest = after
	}
	if count != 1 {
		return nil, false
	}
	return decodeEscapedPEM(found)
}

// envoyValue reads one value; what is after it is empty or begins with a comma
// or a semicolon.
func envoyValue(text string) (value, after string, ok bool) {
	if !strings.HasPrefix(text, `"`) {
		end := strings.IndexAny(text, ",;")
		if end < 0 {
			end = len(text)
		}
		return text[:end], text[end:], !strings.Contains(text[:end], `"`)
	}
	var plain strings.Builder
	for i := 1; i < len(text); i++ {
		switch c := text[i]; c {
		case '\\':
			if i++; i == len(text) {
				return "", "", false
			}
			plain.WriteByte(text[i])
		case '"':
			after = text[i+1:]
			return plain.String(), after, after == "" || after[0] == ',' || after[0] == ';'
		default:
			plain.WriteByte(c)
		}
	}
	return "", "", false // no closing quote
}
