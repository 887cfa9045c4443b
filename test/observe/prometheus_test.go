package observe_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
	"github.com/gatehouse-proxy/gatehouse/test/observe/picture"
)

const (
	dashboards    = "../../dashboards"
	scrapeEvery   = time.Second
	stopWithin    = 20 * time.Second
	answerWithin  = 10 * time.Second
	rateInterval  = "5s" // what Grafana makes of $__rate_interval at this scrape interval: 4 times, and one more
	everyOneOfAll = ".+" // what it makes of $connector where all are chosen
)

// prometheus is a running Prometheus with the shipped configuration, of which only the
// intervals and the target are another.
type prometheus struct{ address string }

func startPrometheus(t *testing.T, target string) prometheus {
	t.Helper()
	folder := t.TempDir()
	for file, change := range map[string]*strings.Replacer{
		"prometheus.yml": strings.NewReplacer("15s", scrapeEvery.String(), "localhost:9180", target),
		"recording.yml":  strings.NewReplacer("interval: 1m", "interval: "+scrapeEvery.String()),
		"alerts.yml":     strings.NewReplacer(),
	} {
		require.NoError(t, os.WriteFile(filepath.Join(folder, file), []byte(change.Replace(read(t, file))), 0o600))
	}
	p := prometheus{gatehouse.FreeAddresses(t, 1)[0]}
	var log bytes.Buffer
	cmd := exec.Command("prometheus", "--config.file="+filepath.Join(folder, "prometheus.yml"), "--storage.tsdb.path="+filepath.Join(folder, "data"),
		"--web.listen-address="+p.address, "--log.level=warn")
	cmd.Stdout, cmd.Stderr = &log, &log
	require.NoError(t, cmd.Start())
	exited := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(exited)
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-exited:
		case <-time.After(stopWithin):
			_ = cmd.Process.Kill()
			<-exited
		}
		if t.Failed() {
			t.Logf("log of prometheus:\n%s", &log)
		}
	})
	patience, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		if _, err := p.get(patience, "/-/ready", nil); err == nil {
			return p
		}
		select {
		case <-tick.C:
		case <-exited:
			require.Fail(t, "prometheus ended by itself", log.String())
		case <-patience.Done():
			require.Fail(t, "prometheus is not ready within a minute")
		}
	}
}

func (p prometheus) get(ctx context.Context, path string, query url.Values) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.address+path+"?"+query.Encode(), http.NoBody)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: HTTP %d: %s", path, resp.StatusCode, body)
	}
	return body, err
}

// ask runs a panel's query over a time, with its variables filled in. Values that are
// no numbers are left out, as Grafana draws none.
func (p prometheus) ask(t *testing.T, expr string, from, to time.Time) (found []picture.Series) {
	t.Helper()
	expr = strings.NewReplacer("$__rate_interval", rateInterval, "$connector", everyOneOfAll).Replace(expr)
	second := func(at time.Time) string { return strconv.FormatInt(at.Unix(), 10) }
	body, err := p.get(t.Context(), "/api/v1/query_range", url.Values{"query": {expr}, "start": {second(from)}, "end": {second(to)}, "step": {step(to.Sub(from))}})
	require.NoError(t, err, expr)
	var said struct {
		Data struct {
			Result []struct {
				Metric map[string]string
				Values [][2]any
			}
		}
	}
	require.NoError(t, json.Unmarshal(body, &said), string(body))
	for _, result := range said.Data.Result {
		series := picture.Series{Labels: result.Metric}
		for _, pair := range result.Values {
			at, _ := pair[0].(float64)
			text, _ := pair[1].(string)
			value, err := strconv.ParseFloat(text, 64)
			if err == nil && !math.IsNaN(value) && !math.IsInf(value, 0) {
				series.Points = append(series.Points, picture.Point{Time: at, Value: value})
			}
		}
		if len(series.Points) > 0 {
			found = append(found, series)
		}
	}
	return found
}

// step keeps a picture at fifty points a line.
func step(span time.Duration) string {
	return strconv.Itoa(max(1, int(math.Ceil(span.Seconds()/50))))
}

// alert is the state of an alert: inactive, pending or firing.
type alert struct{ Name, State string }

func (p prometheus) alerts(t *testing.T) (all []alert) {
	t.Helper()
	body, err := p.get(t.Context(), "/api/v1/rules", nil)
	require.NoError(t, err)
	var said struct {
		Data struct {
			Groups []struct {
				Rules []struct{ Name, State, Type, Health, LastError string }
			}
		}
	}
	require.NoError(t, json.Unmarshal(body, &said), string(body))
	for _, group := range said.Data.Groups {
		for _, rule := range group.Rules {
			require.NotEqual(t, "err", rule.Health, "%s: %s", rule.Name, rule.LastError)
			if rule.Type == "alerting" {
				all = append(all, alert{rule.Name, rule.State})
			}
		}
	}
	return all
}
