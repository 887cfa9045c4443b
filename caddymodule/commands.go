package caddymodule

import (
	"fmt"

	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/spf13/cobra"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/credential"
)

// The rules of the command line: what a command yields goes to standard output,
// what it says about itself to standard error; exit status 0 is success and 1 a
// failure, with one sentence that names the remedy; secrets never have to come in flags,
// where every user of the machine sees them.

func init() {
	caddycmd.RegisterCommand(caddycmd.Command{
		Name:  "connector",
		Usage: "check|demo|explain|secret",
		Short: "Tools for API connectors: checks, a demo, explanations, secrets",
		Long: `
Tools for the api_connector handler, which makes a validator behind it a correct
endpoint for the sign-up call-outs of Azure AD B2C.`,
		CobraFunc: func(cmd *cobra.Command) {
			cmd.AddCommand(checkCommand(), demoCommand(), explainCommand(), secretCommand())
			cmd.Args = cobra.NoArgs
			cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
		},
	})
}

func secretCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "secret",
		Short: "Make a new secret and its credential",
		Long: `
Makes a random secret of 256 bits for Basic authentication and the credential
that proves it. The secret goes into the identity provider, the credential into
the configuration. The credential is a plain SHA-256 digest: against a secret that
nobody chose, nothing slower is needed, and a wrong password costs an attacker's
target nothing.`,
		Example: `  gatehouse connector secret

  # in the Caddyfile
  auth {
      basic b2c sha256:<hex>
  }`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			secret, proof := credential.NewSecret()
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "secret:     %s\ncredential: %s\n", secret, proof)
			return err
		},
	}
}
