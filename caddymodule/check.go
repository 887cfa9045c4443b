package caddymodule

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/simulator/checkup"
)

const checkSecretVariable = "GATEHOUSE_CHECK_SECRET"

// statusCouldNotRun is the exit status of a check that could not run or not end.
const statusCouldNotRun = 2

// errChecksFailed gives the exit status 1.
var errChecksFailed = errors.New("checks failed")

func checkCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check [--basic <user>[:<secret>]] [--cert <file> --key <file>] <url>",
		Short: "Ask any endpoint what the identity provider would ask, and judge its answers",
		Long: `
Plays the identity provider against an endpoint, ours or any other: TLS and
certificate, credentials, each step with Microsoft's example bodies and with claims
that are missing, null, empty, long and in other scripts, the form of each answer,
its time, calls that are sent twice, wrong methods, types and bodies. docs/check.md
tells of every check what it asks, why, what a failure means and what helps.

It makes real calls: what the endpoint does for a sign-up it does for these too.
At most ` + checkup.Limit.String() + ` in all; each call as long as --timeout says, by default what
the provider waits: 5 s in user flows, 10 s in custom policies. No redirect is
followed, and of an answer 1 MiB is read.

The secret of --basic can stand behind the name and a colon, but then it is in the
list of processes, which every user of the machine can read, and in the history of
the shell. So it is also taken from --secret-file, or from the variable
` + checkSecretVariable + `. It is in no output. Whose certificate cannot be trusted gets
no call, unless --insecure says so.

Exit status: 0 if every check passed or was skipped, 1 if one failed, 2 if it could
not run or not end.`,
		Example: `  ` + checkSecretVariable + `=… gatehouse connector check --basic b2c https://api.example.com/signup
  gatehouse connector check --basic b2c --secret-file secret.txt --step PostAttributeCollection https://api.example.com/signup
  gatehouse connector check --cert client.pem --key client.key --protocol b2c_custom_policy https://api.example.com/loyalty
  gatehouse connector check --basic b2c --claims known-customer.json --expect continue https://api.example.com/signup
  gatehouse connector check --basic b2c --cacert root.crt --json --junit report.xml https://localhost:8443/loyalty`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return couldNotRun(cmd, fmt.Errorf("%d addresses given; write one, such as https://api.example.com/signup", len(args)))
			}
			return nil
		},
		RunE: runCheck,
	}
	flags := cmd.Flags()
	flags.String("protocol", "b2c_user_flow", "b2c_user_flow or b2c_custom_policy")
	flags.StringArray("step", nil, "PostFederationSignup, PostAttributeCollection or PreTokenIssuance; repeatable (default all)")
	flags.String("basic", "", "user name for Basic authentication, or <user>:<secret>")
	flags.String("secret-file", "", "file with the secret of --basic; a line break at its end does not count")
	flags.String("cert", "", "client certificate, PEM")
	flags.String("key", "", "its key, PEM")
	flags.String("cacert", "", "authorities to trust as well as the system's, PEM")
	flags.Bool("insecure", false, "go on whatever the endpoint's certificate is worth")
	flags.String("claims", "", "file with a JSON object of claims to send instead of the examples, or - for standard input")
	flags.String("expect", "", "continue, block or invalid: what the answer to the claims has to be")
	flags.Duration("timeout", 0, "how long to wait for an answer, at most "+checkup.LongestTimeout.String()+" (default that of the protocol)")
	flags.Bool("json", false, "print JSON")
	flags.String("junit", "", "file to write JUnit XML to")
	cmd.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return couldNotRun(cmd, err) })
	return cmd
}

// couldNotRun says what went wrong and gives it the exit status 2. Caddy's own type
// for that is made by its wrapper alone, which would also log an error; so it gets
// none.
func couldNotRun(cmd *cobra.Command, err error) error {
	cmd.SilenceErrors = true
	fmt.Fprintf(cmd.ErrOrStderr(), "Error: %v\n", err)
	return caddycmd.WrapCommandFuncForCobra(func(caddycmd.Flags) (int, error) { return statusCouldNotRun, nil })(cmd, nil)
}

func runCheck(cmd *cobra.Command, args []string) error {
	cmd.SilenceErrors = true // the report has said it, or couldNotRun
	plan, err := checkPlan(cmd, args[0])
	if err != nil {
		return couldNotRun(cmd, err)
	}
	asJSON, err1 := cmd.Flags().GetBool("json")
	junit, err2 := cmd.Flags().GetString("junit")
	if err := errors.Join(err1, err2); err != nil {
		return couldNotRun(cmd, err)
	}
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	erase := func() {}
	if isTerminal(cmd.ErrOrStderr()) {
		plan.Progress, erase = progressLine(cmd.ErrOrStderr())
	}
	report, err := checkup.Run(ctx, plan)
	erase()
	if err != nil {
		return couldNotRun(cmd, err)
	}
	if junit != "" {
		err = writeJUnit(junit, report)
	}
	if asJSON {
		err = errors.Join(err, report.WriteJSON(cmd.OutOrStdout()))
	} else {
		colour := isTerminal(cmd.OutOrStdout()) && os.Getenv("NO_COLOR") == "" // no-color.org
		err = errors.Join(err, report.WriteText(cmd.OutOrStdout(), colour))
	}
	switch {
	case err != nil:
		return couldNotRun(cmd, fmt.Errorf("writing the report: %w", err))
	case report.Count(checkup.Failed) > 0:
		return errChecksFailed
	case report.Unfinished != "":
		return couldNotRun(cmd, errors.New(report.Unfinished))
	}
	return nil
}

func writeJUnit(path string, report checkup.Report) (err error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644) //nolint:gosec // a report for others to read
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	return report.WriteJUnit(file)
}

func isTerminal(w any) bool {
	file, isFile := w.(*os.File)
	return isFile && term.IsTerminal(int(file.Fd()))
}

// progressLine keeps one line of a terminal up to date, and erases it.
func progressLine(w io.Writer) (show func(string), erase func()) {
	const eraseLine = "\r\x1b[2K"
	return func(what string) { fmt.Fprint(w, eraseLine+strings.ToUpper(what[:1])+what[1:]+" …") },
		func() { fmt.Fprint(w, eraseLine) }
}
