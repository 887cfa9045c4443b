package corpus_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/internal/contract"
	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

func TestMain(m *testing.M) { gatehouse.Main(m) }

const secret = "correct-horse-battery-staple"

// TestCorpus is not parallel within: a fault is told by the count that it moves.
func TestCorpus(t *testing.T) {
	t.Parallel()
	lines := readCorpus(t)
	byID := make(map[string]line, len(lines))
	for _, l := range lines {
		byID[l.ID] = l
	}
	upstream := gatehouse.NewUpstream(t, func(w http.ResponseWriter, r *http.Request) {
		answer := byID[r.URL.Query().Get("id")].Upstream
		w.Header()["Content-Type"] = nil // no guess where the validator sent none
		if answer.ContentType != "" {
			w.Header().Set("Content-Type", answer.ContentType)
		}
		w.WriteHeader(answer.Status)
		_, _ = io.WriteString(w, answer.Body)
	})
	g := gatehouse.Start(t, site(contract.UserFlow, upstream)+site(contract.CustomPolicy, upstream))
	for _, l := range lines {
		t.Run(l.ID, func(t *testing.T) { replay(t, g, l) })
	}
	assert.Equal(t, len(lines), upstream.Calls())
}

func site(protocol contract.Protocol, upstream *gatehouse.Upstream) string {
	name := string(protocol)
	return `
	handle /` + name + ` {
		api_connector {
			name ` + name + `
			protocol ` + name + `
			auth {
				basic b2c plain:` + secret + `
			}
		}
		reverse_proxy ` + upstream.Address() + `
	}
`
}

func replay(t *testing.T, g *gatehouse.Process, l line) {
	t.Helper()
	call := map[string]string{"email": "david@contoso.com", "ui_locales": "en-US"}
	if l.Step != "" {
		call["step"] = l.Step
	}
	body, err := json.Marshal(call)
	require.NoError(t, err)
	connector := string(l.Protocol)
	all := gatehouse.Labels{"connector": connector}
	ofReason := gatehouse.Labels{"connector": connector, "reason": l.Want.Reason}
	faultsBefore, reasonBefore := g.Metric(t, "gatehouse_faults_total", all), 0.0
	if l.Want.Verdict == "fault" {
		reasonBefore = g.Metric(t, "gatehouse_faults_total", ofReason)
	}

	answer := g.Post(t, "/"+connector+"?id="+url.QueryEscape(l.ID), string(body), gatehouse.Basic("b2c", secret), gatehouse.Protocol(l.Protocol))

	assert.Equal(t, l.leavesAs(t).String(), answer.Kind.String(), "%s\n%s", l.Upstream.Body, answer.Exchange.Body)
	if l.Want.Verdict == "continue" {
		assert.Equal(t, values(t, l.Want.Claims), values(t, answer.Claims))
	} else if l.Want.UserMessage != "" {
		assert.Equal(t, l.Want.UserMessage, answer.Message)
	} else {
		assert.Empty(t, shared(answer.Message, l.Upstream.Body), "%q has words of the upstream's", answer.Message)
	}
	if l.Want.Verdict == "fault" {
		g.AssertMetric(t, reasonBefore+1, "gatehouse_faults_total", ofReason)
		faultsBefore++
	}
	g.AssertMetric(t, faultsBefore, "gatehouse_faults_total", all)
}
