package operations_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

func TestMain(m *testing.M) { gatehouse.Main(m) }

const secret = "correct-horse-battery-staple"

var basic = gatehouse.Basic("b2c", secret)

func connector(name, upstream, directives string) string {
	return fmt.Sprintf("api_connector {\n name %q\n auth {\n basic b2c plain:%s\n }\n %s\n }\n reverse_proxy %s\n", name, secret, directives, upstream)
}

func call(email string) string {
	return fmt.Sprintf(`{"step":"PostAttributeCollection","email":%q}`, email)
}

// decode reads a body of the admin API.
func decode[T any](t *testing.T, body string) (value T) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(body), &value), body)
	return value
}
