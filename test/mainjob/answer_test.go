package mainjob_test

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/internal/contract"
	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

func compressed(t *testing.T, encoder func(io.Writer) io.WriteCloser, text string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := encoder(&out)
	_, err := io.WriteString(w, text)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return out.Bytes()
}

func TestCompressedUpstreamAnswers(t *testing.T) {
	t.Parallel()
	zip := func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }
	deflate := func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) }
	const promo = `{"promoCode":"24534"}`
	answers := map[string]struct {
		encoding string
		body     []byte
		kind     contract.Kind
	}{
		"gzip":    {"gzip", compressed(t, zip, promo), contract.Continue},
		"deflate": {"deflate", compressed(t, deflate, promo), contract.Continue},
		"cut-off": {"gzip", compressed(t, zip, promo)[:20], contract.Invalid},
		"unknown": {"br", []byte{1, 2, 3}, contract.Invalid},
		// 16 MiB of spaces, that are 16 KiB on the wire.
		"bomb": {"gzip", compressed(t, zip, "{"+string(bytes.Repeat([]byte(" "), 16<<20))+"}"), contract.Invalid},
	}
	upstream := gatehouse.NewUpstream(t, func(w http.ResponseWriter, r *http.Request) {
		answer := answers[r.URL.Query().Get("as")]
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Encoding", answer.encoding)
		_, _ = w.Write(answer.body)
	})
	g := gatehouse.Start(t, connector(upstream.Address()))
	for name, want := range answers {
		answer := g.Post(t, "/?as="+name, callBeforeCreation, basic)
		assert.Equal(t, want.kind, answer.Kind, name)
		if want.kind == contract.Continue {
			assert.Equal(t, "24534", answer.Text("promoCode"), name)
		}
	}
}

// TestNothingOfTheUpstreamsResponseLeaves: its headers, its trailers and its
// cookies are between it and us; the checker of the contract looks for them.
func TestNothingOfTheUpstreamsResponseLeaves(t *testing.T) {
	t.Parallel()
	upstream := gatehouse.NewUpstream(t, func(w http.ResponseWriter, r *http.Request) {
		for name, value := range map[string]string{
			"Content-Type": "application/json", "Set-Cookie": "session=1", "Server": "IIS/10.0", "X-Powered-By": "ASP.NET",
			"Etag": `"1"`, "Location": "/", "Refresh": "0; url=/", "Www-Authenticate": "Basic", "Cache-Control": "public, max-age=600",
			"X-Request-Id": "of the upstream", "Trailer": "X-Sum", "Link": "</a.css>; rel=preload", "Strict-Transport-Security": "max-age=0",
		} {
			w.Header().Set(name, value)
		}
		w.WriteHeader(http.StatusEarlyHints)
		if r.URL.Path == "/no" {
			w.WriteHeader(http.StatusBadRequest)
		}
		_, _ = io.WriteString(w, `{"userMessage":"Not this one."}`)
		w.Header().Set("X-Sum", "1")
	})
	g := gatehouse.Start(t, connector(upstream.Address()))
	for _, path := range []string{"/yes", "/no"} {
		for range 2 { // once from the upstream and once from memory
			answer := g.Post(t, path, callBeforeCreation, basic)
			assert.NotContains(t, answer.Exchange.Header.Get("X-Request-Id"), "upstream")
			assert.Empty(t, answer.Exchange.Header.Get("Strict-Transport-Security"))
		}
	}
}

func TestClaimsLeaveInTheFormOfTheirProtocol(t *testing.T) {
	t.Parallel()
	const claims = `{"promoCode":"24534","points":10.50,"vip":true,"nothing":null,"roles":["a","b",3],"none":[],` +
		`"address":{"city":"Paris","zip":null},"Status":"gold","UserMessage":"hi","ACTION":"Continue","code":"x","email":"new@example.com","big":12345678901234567890}`
	upstream := gatehouse.Answering(t, http.StatusOK, claims)
	g := gatehouse.Start(t, `
	handle /flow {
		`+connector(upstream.Address(), "name flow")+`
	}
	handle /policy {
		`+connector(upstream.Address(), "name policy", "protocol b2c_custom_policy")+`
	}
`)
	for _, step := range []string{federation, attributes, token} {
		answer := g.Post(t, "/flow", callAt(step, "john"), basic)
		require.Equal(t, contract.Continue, answer.Kind)
		assert.Equal(t, "24534", answer.Text("promoCode"))
		assert.Equal(t, "a,b,3", answer.Text("roles"))
		assert.Equal(t, "10.50", string(answer.Claims["points"]), "as it was sent")
		assert.Equal(t, "12345678901234567890", string(answer.Claims["big"]))
		assert.NotContains(t, answer.Claims, "address")
		assert.Equal(t, step != token, answer.Text("email") != "", step)
	}
	answer := g.Post(t, "/policy", `{"loyaltyId":"1"}`, basic, gatehouse.Protocol(contract.CustomPolicy))
	require.Equal(t, contract.Continue, answer.Kind)
	assert.JSONEq(t, `["a","b",3]`, string(answer.Claims["roles"]))
	assert.JSONEq(t, `{"city":"Paris"}`, string(answer.Claims["address"]))
	assert.NotContains(t, answer.Claims, "nothing")
}

func TestRenamedClaims(t *testing.T) {
	t.Parallel()
	upstream := gatehouse.Answering(t, http.StatusOK, `{"loyaltyId":"8813","promoCode":"24534"}`)
	g := gatehouse.Start(t, connector(upstream.Address(), `request {
			rename extension_LoyaltyId loyaltyId
			drop identities
		}`))
	answer := g.Post(t, "/", `{"email":"a@example.com","extension_0123456789abcdef0123456789abcdef_LoyaltyId":"8812","identities":[{"issuer":"x"}]}`, basic)
	assert.JSONEq(t, `{"email":"a@example.com","loyaltyId":"8812"}`, upstream.Last(t).Body)
	assert.Equal(t, "8813", answer.Text("extension_0123456789abcdef0123456789abcdef_LoyaltyId"))
	assert.Equal(t, "24534", answer.Text("promoCode"))

	g.Post(t, "/", `{"email":"a@example.com","extension_LoyaltyId":"8812"}`, basic)
	assert.JSONEq(t, `{"email":"a@example.com","loyaltyId":"8812"}`, upstream.Last(t).Body)
}
