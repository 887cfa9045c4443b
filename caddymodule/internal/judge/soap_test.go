package judge

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestSOAPFaults(t *testing.T) {
	t.Parallel()
	soap11 := func(code, text string) string {
		return `<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/"><SOAP-ENV:Body><SOAP-ENV:Fault><faultcode>` + code + `</faultcode><faultstring>` + text + `</faultstring><faultactor>urn:x</faultactor><detail><e:myfaultdetails xmlns:e="Some-URI"><message>secret</message><errorcode>1001</errorcode></e:myfaultdetails></detail></SOAP-ENV:Fault></SOAP-ENV:Body></SOAP-ENV:Envelope>`
	}
	soap12 := func(code, texts string) string {
		return `<?xml version="1.0"?>
<env:Envelope xmlns:env="http://www.w3.org/2003/05/soap-envelope" xmlns:m="http://www.example.org/timeouts" xmlns:xml="http://www.w3.org/XML/1998/namespace"><env:Header/><env:Body><env:Fault><env:Code><env:Value>` + code + `</env:Value><env:Subcode><env:Value>m:MessageTimeout</env:Value></env:Subcode></env:Code><env:Reason>` + texts + `</env:Reason><env:Detail><m:MaxTime>P5M</m:MaxTime></env:Detail></env:Fault></env:Body></env:Envelope>`
	}
	for name, tt := range map[string]struct{ body, want string }{
		"1.1 client":                {soap11("SOAP-ENV:Client", "E-mail already registered"), "invalid E-mail already registered"},
		"1.1 client, a kind of":     {soap11("soap:Client.Authentication", "Wrong code"), "invalid Wrong code"},
		"1.1 without a prefix":      {soap11("Client", "Wrong code"), "invalid Wrong code"},
		"1.1 server":                {soap11("SOAP-ENV:Server", "Down"), "fault upstream_error"},
		"1.1 a class of the server": {soap11("SOAP-ENV:Server.Database", "Down"), "fault upstream_error"},
		"1.1 must understand":       {soap11("SOAP-ENV:MustUnderstand", "x"), "fault upstream_error"},
		"1.1 a code of its own":     {soap11("m:EmailTaken", "x"), "fault upstream_error"},
		"1.1 a default namespace":   {`<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body><Fault><faultcode>Client</faultcode><faultstring>Wrong code</faultstring></Fault></Body></Envelope>`, "invalid Wrong code"},
		"1.1 another around":        {`<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns="urn:x"><s:Body><s:Fault><faultcode>s:Client</faultcode><faultstring>Wrong code</faultstring></s:Fault></s:Body></s:Envelope>`, "invalid Wrong code"},
		"1.1 no fault of SOAP":      {`<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><Fault xmlns="urn:x"><faultcode>s:Client</faultcode><faultstring>x</faultstring></Fault></s:Body></s:Envelope>`, "fault upstream_error"},
		"an envelope of another":    {`<s:Envelope xmlns:s="urn:x" xmlns:y="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault><faultcode>s:Client</faultcode><faultstring>x</faultstring></s:Fault></s:Body></s:Envelope>`, "fault upstream_error"},
		"1.2 version mismatch":      {soap12("env:VersionMismatch", `<env:Text xml:lang="en">x</env:Text>`), "fault upstream_error"},
		"1.2 first text is no use":  {soap12("env:Sender", `<env:Text xml:lang="en"> </env:Text><env:Text xml:lang="de">Falsch</env:Text>`), "invalid Falsch"},
		"1.2 the words of 1.1":      {soap12("env:Sender", `<faultstring>x</faultstring>`), "invalid "},
		"1.1 version mismatch":      {soap11("SOAP-ENV:VersionMismatch", "x"), "fault upstream_error"},
		"1.1 entities":              {soap11("s:Client", "Tom &amp; Jerry &#233; &lt;3"), "invalid Tom & Jerry é <3"},
		"1.1 CDATA":                 {soap11("s:Client", "<![CDATA[Wrong & worse]]>"), "invalid Wrong & worse"},
		"1.1 text in pieces":        {soap11("s:Client", "Wrong <!-- x -->code, <![CDATA[try]]> again"), "invalid Wrong code, try again"},
		"1.1 internals":             {soap11("s:Client", "System.NullReferenceException: x at Foo.Bar() in C:\\src\\Foo.cs:line 3"), "invalid "},
		"1.1 no text":               {soap11("s:Client", ""), "invalid "},
		"1.2 sender":                {soap12("env:Sender", `<env:Text xml:lang="en">Sender Timeout</env:Text>`), "invalid Sender Timeout"},
		"1.2 sender, two tongues":   {soap12("env:Sender", `<env:Text xml:lang="en">Wrong</env:Text><env:Text xml:lang="de">Falsch</env:Text>`), "invalid Wrong"},
		"1.2 receiver":              {soap12("env:Receiver", `<env:Text xml:lang="en">Down</env:Text>`), "fault upstream_error"},
		"byte order mark":           {"\xEF\xBB\xBF" + soap11("s:Client", "Wrong code"), "invalid Wrong code"},
		"a document type":           {`<!DOCTYPE x [<!ENTITY e "boom">]>` + soap11("s:Client", "&e;"), "fault upstream_error"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, contentType := range []string{"text/xml; charset=utf-8", "application/soap+xml", "", "text/plain"} {
				assert.Equal(t, tt.want, told(judge.Answer(answer(500, contentType, tt.body)).Verdict), contentType)
			}
		})
	}
}

// The examples of the two specifications, under the statuses that those give.
func TestSOAPExamples(t *testing.T) {
	t.Parallel()
	const (
		example11 = `<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/"><SOAP-ENV:Body><SOAP-ENV:Fault><faultcode>SOAP-ENV:Client</faultcode><faultstring>E-mail already registered</faultstring><faultactor>urn:x</faultactor><detail><e:myfaultdetails xmlns:e="Some-URI"><message>..</message><errorcode>1001</errorcode></e:myfaultdetails></detail></SOAP-ENV:Fault></SOAP-ENV:Body></SOAP-ENV:Envelope>`
		example12 = `<env:Envelope xmlns:env="http://www.w3.org/2003/05/soap-envelope" xmlns:m="http://www.example.org/timeouts" xmlns:xml="http://www.w3.org/XML/1998/namespace"><env:Body><env:Fault><env:Code><env:Value>env:Sender</env:Value><env:Subcode><env:Value>m:MessageTimeout</env:Value></env:Subcode></env:Code><env:Reason><env:Text xml:lang="en">Sender Timeout</env:Text></env:Reason><env:Detail><m:MaxTime>P5M</m:MaxTime></env:Detail></env:Fault></env:Body></env:Envelope>`
	)
	assert.Equal(t, "invalid E-mail already registered", told(judge.Answer(answer(500, "text/xml", example11)).Verdict))
	assert.Equal(t, "invalid Sender Timeout", told(judge.Answer(answer(400, "application/soap+xml", example12)).Verdict))
}

func TestSOAPWithoutAFault(t *testing.T) {
	t.Parallel()
	const (
		empty  = `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><r><message>hunter2</message></r></s:Body></s:Envelope>`
		noCode = `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault><faultstring>Wrong code</faultstring></s:Fault></s:Body></s:Envelope>`
	)
	for status, want := range map[int]string{200: "fault unreadable", 400: "invalid ", 403: "fault upstream_unauthorized", 404: "fault upstream_rejected", 500: "fault upstream_error"} {
		assert.Equal(t, want, told(judge.Answer(answer(status, "text/xml", empty)).Verdict), status)
	}
	for status, want := range map[int]string{200: "fault unreadable", 400: "invalid Wrong code", 403: "block Wrong code", 500: "fault upstream_error"} {
		assert.Equal(t, want, told(judge.Answer(answer(status, "text/xml", noCode)).Verdict), "no code under %d", status)
	}
	assert.Equal(t, "fault unreadable", told(judge.Answer(answer(200, "text/xml", strings.TrimSuffix(noCode, "</s:Envelope>"))).Verdict), "never closed")
}
