package mainjob_test

import (
	"encoding/base64"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/internal/contract"
	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

func header(value string) gatehouse.CallOption { return gatehouse.Header("Authorization", value) }

func encoded(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

func TestNobodyElseGetsIn(t *testing.T) {
	t.Parallel()
	upstream := gatehouse.Answering(t, http.StatusOK, `{}`)
	g := gatehouse.Start(t, connector(upstream.Address()))
	call := callAt(attributes, "john")
	first := g.Refused(t, "/", call)

	for name, credentials := range map[string]gatehouse.CallOption{
		"wrong password":            gatehouse.Basic("b2c", "wrong"),
		"empty password":            gatehouse.Basic("b2c", ""),
		"longer password":           gatehouse.Basic("b2c", secret+"x"),
		"unknown name":              gatehouse.Basic("nobody", secret),
		"empty name":                gatehouse.Basic("", secret),
		"name in another case":      gatehouse.Basic("B2C", secret),
		"the credential itself":     gatehouse.Basic("b2c", "plain:"+secret),
		"no base64":                 header("Basic !!!"),
		"no colon":                  header("Basic " + encoded("b2c"+secret)),
		"bearer":                    header("Bearer " + encoded("b2c:"+secret)),
		"scheme alone":              header("Basic"),
		"empty":                     header(" "),
		"more after the credential": header("Basic " + encoded("b2c:"+secret) + " x"),
		"in the proxy's header":     gatehouse.Header("Proxy-Authorization", "Basic "+encoded("b2c:"+secret)),
		"a long one":                gatehouse.Basic("b2c", string(make([]byte, 4096))),
	} {
		t.Run(name, func(t *testing.T) {
			refused := g.Refused(t, "/", call, credentials)
			assert.NoError(t, contract.SameBytes(first, refused))
			refused = g.Refused(t, "/elsewhere?x=y", `no json`, credentials, gatehouse.Method(http.MethodPut))
			assert.NoError(t, contract.SameBytes(first, refused), "whatever is asked for")
		})
	}
	assert.Zero(t, upstream.Calls(), "a refused call has reached the upstream")
	assert.NotContains(t, g.Logs(), secret)
	g.AssertMetric(t, 0, "gatehouse_auth_total", gatehouse.Labels{"result": "accepted"})
	g.AssertMetric(t, 31, "gatehouse_auth_total", gatehouse.Labels{"method": "basic", "result": "rejected"})
	g.AssertMetric(t, 31, "gatehouse_requests_total", gatehouse.Labels{"answer": "refused"})

	assert.Equal(t, contract.Continue, g.Post(t, "/", call, basic).Kind, "the right ones still do")
}

// TestBodyOfAStrangerIsNotRead: the answer comes although the body never does,
// and without the 100 Continue that would ask for it (RFC 9110, section 10.1.1).
func TestBodyOfAStrangerIsNotRead(t *testing.T) {
	t.Parallel()
	upstream := gatehouse.Answering(t, http.StatusOK, `{}`)
	g := gatehouse.Start(t, connector(upstream.Address()))
	const head = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
	for name, rest := range map[string]string{
		"expects to be asked":      "Content-Length: 100\r\nExpect: 100-continue\r\n\r\n",
		"announces a gigabyte":     "Content-Length: 1073741824\r\n\r\n",
		"sends chunks without end": "Transfer-Encoding: chunked\r\n\r\n4\r\n{\"a\"\r\n",
		"has wrong credentials":    "Content-Length: 1073741824\r\nAuthorization: Basic " + encoded("b2c:wrong") + "\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer := g.Raw(t, head+rest)
			// The server gives up a connection whose body it will not read.
			answer.SiteHeaders = []string{"Connection"}
			assert.NoError(t, contract.CheckRefusal(answer))
			assert.Less(t, answer.Elapsed, 4*time.Second, "a read time-out would be longer")
		})
	}
	t.Cleanup(func() { assert.Zero(t, upstream.Calls()) })
}

func TestWrongMethods(t *testing.T) {
	t.Parallel()
	upstream := gatehouse.Answering(t, http.StatusOK, `{}`)
	g := gatehouse.Start(t, connector(upstream.Address()))
	for i, method := range []string{"GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"} {
		exchange, err := g.Try(t.Context(), "/", "", basic, gatehouse.Method(method))
		require.NoError(t, err)
		assert.NoError(t, contract.CheckWrongMethod(exchange), method)
		assert.Equal(t, []string{"POST"}, exchange.Header["Allow"], method)
		g.AssertMetric(t, float64(i+1), "gatehouse_refusals_total", gatehouse.Labels{"reason": "method"})
	}
	assert.Zero(t, upstream.Calls())
}

func TestClientCertificates(t *testing.T) {
	t.Parallel()
	upstream := gatehouse.Answering(t, http.StatusOK, `{}`)
	long := gatehouse.ClientCertificate(t, "by its SHA-256", time.Hour)
	shown := gatehouse.ClientCertificate(t, "by its SHA-1", time.Hour)
	expired := gatehouse.ClientCertificate(t, "expired", -time.Minute)
	foreign := gatehouse.ClientCertificate(t, "by its SHA-256", time.Hour)
	pins := `client_certificate {
				thumbprint ` + gatehouse.SHA256(long) + ` ` + gatehouse.SHA256(expired) + `
				thumbprint ` + colons(gatehouse.SHA1(shown)) + `
			}`
	g := gatehouse.Start(t, `
	handle /either {
		api_connector {
			name either
			auth {
				basic b2c plain:`+secret+`
				`+pins+`
			}
		}
		reverse_proxy `+upstream.Address()+`
	}
	handle {
		api_connector {
			name certificate
			auth {
				`+pins+`
			}
		}
		reverse_proxy `+upstream.Address()+`
	}
`, gatehouse.RequestClientCertificate())
	call := callAt(attributes, "john")

	for _, path := range []string{"/", "/either"} {
		assert.Equal(t, contract.Continue, g.Post(t, path, call, gatehouse.Certificate(long)).Kind)
		assert.Equal(t, contract.Continue, g.Post(t, path, call, gatehouse.Certificate(shown)).Kind)
	}
	assert.Equal(t, 4, upstream.Calls(), "two identities at two connectors never share a verdict")
	g.Post(t, "/either", call, basic)
	g.Post(t, "/either", call, basic, gatehouse.Certificate(foreign))
	assert.Equal(t, 5, upstream.Calls(), "one account")

	for _, path := range []string{"/", "/either"} {
		none := g.Refused(t, path, call)
		for name, certificate := range map[string]gatehouse.CallOption{
			"foreign": gatehouse.Certificate(foreign),
			"expired": gatehouse.Certificate(expired),
		} {
			assert.NoError(t, contract.SameBytes(none, g.Refused(t, path, call, certificate)), name)
		}
	}
	g.Refused(t, "/", call, basic) // no account is configured there
	assert.Equal(t, 5, upstream.Calls())
	g.AssertMetric(t, 2, "gatehouse_auth_total", gatehouse.Labels{"connector": "certificate", "method": "client_certificate", "result": "accepted"})
	g.AssertMetric(t, 4, "gatehouse_auth_total", gatehouse.Labels{"connector": "certificate", "method": "client_certificate", "result": "rejected"})
}

// colons writes a thumbprint as certificate dialogs do.
func colons(thumbprint string) string {
	var text []byte
	for i := range len(thumbprint) / 2 {
		if i > 0 {
			text = append(text, ':')
		}
		text = append(text, thumbprint[2*i:2*i+2]...)
	}
	return string(text)
}
