package caddymodule

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/internal/alloctest"
)

const exampleCall = `{"email":"johnsmith@fabrikam.onmicrosoft.com","identities":[{"signInType":"federated","issuer":"facebook.com","issuerAssignedId":"0123456789"}],"displayName":"John Smith","givenName":"John","surname":"Smith","jobTitle":"Supplier","streetAddress":"1000 Microsoft Way","city":"Seattle","postalCode":"12345","state":"Washington","country":"United States","extension_0123456789abcdef0123456789abcdef_CustomAttribute1":"custom attribute value","step":"PostAttributeCollection","client_id":"93fd07aa-333c-409d-955d-96008fd08dd9","ui_locales":"en-US"}`

// discard is a ResponseWriter that costs nothing.
type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(p []byte) (int, error) { return len(p), nil }
func (d discard) WriteHeader(int)             {}

// SetReadDeadline makes it a writer as net/http's, which has deadlines.
func (d discard) SetReadDeadline(time.Time) error { return nil }

// The budgets are what was measured when the path was written, with a little
// room; they are here so that a change that allocates more is seen.
func TestAllocationsOfAHitAndOfARefusal(t *testing.T) {
	alloctest.SkipUnderRace(t)
	c := provisioned(t, "cache")
	serve(t, c, newCall(exampleCall), answering(http.StatusOK, "application/json", `{"a":"b"}`))
	w := discard{make(http.Header)}
	next := answering(http.StatusInternalServerError, "", "")

	hit := newCall(exampleCall)
	body := strings.NewReader(exampleCall)
	hits := testing.AllocsPerRun(200, func() {
		body.Reset(exampleCall)
		hit.Body = io.NopCloser(body)
		require.NoError(t, c.ServeHTTP(w, hit, next))
	})
	// The body's reader is the test's.
	others := testing.AllocsPerRun(200, func() {
		body.Reset(exampleCall)
		hit.Body = io.NopCloser(body)
	})
	t.Logf("a hit allocates %v times, %v of them ours", hits, hits-others)
	require.LessOrEqual(t, hits-others, 6.0)

	stranger := prepare(httptest.NewRequest(http.MethodPost, "https://api.example.com/signup", bytes.NewReader(nil)))
	stranger.SetBasicAuth("b2c", "a wrong secret")
	refusals := testing.AllocsPerRun(200, func() {
		require.NoError(t, c.ServeHTTP(w, stranger, next))
	})
	t.Logf("a refusal allocates %v times", refusals)
	require.LessOrEqual(t, refusals, 10.0)
}

func BenchmarkHit(b *testing.B) {
	c := provisioned(b, "cache")
	serve(b, c, newCall(exampleCall), answering(http.StatusOK, "application/json", `{"a":"b"}`))
	w := discard{make(http.Header)}
	next := answering(http.StatusInternalServerError, "", "")
	hit := newCall(exampleCall)
	body := strings.NewReader(exampleCall)
	b.ReportAllocs()
	for b.Loop() {
		body.Reset(exampleCall)
		hit.Body = io.NopCloser(body)
		if err := c.ServeHTTP(w, hit, next); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMiss(b *testing.B) {
	c := provisioned(b, "cache")
	w := discard{make(http.Header)}
	next := answering(http.StatusOK, "application/json", `{"a":"b"}`)
	miss := newCall(exampleCall)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		miss.Body = io.NopCloser(strings.NewReader(strings.Replace(exampleCall, "12345", strconv.Itoa(i), 1)))
		if err := c.ServeHTTP(w, miss, next); err != nil {
			b.Fatal(err)
		}
	}
}
