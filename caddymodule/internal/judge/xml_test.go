package judge

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestErrorsInXML(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]legacyAnswer{
		"RFC 7807":                      {403, `<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<problem xmlns="urn:ietf:rfc:7807"><type>https://example.com/probs/out-of-credit</type><title>You do not have enough credit.</title><detail>Your current balance is 30, but that costs 50.</detail><instance>https://example.net/account/12345/msgs/abc</instance><balance>30</balance><accounts><i>https://example.net/account/12345</i><i>https://example.net/account/67890</i></accounts></problem>`, "block Your current balance is 30, but that costs 50."},
		"RFC 7807, a list of errors":    {422, `<problem xmlns="urn:ietf:rfc:7807"><type>x</type><title>T</title><errors><i><detail>must be positive</detail><pointer>#/age</pointer></i><i><detail>is taken</detail><pointer>#/name</pointer></i></errors></problem>`, "invalid Age must be positive Name is taken"},
		"Web API 2, abbreviated":        {400, `<Error><Message>The request is invalid.</Message><ModelState>..</ModelState></Error>`, "invalid The request is invalid."},
		"Web API 2":                     {400, `<Error><Message>The request is invalid.</Message><ModelState><model.UserName>The UserName field is required.</model.UserName></ModelState></Error>`, "invalid The UserName field is required."},
		"Web API 2, an escaped name":    {400, `<Error><Message>The request is invalid.</Message><ModelState><users_x005B_0_x005D_.Email>is taken</users_x005B_0_x005D_.Email></ModelState></Error>`, "invalid Email is taken"},
		"Web API 2, a crash":            {500, `<Error><Message>An error has occurred.</Message><ExceptionMessage>x</ExceptionMessage></Error>`, "fault upstream_error"},
		"Kong":                          {502, `<?xml version="1.0" encoding="UTF-8"?><error><message>An invalid response was received from the upstream server</message><requestid>1</requestid></error>`, "fault upstream_error"},
		"Kong, a refusal":               {400, `<error><message>Bad request</message><requestid>1</requestid></error>`, "invalid "},
		"a message":                     {409, `<error><message>Email taken</message></error>`, "invalid Email taken"},
		"a message in error":            {409, `<response><error><code>17</code><message>Email taken</message></error></response>`, "invalid Email taken"},
		"error is the text":             {409, `<error>Email taken</error>`, "invalid Email taken"},
		"error in a response":           {409, `<response><status>fail</status><error>Email taken</error></response>`, "invalid Email taken"},
		"a prefix":                      {409, `<m:error xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"><m:code/><m:message xml:lang="en-US">Email taken</m:message></m:error>`, "invalid Email taken"},
		"errors by field":               {422, `<errors><email>is taken</email><zip>is wrong</zip></errors>`, "invalid Email is taken Zip is wrong"},
		"errors in a list":              {422, `<errors><error>Email taken</error><error>Zip missing</error></errors>`, "invalid Email taken Zip missing"},
		"one error in a list":           {422, `<errors><error>Email taken</error></errors>`, "invalid Email taken"},
		"errors with fields":            {422, `<response><errors><error><field>email</field><message>is taken</message></error></errors></response>`, "invalid Email is taken"},
		"errors in errors (Jackson)":    {422, `<Map><status>422</status><errors><errors><field>email</field><defaultMessage>is taken</defaultMessage><rejectedValue>hunter2</rejectedValue></errors></errors></Map>`, "invalid Email is taken"},
		"repeated errors":               {422, `<response><errors>Email taken</errors><errors>Zip missing</errors></response>`, "invalid Email taken Zip missing"},
		"Django":                        {400, `<root><email><list-item>Enter a valid address.</list-item></email></root>`, "invalid Email: Enter a valid address."},
		"userMessage":                   {409, `<r><message>x</message><userMessage>Email taken</userMessage></r>`, "invalid Email taken"},
		"userMessage is not rule 10":    {404, `<r><userMessage>Email taken</userMessage></r>`, "fault upstream_rejected"},
		"action is not rule 5":          {409, `<r><action>ShowBlockPage</action><userMessage>Email taken</userMessage></r>`, "invalid Email taken"},
		"CDATA, entities and comments":  {409, `<error><message>Tom &amp; <![CDATA[Jerry &]]> <!-- x -->&#233; &lt;3</message></error>`, "invalid Tom & Jerry & é <3"},
		"XML 1.1":                       {409, `<?xml version="1.1" encoding="ISO-8859-1"?><error>Email taken</error>`, "invalid Email taken"},
		"a style sheet":                 {409, `<?xml version="1.0"?><?xml-stylesheet href="x"?><!-- x --><error>Email taken</error><!-- y -->`, "invalid Email taken"},
		"a refusal under 200":           {200, `<response><success>false</success><message>Email taken</message></response>`, "fault unreadable"},
		"claims under 200":              {200, `<claims><city>Bern</city></claims>`, "fault unreadable"},
		"nothing under 403":             {403, `<error/>`, "fault upstream_unauthorized"},
		"a document type":               {409, `<!DOCTYPE error [<!ENTITY x SYSTEM "file:///etc/passwd">]><error>&x;</error>`, "invalid "},
		"an entity of no document type": {409, `<error>Email&nbsp;taken</error>`, "invalid "},
		"two roots":                     {409, `<error>Email taken</error><error>x</error>`, "invalid "},
		"text behind":                   {409, `<error>Email taken</error> x`, "invalid "},
		"never closed":                  {409, `<error><message>Email taken</message>`, "invalid "},
		"closed by another":             {409, `<error><message>Email taken</error></message>`, "invalid "},
		"closed too often":              {409, `<error>Email taken</error></error>`, "invalid "},
		"no end of the declaration":     {409, `<?xml version="1.0"`, "invalid "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, contentType := range []string{"application/xml", "application/problem+xml", "text/xml; charset=utf-8", "", "application/json"} {
				assert.Equal(t, tt.want, told(judge.Answer(answer(tt.status, contentType, tt.body)).Verdict), contentType)
			}
		})
	}
	assert.Equal(t, "invalid Email taken", told(judge.Answer(answer(409, "text/html", `<error><message>Email taken</message></error>`)).Verdict), "what PHP sends without a header")
	assert.Equal(t, FormatProblem, judge.Answer(answer(400, "", `<problem><type>x</type><title>Email taken</title></problem>`)).Format)
}

// The reader's bounds, each just met and just exceeded.
func TestBoundsOfXML(t *testing.T) {
	t.Parallel()
	nested := func(levels int) string { return strings.Repeat("<a>", levels) + strings.Repeat("</a>", levels) }
	_, ok := parseXML(nested(maxNesting))
	assert.True(t, ok)
	_, ok = parseXML(nested(maxNesting + 1))
	assert.False(t, ok)
	_, ok = parseXML("<r>" + strings.Repeat("<a/>", maxElements-1) + "</r>")
	assert.True(t, ok)
	_, ok = parseXML("<r>" + strings.Repeat("<a/>", maxElements) + "</r>")
	assert.False(t, ok)
}

// hostileXML are documents that cost other readers time or memory: entity
// expansion (CWE-776), depth (CWE-674) and width.
func hostileXML(size int) map[string]string {
	fill := func(open, unit, end string) string {
		return open + strings.Repeat(unit, max(0, size-len(open)-len(end))/len(unit)) + end
	}
	laughs := `<!DOCTYPE lolz [<!ENTITY lol "lol">`
	for i := range 10 {
		laughs += `<!ENTITY lol` + string(rune('0'+i)) + ` "` + strings.Repeat("&lol;", 10) + `">`
	}
	return map[string]string{
		"billion laughs":      laughs + `]><error>&lol9;</error>`,
		"deep":                fill("", "<a>", ""),
		"deep lists":          strings.Repeat("<a><i>", maxNesting/2-1) + fill("", "<i>x</i>", "") + strings.Repeat("</i></a>", maxNesting/2-1),
		"wide":                fill("<errors>", "<e/>", "</errors>"),
		"wide texts":          fill("<errors>", "<e>is wrong</e>", "</errors>"),
		"never closed":        fill("<errors>", "<e>is wrong", ""),
		"comments":            fill("<error>", "a<!---->", "</error>"),
		"sections":            fill("<error>", "<![CDATA[a]]>", "</error>"),
		"references":          fill("<error>", "&#97;", "</error>"),
		"attributes":          fill("<error ", `a="b" `, "/>"),
		"namespaces":          fill("<error ", `xmlns:a="b" `, ">x</error>"),
		"instructions":        fill("", "<?a?>", "<error>x</error>"),
		"many languages":      fill("<r>", `<r><message xml:lang="en">No</message><message xml:lang="de">Nein</message></r>`, "</r>"),
		"an open comment":     fill("<error><!--", "-", ""),
		"an open section":     fill("<error><![CDATA[", "]", ""),
		"an open instruction": fill("<error><?", "?", ""),
		"an open attribute":   fill(`<error a="`, "<", ""),
		"an open reference":   fill(`<error>&#`, "0", ""),
	}
}

func TestHostileXMLTakesNoTime(t *testing.T) {
	t.Parallel()
	for name, body := range hostileXML(64 << 10) {
		start := time.Now()
		for _, status := range []int{200, 400} {
			a := answer(status, "application/xml", body)
			a.Languages = []string{"de-AT", "fr"}
			require.NotEmpty(t, told(judge.Answer(a).Verdict), name)
		}
		assert.Less(t, time.Since(start), 5*time.Second, "%s: milliseconds are expected", name)
	}
}
