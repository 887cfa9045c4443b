package checkup

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/url"
	"time"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/simulator"
)

// run is a checkup at work.
type run struct {
	plan    Plan
	hide    hider
	results map[Name]*Result
	calls   int
	stopped string // why nothing more is asked; "" while it goes on
	report  Report
}

// Run carries out a plan. The error is why it could not begin; a run that could
// not end is a report that says so.
func Run(ctx context.Context, plan Plan) (Report, error) {
	plan.setDefaults()
	ctx, cancel := context.WithTimeoutCause(ctx, Limit, fmt.Errorf("the run took longer than %s", Limit))
	defer cancel()
	began := time.Now()
	r := &run{plan: plan, hide: hiderOf(plan), results: make(map[Name]*Result)}
	if err := r.tls(ctx); err != nil {
		return Report{}, err
	}
	if err := r.askAll(ctx); err != nil {
		return Report{}, err
	}
	if ctx.Err() != nil {
		r.stopped = context.Cause(ctx).Error()
		r.report.Unfinished = r.stopped
	}
	r.report.URL, r.report.Protocol = r.hide.url(plan.URL), string(plan.Protocol)
	r.report.Calls, r.report.Elapsed = r.calls, time.Since(began)
	for _, check := range Checks() {
		if check.Name == Expected && plan.Expect == ExpectNone {
			continue
		}
		result := r.results[check.Name]
		if result == nil {
			result = &Result{Says: "not asked: " + r.stopped}
		}
		result.Check, result.Says = check, r.hide.text(result.Says)
		r.report.Results = append(r.report.Results, *result)
	}
	return r.report, nil
}

// askAll makes the calls, as far as the answers let it.
func (r *run) askAll(ctx context.Context) error {
	if r.stopped != "" {
		return nil
	}
	if err := r.authentication(ctx); err != nil {
		return err
	}
	answers := r.steps(ctx)
	if len(answers) > 0 && r.stopped == "" && ctx.Err() == nil {
		r.variants(ctx, answers)
		r.retries(ctx, answers)
		r.wrong(ctx)
	} else if r.stopped == "" {
		r.stopped = "no call got an answer that could be read"
	}
	return nil
}

func (r *run) pass(name Name, format string, args ...any) {
	r.results[name] = &Result{Outcome: Passed, Says: fmt.Sprintf(format, args...)}
}

func (r *run) skip(name Name, format string, args ...any) {
	r.results[name] = &Result{Outcome: Skipped, Says: fmt.Sprintf(format, args...)}
}

// fail adds a finding; the first says in short what is wrong.
func (r *run) fail(name Name, found Finding) {
	result := r.results[name]
	if result == nil || result.Outcome != Failed {
		result = &Result{Outcome: Failed, Says: found.Wrong}
		r.results[name] = result
	}
	found.Wrong = r.hide.text(found.Wrong)
	result.Findings = append(result.Findings, found)
}

// settle ends a check that has had nothing to say against the calls.
func (r *run) settle(name Name, format string, args ...any) {
	if r.results[name] == nil {
		r.pass(name, format, args...)
	}
}

// access is how a call proves who sends it.
type access struct {
	basic       *url.Userinfo
	certificate *tls.Certificate
}

func (r *run) right() access { return access{r.plan.Basic, r.plan.Certificate} }

// asked is a call and what became of it.
type asked struct {
	simulator.Exchange
	request simulator.Request
	step    string
	as      access
}

// ask makes one call.
func (r *run) ask(ctx context.Context, as access, step string, attempts int, request simulator.Request) asked {
	provider := simulator.Provider{
		URL: r.plan.URL.String(), Client: simulator.NewClient(r.config(as.certificate)),
		Attempt: r.plan.Timeout, Attempts: attempts, Basic: as.basic,
	}
	defer provider.Client.CloseIdleConnections()
	x := asked{Exchange: provider.Ask(ctx, request), request: request, step: step, as: as}
	r.calls += len(x.Attempts)
	return x
}

func (r *run) config(certificate *tls.Certificate) *tls.Config {
	config := &tls.Config{
		MinVersion: tls.VersionTLS12, RootCAs: r.plan.Roots,
		InsecureSkipVerify: r.plan.Insecure, //nolint:gosec // the operator's word, --insecure
	}
	if certificate != nil {
		// Sent whatever authorities the endpoint names: which ones it does is no reason
		// for the provider to keep back what was uploaded.
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return certificate, nil }
	}
	return config
}

// found is a finding about a call.
func (r *run) found(x asked, code, format string, args ...any) Finding {
	return Finding{
		Step: x.step, Wrong: fmt.Sprintf(format, args...), Code: code,
		Sent: r.hide.sent(r.plan.URL, x), Received: r.hide.received(x),
	}
}
