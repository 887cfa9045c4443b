//go:build linux

package bench

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strconv"
	"sync/atomic"
)

const (
	username    = "b2c"
	secret      = "correct-horse-battery-staple-0123456789ab"
	wrongSecret = "never-was-a-horse-battery-staple-at-all00"

	contentType = "application/json"
)

// answer is the validator's, and that of everything that is compared: 150 bytes in
// the form in which Gatehouse writes it.
const answer = `{"version":"1.0.0","action":"Continue","extension_0123456789abcdef0123456789abcdef_PromotionCode":"SPRING-20260","givenName":"John","surname":"Smith"}`

// exampleBody is the example call of Microsoft's page on user flows, in the compact
// form in which it comes. The nine digits tell calls apart.
const exampleBody = `{"email":"johnsmith000000000@fabrikam.onmicrosoft.com","identities":[{"signInType":"federated","issuer":"facebook.com","issuerAssignedId":"0123456789"}],"displayName":"John Smith","objectId":"11111111-0000-0000-0000-000000000000","givenName":"John","surname":"Smith","jobTitle":"Supplier","streetAddress":"1000 Microsoft Way","city":"Seattle","postalCode":"12345","state":"Washington","country":"United States","extension_0123456789abcdef0123456789abcdef_CustomAttribute1":"custom attribute value","extension_0123456789abcdef0123456789abcdef_CustomAttribute2":"custom attribute value","step":"PostAttributeCollection","client_id":"93fd07aa-333c-409d-955d-96008fd08dd9","ui_locales":"en-US"}`

const digits = 9

// numberAt is where the number stands in the body.
var numberAt = bytes.Index([]byte(exampleBody), []byte("000000000@"))

// setNumber writes n over the nine digits of a body.
func setNumber(body []byte, n int) {
	at := body[numberAt : numberAt+digits]
	copy(at, "000000000")
	text := strconv.Itoa(n)
	copy(at[digits-len(text):], text)
}

func authorization(password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(username+":"+password))
}

// head is everything before the body of an HTTP/1.1 request.
func head(password string) string {
	return fmt.Sprintf("POST /signup HTTP/1.1\r\nHost: localhost\r\nContent-Type: %s\r\nAuthorization: %s\r\nContent-Length: %d\r\n\r\n",
		contentType, authorization(password), len(exampleBody))
}

// numbers yields the number of the next call. It is used by many clients.
type numbers func() int

// same is always the one call that is remembered.
func same() int { return 0 }

// lastNumber tells all calls apart that must differ; it begins beyond those that the
// benchmark of growth remembers.
var lastNumber atomic.Int64

func init() { lastNumber.Store(100_000_000) }

// distinct is a call that nobody has made.
func distinct() int { return int(lastNumber.Add(1)) }
