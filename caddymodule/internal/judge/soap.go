package judge

import (
	"encoding/xml"
	"io"
	"strings"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/verdict"
)

// The envelopes of SOAP 1.1 (W3C Note of 2000) and SOAP 1.2 (W3C, part 1, 5.4).
const (
	soap11 = "http://schemas.xmlsoap.org/soap/envelope/"
	soap12 = "http://www.w3.org/2003/05/soap-envelope"
)

func isSOAP(text string) bool {
	return strings.Contains(text, soap11) || strings.Contains(text, soap12)
}

// bySOAP is rule 6: a fault of the sender is the person's to correct, one of the
// receiver is not. Anything else in an envelope is left to the other rules.
func bySOAP(b body) (Finding, bool) {
	code, reason := readFault(b.text)
	switch code {
	case "Client", "Sender":
		return Finding{verdict.Invalid{Message: clean([]string{reason})}, RuleSOAPFault, FormatSOAP}, true
	case "":
		return Finding{}, false
	default: // Server, Receiver, VersionMismatch, MustUnderstand, ...
		return fault(verdict.UpstreamError, RuleSOAPFault, FormatSOAP), true
	}
}

// readFault takes the code and the text out of a fault by tokens: no DTD, no
// entities but the five of XML, no nesting deeper than maxNesting.
func readFault(text string) (code, reason string) {
	dec := xml.NewDecoder(strings.NewReader(text))
	dec.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil } // it is UTF-8 by now
	var path []string
	for {
		token, err := dec.RawToken()
		if err != nil {
			return code, reason
		}
		switch t := token.(type) {
		case xml.Directive:
			return "", "" // a document type: nothing that a SOAP message may have
		case xml.StartElement:
			if path = append(path, t.Name.Local); len(path) > maxNesting {
				return "", ""
			}
		case xml.EndElement:
			if len(path) == 0 {
				return code, reason
			}
			path = path[:len(path)-1]
		case xml.CharData:
			value := strings.TrimSpace(string(t))
			if value == "" || len(path) < 4 || path[1] != "Body" || path[2] != "Fault" {
				continue
			}
			switch where := strings.Join(path[3:], "/"); {
			case where == "faultcode", where == "Code/Value":
				_, local, found := strings.Cut(value, ":")
				if code = value; found {
					code = local
				}
				code, _, _ = strings.Cut(code, ".") // SOAP 1.1, 4.4.1: Client.Authentication
			case where == "faultstring", where == "Reason/Text":
				if reason == "" {
					reason = value
				}
			}
		}
	}
}
