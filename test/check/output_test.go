package check_test

import (
	"encoding/xml"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// changing are the parts of an output that no two runs have in common.
var changing = []struct {
	pattern *regexp.Regexp
	with    string
}{
	{regexp.MustCompile(`127\.0\.0\.1:\d+`), "127.0.0.1:PORT"},
	{regexp.MustCompile(`(took|calls in) [\d.]+ m?s`), "${1} N ms"},
	{regexp.MustCompile(`until [\d-]+, \d+ hours left`), "until DATE, N hours left"},
	{regexp.MustCompile(`(?m)^( +)Date: .*$`), "${1}Date: DATE"},
}

// TestTextForPeople compares with testdata; UPDATE_GOLDEN=1 writes it anew.
func TestTextForPeople(t *testing.T) {
	t.Parallel()
	for name, endpoint := range map[string]naive{
		"passing": {},
		"failing": at("PostAttributeCollection", 200, `{"version":"1.0.0","status":400,"action":"ValidationError","userMessage":"Wrong \u001b[31m`+secret+`"}`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			result := gatehouse.Run(t, append([]string{"connector", "check"}, serve(t, endpoint, nil).args()...)...)
			got := result.Output
			for _, part := range changing {
				got = part.pattern.ReplaceAllString(got, part.with)
			}
			golden := filepath.Join("testdata", name+".txt")
			if os.Getenv("UPDATE_GOLDEN") != "" {
				require.NoError(t, os.WriteFile(golden, []byte(got), 0o600))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			assert.Equal(t, string(want), got)
			assert.NotContains(t, result.Output, secret)
			assert.NotContains(t, result.Output, "\x1b", "no colours where there is no terminal, and none of the endpoint's")
			assert.NotContains(t, result.Output, "\r", "a progress line where there is no terminal")
		})
	}
}

func TestJUnit(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "report.xml")
	e := serve(t, always(http.StatusOK, `{"action":"Continue","city":"]]>\u0001<&"}`), nil)
	r, status := check(t, append([]string{"--junit", file}, e.args()...)...)
	assert.Equal(t, 1, status)
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	var suites struct {
		XMLName xml.Name `xml:"testsuites"`
		Suites  []struct {
			Name     string `xml:"name,attr"`
			Tests    int    `xml:"tests,attr"`
			Failures int    `xml:"failures,attr"`
			Skipped  int    `xml:"skipped,attr"`
			Cases    []struct {
				Name    string `xml:"name,attr"`
				Class   string `xml:"classname,attr"`
				Failure *struct {
					Message string `xml:"message,attr"`
					Text    string `xml:",chardata"`
				} `xml:"failure"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	require.NoError(t, xml.Unmarshal(content, &suites), string(content))
	require.Len(t, suites.Suites, 1)
	suite := suites.Suites[0]
	assert.Equal(t, e.url, suite.Name)
	assert.Equal(t, []int{len(r.Checks), r.Failed, r.Skipped}, []int{suite.Tests, suite.Failures, suite.Skipped})
	require.Len(t, suite.Cases, len(r.Checks))
	for _, one := range suite.Cases {
		assert.Equal(t, "gatehouse.connector.check", one.Class)
		if one.Name == "version" {
			require.NotNil(t, one.Failure)
			assert.Contains(t, one.Failure.Text, "remedy")
			assert.Contains(t, one.Failure.Text, `{"action":"Continue"`)
		} else {
			assert.Nil(t, one.Failure, one.Name)
		}
	}
	assert.NotContains(t, string(content), secret)
}

// What may be secret is in the address, in a claim and in what comes back.
func TestSecretsAreHidden(t *testing.T) {
	t.Parallel()
	const key, password = "function-key-1234", "hunter2-of-david"
	e := serve(t, naive{reply: func(w http.ResponseWriter, r *http.Request, call claims) bool {
		w.Header().Set("X-Echo", r.Header.Get("Authorization"))
		send(w, http.StatusOK, `{"you":"`+r.URL.RawQuery+` `+secret+`","sent":"`+call["password"].(string)+`"}`) //nolint:forcetypeassert // the claim is ours
		return true
	}}, nil)
	e.url += "?code=" + key
	file := written(t, "claims.json", `{"email":"david@contoso.com","password":"`+password+`"}`)
	for _, form := range []string{"--json", "--json=false"} {
		junit := filepath.Join(t.TempDir(), "report.xml")
		result := gatehouse.Run(t, append([]string{"connector", "check", form, "--junit", junit}, e.args("--claims", file, "--step", "PostAttributeCollection")...)...)
		assert.Equal(t, 1, result.Status)
		content, err := os.ReadFile(junit)
		require.NoError(t, err)
		for _, output := range []string{result.Output, string(content)} {
			assert.Contains(t, output, "/signup?code=REDACTED")
			assert.Contains(t, output, "Authorization: Basic REDACTED")
			for _, hidden := range []string{key, password, secret, "Basic YjJj"} {
				assert.NotContains(t, output, hidden)
			}
		}
	}
}

// What no page mentions is said, and fails nothing.
func TestRemarks(t *testing.T) {
	t.Parallel()
	e := serve(t, always(http.StatusOK, contractContinue+strings.Repeat(" ", 8<<10), "X-Powered-By", "Naive"), nil)
	r, status := check(t, e.args()...)
	assert.Zero(t, status)
	assert.Equal(t, []string{"plain"}, r.named("skipped"))
	for _, one := range r.Checks {
		if one.Name == "plain" {
			assert.Contains(t, one.Says, "X-Powered-By")
			assert.Contains(t, one.Says, "transfer-encoding")
		}
	}
}

// An answer to the second attempt is what a cold start looks like.
func TestTheSecondAttemptIsAnswered(t *testing.T) {
	t.Parallel()
	before := seen()
	e := serve(t, naive{reply: func(_ http.ResponseWriter, r *http.Request, call claims) bool {
		// The first call behind the door is the example at the first step.
		if !before(call.step()) && call.step() == "PostFederationSignup" {
			<-r.Context().Done()
			return true
		}
		return false
	}}, nil)
	r, status := check(t, e.args("--timeout", "2s")...)
	assert.Zero(t, status)
	assert.Equal(t, []string{"time"}, r.named("skipped"), "%+v", r.Checks)
}
