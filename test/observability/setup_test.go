package observability_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

func TestMain(m *testing.M) { gatehouse.Main(m) }

// secret is the password of the account b2c.
const secret = "correct-horse-battery-staple"

var basic = gatehouse.Basic("b2c", secret)

// site is a connector with the account b2c and more directives, and what stands
// behind it.
func site(behind string, directives ...string) string {
	return fmt.Sprintf("api_connector {\n auth {\n basic b2c plain:%s\n }\n %s\n}\n%s\n", secret, strings.Join(directives, "\n"), behind)
}

// validator answers as the path says, where it says something: /400, /500 and
// /gate, which answers when the test lets it.
type validator struct {
	*gatehouse.Upstream
	arrived, open chan struct{}
}

func newValidator(t *testing.T) *validator {
	t.Helper()
	v := &validator{arrived: make(chan struct{}, 100), open: make(chan struct{})}
	v.Upstream = gatehouse.NewUpstream(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch r.URL.Path {
		case "/500":
			w.WriteHeader(http.StatusInternalServerError)
		case "/400":
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"userMessage":"No such number."}`)
		case "/gate":
			v.arrived <- struct{}{}
			select {
			case <-v.open:
			case <-r.Context().Done():
			}
		}
		_, _ = io.WriteString(w, `{"promoCode":"24534","nested":{"of":"no use"}}`)
	})
	return v
}

func (v *validator) awaitCall(t *testing.T) {
	t.Helper()
	select {
	case <-v.arrived:
	case <-time.After(20 * time.Second):
		require.Fail(t, "the call has not reached the validator")
	}
}
