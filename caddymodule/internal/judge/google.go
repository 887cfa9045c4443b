package judge

import "strings"

// googleTexts are the texts in the details of a google.rpc.Status: Google AIP-193
// has it as `error`, gRPC-gateway (runtime/errors.go) as the body. Of the details
// only two kinds speak to the person, LocalizedMessage before BadRequest; the
// `message` beside them is for developers and comes later.
func googleTexts(n node, languages []string) []string {
	for _, status := range []node{n.member("error"), n} {
		var localised []wording
		var violations []string
		details := status.member("details")
		for _, detail := range details.elems {
			switch kind := detail.member("@type"); {
			case strings.HasSuffix(kind.text, ".LocalizedMessage"):
				localised = append(localised, wording{detail.member("locale").text, detail.member("message").text})
			case strings.HasSuffix(kind.text, ".BadRequest"):
				violations = append(violations, listTexts(detail.member("fieldViolations"), "")...)
			}
		}
		if text := pick(languages, localised); text != "" {
			return []string{text}
		}
		if clean(violations) != "" {
			return violations
		}
	}
	return nil
}
