package mainjob_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

func TestMain(m *testing.M) { gatehouse.Main(m) }

// secret is the password of the account b2c.
const secret = "correct-horse-battery-staple"

var basic = gatehouse.Basic("b2c", secret)

// connector is a site: a connector with the account b2c and more directives, and
// a reverse proxy behind it.
func connector(upstream string, directives ...string) string {
	return connectorBefore("reverse_proxy "+upstream, directives...)
}

// connectorBefore is connector with any handler behind it, or none.
func connectorBefore(handler string, directives ...string) string {
	return fmt.Sprintf(`
	api_connector {
		auth {
			basic b2c plain:%s
		}
		%s
	}
	%s
`, secret, strings.Join(directives, "\n\t\t"), handler)
}

// short makes the budget 540 ms, so that a test of its end does not take 9 s.
const short = "timeouts {\n attempt 300ms\n upstream 20s\n }"

const steps = 4

// callAt is a call at a step; "" is a call that names none. Calls of different
// names are different.
func callAt(step, name string) string {
	if step == "" {
		return fmt.Sprintf(`{"email":"%s@fabrikam.onmicrosoft.com","ui_locales":"en-US"}`, name)
	}
	return fmt.Sprintf(`{"email":"%s@fabrikam.onmicrosoft.com","step":%q,"ui_locales":"en-US"}`, name, step)
}

// The steps of a user flow.
const (
	federation = "PostFederationSignup"
	attributes = "PostAttributeCollection"
	token      = "PreTokenIssuance"
)
