package judge

import (
	"strings"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/verdict"
)

// The envelopes of SOAP 1.1 (W3C Note of 2000) and SOAP 1.2 (W3C, part 1).
const (
	soap11 = "http://schemas.xmlsoap.org/soap/envelope/"
	soap12 = "http://www.w3.org/2003/05/soap-envelope"
)

// isEnvelope recognises SOAP by the namespace, whatever prefix stands for it.
func (e *element) isEnvelope() bool {
	return e.local == "Envelope" && (e.space == soap11 || e.space == soap12)
}

// bySOAP is rule 6: a fault of the sender is the person's to correct, one of the
// receiver is not. An envelope without a fault, or a fault without its mandatory
// code, is left to the other rules.
func bySOAP(b body) (Finding, bool) {
	code, text := readFault(b.xml, b.languages)
	switch code {
	case "Client", "Sender":
		return finding(verdict.Invalid{Message: text}, RuleSOAPFault, FormatSOAP), true
	case "":
		return Finding{}, false
	default: // Server, Receiver, VersionMismatch, MustUnderstand, DataEncodingUnknown, ...
		return fault(verdict.UpstreamError, RuleSOAPFault, FormatSOAP), true
	}
}

// readFault takes the code and the text for the person out of an envelope. What
// is in detail or Detail speaks to programs and may echo, so it is not read.
func readFault(envelope *element, languages []string) (code, text string) {
	space := envelope.space
	fault := envelope.child(space, "Body").child(space, "Fault")
	if space == soap12 { // part 1, section 5.4; Subcode is the application's own
		code = fault.child(space, "Code").child(space, "Value").content()
		var all []wording
		for _, e := range fault.child(space, "Reason").children(space, "Text") {
			all = append(all, wording{e.lang, e.text})
		}
		text = pick(languages, all)
	} else { // section 4.4; these have no namespace but what xmlns around them gives
		code = fault.child(anySpace, "faultcode").content()
		text = clean([]string{fault.child(anySpace, "faultstring").content()})
	}
	if _, local, found := strings.Cut(code, ":"); found {
		code = local
	}
	code, _, _ = strings.Cut(code, ".") // 1.1, section 4.4.1: Client.Authentication
	return code, text
}

// anySpace asks for a name in any namespace.
const anySpace = "*"

// child is the first element of the name in e, or nil, as it is where e is nil.
func (e *element) child(space, local string) *element {
	if all := e.children(space, local); len(all) > 0 {
		return all[0]
	}
	return nil
}

func (e *element) children(space, local string) []*element {
	if e == nil {
		return nil
	}
	var all []*element
	for _, child := range e.elems {
		if child.local == local && (space == anySpace || child.space == space) {
			all = append(all, child)
		}
	}
	return all
}

func (e *element) content() string {
	if e == nil {
		return ""
	}
	return strings.TrimSpace(e.text)
}
