package hardening_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/internal/contract"
	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// TestQ10_LimitsAreExact: what is the most that a caller can make us hold?
// CWE-770 (allocation without limits), CWE-409 (compression bombs), CWE-674
// (recursion). Answer: the size, depth and number of members that the limits say,
// and not one more; a body in a Content-Encoding is refused unread. Each refusal
// is still an answer of the protocol, since the caller is authenticated.
func TestQ10_LimitsAreExact(t *testing.T) {
	t.Parallel()
	const size, depth, members = 64 << 10, 32, 1000
	upstream := gatehouse.Answering(t, http.StatusOK, `{}`)
	g := gatehouse.Start(t, connector(upstream.Address(), "cache off"))
	padded := func(length int) string { return `{"a":"` + strings.Repeat("x", length-len(`{"a":""}`)) + `"}` }
	nested := func(levels int) string { // the object of the call is the first
		return `{"a":` + strings.Repeat("[", levels-1) + "1" + strings.Repeat("]", levels-1) + "}"
	}
	mixed := func(levels int) string {
		return strings.Repeat(`{"a":`, levels) + "1" + strings.Repeat("}", levels)
	}
	many := func(n int) string {
		var names []string
		for i := range n {
			names = append(names, fmt.Sprintf(`"c%d":1`, i))
		}
		return "{" + strings.Join(names, ",") + "}"
	}
	elements := func(n int) string { return `{"a":[` + strings.TrimSuffix(strings.Repeat("1,", n), ",") + `]}` }
	for _, c := range []struct {
		name, body, reason string // no reason: it is taken
	}{
		{"the size", padded(size), ""},
		{"the size and one", padded(size + 1), "body_too_large"},
		{"the size with white space", `{"a":1}` + strings.Repeat(" ", size-7), ""},
		{"the size with white space and one", `{"a":1}` + strings.Repeat(" ", size-6), "body_too_large"},
		{"the depth of lists", nested(depth), ""},
		{"the depth of lists and one", nested(depth + 1), "malformed"},
		{"the depth of objects", mixed(depth), ""},
		{"the depth of objects and one", mixed(depth + 1), "malformed"},
		{"the members", many(members), ""},
		{"the members and one", many(members + 1), "malformed"},
		{"the elements", elements(members), ""},
		{"the elements and one", elements(members + 1), "malformed"},
		{"brackets in a string", `{"a":"` + strings.Repeat("[", 1000) + strings.Repeat(",", 2000) + `"}`, ""},
		{"a number of 60,000 digits", `{"a":` + strings.Repeat("9", 60_000) + `}`, ""},
	} {
		for _, chunked := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, chunked %v", c.name, chunked), func(t *testing.T) {
				calls := upstream.Calls()
				head := "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAuthorization: " + authorization + "\r\n"
				request := head + fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(c.body), c.body)
				if chunked {
					request = head + fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(c.body), c.body)
				}
				conn := g.Dial(t)
				go func() { _, _ = io.WriteString(conn, request) }() // the answer may come before the end
				answer := gatehouse.Judge(t, gatehouse.ReadAnswer(t, conn, time.Now()))
				if c.reason == "" {
					assert.Equal(t, contract.Continue, answer.Kind)
					assert.Equal(t, calls+1, upstream.Calls())
					return
				}
				assert.Equal(t, contract.Invalid, answer.Kind)
				assert.Equal(t, calls, upstream.Calls())
				assert.Positive(t, g.Metric(t, "gatehouse_refusals_total", gatehouse.Labels{"reason": c.reason}))
			})
		}
	}
	calls := upstream.Calls()
	for _, encoding := range []string{"gzip", "deflate", "br", "zstd", "GZIP", "identity, gzip", "x-gzip", "aes128gcm"} {
		answer := g.Post(t, "/", `{}`, basic, gatehouse.Unread(), gatehouse.Header("Content-Encoding", encoding))
		assert.Equal(t, contract.Invalid, answer.Kind, encoding)
	}
	assert.Equal(t, calls, upstream.Calls())
}

// TestQ10_HeadersAreBoundedAsShipped: the same for what comes before the body:
// CWE-770. Answer: with Caddyfile.example a header or a target of more than
// 16 KiB (and the 4 KiB that net/http adds) is a 431, and nothing goes on.
func TestQ10_HeadersAreBoundedAsShipped(t *testing.T) {
	t.Parallel()
	const limit, slack = 16 << 10, 4 << 10
	upstream := gatehouse.Answering(t, http.StatusOK, `{}`)
	g := gatehouse.StartShipped(t, gatehouse.Shipped{Upstream: upstream.Address()})
	send := func(target, header string) int {
		conn := g.DialTLS(t, g.TLS())
		request := "POST " + target + " HTTP/1.1\r\nHost: " + g.Site() + "\r\nAuthorization: Basic " +
			encoded(gatehouse.Username+":"+gatehouse.Secret) + "\r\nContent-Type: application/json\r\n" + header + "Content-Length: 2\r\n\r\n{}"
		_, err := io.WriteString(conn, request)
		require.NoError(t, err)
		return gatehouse.ReadAnswer(t, conn, time.Now()).Status
	}
	long := strings.Repeat("x", limit-1000)
	assert.Equal(t, http.StatusOK, send("/signup?a="+long, ""), "nearly the limit in the target")
	assert.Equal(t, http.StatusOK, send("/signup", "X-A: "+long+"\r\n"), "nearly the limit in a header")
	calls := upstream.Calls()
	for name, status := range map[string]int{
		"a target":     send("/signup?a="+strings.Repeat("x", limit+slack), ""),
		"one header":   send("/signup", "X-A: "+strings.Repeat("x", limit+slack)+"\r\n"),
		"many headers": send("/signup", strings.Repeat("X-A: b\r\n", (limit+slack)/8)),
	} {
		assert.Equal(t, http.StatusRequestHeaderFieldsTooLarge, status, name)
	}
	assert.Equal(t, calls, upstream.Calls())
}
