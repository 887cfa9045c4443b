package caddymodule

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/judge"
	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/verdict"
)

// Each page under docs that is named after a protocol has examples in fenced
// blocks of the languages `call` and `answer`; the page says how to read them.
func TestExamplesOfTheDocumentation(t *testing.T) {
	t.Parallel()
	block := regexp.MustCompile("(?ms)^```(call|answer)([^\n]*)\n(.*?)\n```$")
	for _, protocolName := range []string{"b2c_user_flow", "b2c_custom_policy"} {
		page, err := os.ReadFile("../docs/" + protocolName + ".md")
		require.NoError(t, err)
		examples := block.FindAllSubmatch(page, -1)
		require.Equal(t, strings.Count(string(page), "→\n")+strings.Count(string(page), "→ "), len(examples), "every arrow is in an example that is run")
		for i, example := range examples {
			kind, step, text := string(example[1]), strings.TrimSpace(string(example[2])), string(example[3])
			line := 1 + strings.Count(string(page[:strings.Index(string(page), text)]), "\n")
			t.Run(fmt.Sprintf("%s_%d_at_line_%d", protocolName, i+1, line), func(t *testing.T) {
				t.Parallel()
				before, after, found := strings.Cut(text, "\n→")
				require.True(t, found)
				if kind == "call" {
					checkCallExample(t, protocolName, before, strings.TrimPrefix(after, "\n"))
				} else {
					checkAnswerExample(t, protocolName, step, before, after)
				}
			})
		}
	}
}

// checkAnswerExample: status, headers, body → verdict, rule; status, body.
func checkAnswerExample(t *testing.T, protocolName, step, before, after string) {
	t.Helper()
	c, at, err := explainer(protocolName, step)
	require.NoError(t, err)
	statusLine, rest, _ := strings.Cut(before, "\n")
	status, err := strconv.Atoi(statusLine)
	require.NoError(t, err)
	header, body := headerAndBody(t, rest)

	e := c.explain(at, judge.Answer{Status: status, Header: header, Body: []byte(body)})
	decision := fmt.Sprintf("%s, rule %d %s", strings.TrimSpace(e.Verdict+" "+e.Reason), e.Rule.Number, e.Rule.Name)
	assert.Equal(t, strings.TrimSpace(after), fmt.Sprintf("%s\n%d\n\n%s", decision, e.Answer.Status, e.Answer.Body))
}

// checkCallExample: options, request line, headers, body → the same upstream.
func checkCallExample(t *testing.T, protocolName, before, after string) {
	t.Helper()
	options := ""
	for strings.HasPrefix(before, "with ") {
		var option string
		option, before, _ = strings.Cut(before, "\n")
		options += strings.TrimPrefix(option, "with ") + "\n"
	}
	c := provisioned(t, "protocol "+protocolName+"\nrequest {\n"+options+"}")
	method, target, header, body := request(t, before)
	r := httptest.NewRequest(method, "https://api.example.com"+target, strings.NewReader(body))
	r.Header = header
	r.SetBasicAuth("b2c", testSecret)

	asked := false
	serve(t, c, prepare(r), func(w http.ResponseWriter, r *http.Request) error {
		asked = true
		sent, err := io.ReadAll(r.Body)
		require.NoError(t, err)
		wantMethod, wantTarget, wantHeader, wantBody := request(t, after)
		assert.Equal(t, wantMethod+" "+wantTarget, r.Method+" "+r.URL.RequestURI())
		assert.Equal(t, wantBody, string(sent))
		for name := range wantHeader {
			assert.Equal(t, wantHeader[name], r.Header[name], name)
		}
		w.WriteHeader(http.StatusNoContent)
		return nil
	})
	assert.True(t, asked, "the validator was not asked")
}

func request(t *testing.T, text string) (method, target string, header http.Header, body string) {
	t.Helper()
	line, rest, _ := strings.Cut(text, "\n")
	method, target, found := strings.Cut(line, " ")
	require.True(t, found, "a request line such as POST /signup")
	header, body = headerAndBody(t, rest)
	return method, target, header, body
}

func headerAndBody(t *testing.T, text string) (http.Header, string) {
	t.Helper()
	reader := bufio.NewReader(strings.NewReader(text + "\n\n"))
	header, err := textproto.NewReader(reader).ReadMIMEHeader()
	require.NoError(t, err)
	body, err := io.ReadAll(reader)
	require.NoError(t, err)
	return http.Header(header), strings.TrimSuffix(strings.TrimSuffix(string(body), "\n\n"), "\n")
}

func TestEveryReasonIsDocumented(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/reasons.md")
	require.NoError(t, err)
	for _, reason := range append(verdict.Faults(), verdict.Refusals()...) {
		assert.Contains(t, string(page), "| `"+reason.String()+"` |")
	}
}

// Each word of the grammar occurs in the example, if only in a comment.
func TestTheExampleNamesEveryOption(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("caddyfile.go")
	require.NoError(t, err)
	example, err := os.ReadFile("../Caddyfile.example")
	require.NoError(t, err)
	words := regexp.MustCompile(`(?m)^\t+"([a-z_]+)":\s+func`).FindAllStringSubmatch(string(source), -1)
	require.Greater(t, len(words), 20)
	for _, word := range words {
		assert.Regexp(t, `(?m)^\s*(# )?`+word[1]+`\b`, string(example))
	}
}
