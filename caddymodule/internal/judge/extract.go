package judge

// extract looks for the text of a refusal, by the types it finds: errors by
// field or in a list first, since they say most; then one text in a member; then
// short plain text. It returns "" where nothing is fit to be shown.
//
// Each family has its file: problem.go, google.go, fields.go, list.go, message.go,
// soap.go and text.go; echo.go says what none of them reads.
func extract(b body) (string, Format) {
	switch {
	case b.format == FormatSOAP: // a fault that names no code; rule 6 has taken the others
		_, text := readFault(b.xml, b.languages)
		return text, FormatSOAP
	case b.format == FormatText:
		return textOf(b.text), FormatText
	}
	n := b.refusal()
	switch n.kind {
	case 0:
		return "", b.format
	case '"':
		return textOf(n.text), FormatText
	}
	if text := clean(texts(n.member("userMessage"))); text != "" {
		return text, FormatContract
	}
	one, many := FormatMessage, FormatFields
	if problem, ok := asProblem(n, b.media); ok {
		n, one, many = problem, FormatProblem, FormatProblem
	}
	if text := clean(googleTexts(n, b.languages)); text != "" {
		return text, many
	}
	if text := clean(fieldTexts(n)); text != "" {
		return text, many
	}
	if text := messageOf(n); text != "" {
		return text, one
	}
	return "", FormatOther
}

// refusal is the body as a tree with one language, whether it came as JSON or as
// XML.
func (b body) refusal() node {
	n := b.json
	if b.xml != nil {
		n = b.xml.tree()
	}
	return localised(n, b.languages)
}
