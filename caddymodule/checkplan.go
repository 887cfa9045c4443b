package caddymodule

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/simulator"
	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/simulator/checkup"
	"github.com/gatehouse-proxy/gatehouse/internal/contract"
)

// flagReader reads flags whose names and types are known, and keeps what goes
// wrong all the same.
type flagReader struct {
	cmd *cobra.Command
	err error
}

func (f *flagReader) text(name string) string {
	value, err := f.cmd.Flags().GetString(name)
	f.err = errors.Join(f.err, err)
	return value
}

func (f *flagReader) refuse(format string, args ...any) {
	f.err = errors.Join(f.err, fmt.Errorf(format, args...))
}

// checkPlan makes a plan of the command line, or reports all that is wrong with it.
func checkPlan(cmd *cobra.Command, address string) (checkup.Plan, error) {
	f := &flagReader{cmd: cmd}
	plan := checkup.Plan{URL: f.target(address), Protocol: contract.Protocol(f.text("protocol"))}
	steps := simulator.Steps(plan.Protocol)
	switch plan.Protocol {
	case contract.UserFlow, contract.CustomPolicy:
	default:
		f.refuse("--protocol %q is unknown; write b2c_user_flow or b2c_custom_policy", plan.Protocol)
	}
	var err error
	plan.Steps, err = cmd.Flags().GetStringArray("step")
	f.err = errors.Join(f.err, err)
	for _, step := range plan.Steps {
		switch {
		case plan.Protocol == contract.CustomPolicy:
			f.refuse("--step %q: calls of %s name no step; leave it out", step, plan.Protocol)
		case !slices.Contains(steps, step):
			f.refuse("--step %q is unknown; write %s", step, strings.Join(steps, ", "))
		}
	}
	plan.Basic = f.basic()
	f.certificates(&plan)
	plan.Claims = f.claims()
	plan.Expect = checkup.Expectation(f.text("expect"))
	switch plan.Expect {
	case checkup.ExpectNone, checkup.ExpectContinue, checkup.ExpectBlock, checkup.ExpectInvalid:
	default:
		f.refuse("--expect %q is unknown; write continue, block or invalid", plan.Expect)
	}
	plan.Timeout, err = cmd.Flags().GetDuration("timeout")
	f.err = errors.Join(f.err, err)
	if plan.Timeout < 0 || plan.Timeout > checkup.LongestTimeout {
		f.refuse("--timeout %s: write a time up to %s, such as 5s", plan.Timeout, checkup.LongestTimeout)
	}
	plan.Insecure, err = cmd.Flags().GetBool("insecure")
	return plan, errors.Join(f.err, err)
}

func (f *flagReader) target(address string) *url.URL {
	target, err := url.Parse(address)
	switch {
	case err != nil || target.Host == "":
		f.refuse("the address cannot be read; write one such as https://api.example.com/signup")
	case target.Scheme != "https":
		// AADB2C90256: the page of error codes has one for it.
		f.refuse("the address has the scheme %q; the identity provider calls https alone", target.Scheme)
	case target.User != nil:
		f.refuse("the address has credentials in it; give them by --basic")
	}
	return target
}

// basic reads the name and finds its secret.
func (f *flagReader) basic() *url.Userinfo {
	given, file := f.text("basic"), f.text("secret-file")
	name, secret, has := strings.Cut(given, ":")
	switch {
	case given == "" && file == "":
		return nil
	case name == "":
		f.refuse("--basic has no name; write <user> or <user>:<secret>")
		return nil
	case has && file != "":
		f.refuse("--basic has a secret, and so has --secret-file; give one")
		return nil
	case file != "":
		content, err := os.ReadFile(file)
		if err != nil {
			f.refuse("--secret-file: %w", err)
			return nil
		}
		secret = strings.TrimRight(string(content), "\r\n")
	case !has:
		secret = os.Getenv(checkSecretVariable)
	}
	if secret == "" {
		f.refuse("--basic %q has no secret; set %s or give --secret-file", name, checkSecretVariable)
		return nil
	}
	return url.UserPassword(name, secret)
}

func (f *flagReader) certificates(plan *checkup.Plan) {
	if cert, key := f.text("cert"), f.text("key"); cert != "" || key != "" {
		pair, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			f.refuse("--cert %q with --key %q: %w; both are needed, as PEM", cert, key, err)
		}
		plan.Certificate = &pair
	}
	file := f.text("cacert")
	if file == "" {
		return
	}
	content, err := os.ReadFile(file)
	if err != nil {
		f.refuse("--cacert: %w", err)
		return
	}
	if plan.Roots, err = x509.SystemCertPool(); err != nil {
		plan.Roots = x509.NewCertPool() // a machine without authorities has none to lose
	}
	if !plan.Roots.AppendCertsFromPEM(content) {
		f.refuse("--cacert %q holds no certificate as PEM", file)
	}
}

func (f *flagReader) claims() map[string]any {
	file := f.text("claims")
	if file == "" {
		return nil
	}
	var content []byte
	var err error
	if file == "-" {
		content, err = io.ReadAll(f.cmd.InOrStdin())
	} else {
		content, err = os.ReadFile(file)
	}
	if err != nil {
		f.refuse("--claims: %w", err)
		return nil
	}
	decoder := json.NewDecoder(strings.NewReader(string(content)))
	decoder.UseNumber() // as written, 1e999 too
	var claims map[string]any
	if err := decoder.Decode(&claims); err != nil || claims == nil || decoder.More() {
		f.refuse("--claims %q is not one JSON object: %w", file, errors.Join(err, errNotOne))
		return nil
	}
	return claims
}

var errNotOne = errors.New(`write it as {"email":"a@example.com"}`)
