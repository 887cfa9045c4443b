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
	texts := make(map[string]string) // of the elements of the fault, by path
	for {
		token, err := dec.RawToken()
		if err != nil {
			break
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
				return "", ""
			}
			// Of several texts, one for each language, the first stays.
			if where := strings.Join(path, "/"); strings.TrimSpace(texts[where]) != "" && strings.HasSuffix(where, "/Reason/Text") && reason == "" {
				reason = texts[where]
			}
			path = path[:len(path)-1]
		case xml.CharData: // in pieces, around comments and CDATA
			if len(path) >= 4 && path[1] == "Body" && path[2] == "Fault" {
				where := strings.Join(path, "/")
				texts[where] += string(t)
			}
		}
	}
	fault := strings.Join([]string{"Envelope", "Body", "Fault", ""}, "/")
	code = texts[fault+"faultcode"] + texts[fault+"Code/Value"]
	if reason == "" {
		reason = texts[fault+"faultstring"]
	}
	if _, local, found := strings.Cut(code, ":"); found {
		code = local
	}
	code, _, _ = strings.Cut(code, ".") // SOAP 1.1, 4.4.1: Client.Authentication
	return strings.TrimSpace(code), strings.TrimSpace(reason)
}
