package frontdoor_test

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/internal/contract"
	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// Configurations come and go for months (CWE-772): a reload that reads credential
// files and authorities anew must leave neither a goroutine nor a descriptor.
func TestReloadsLeaveNothingBehind(t *testing.T) {
	t.Parallel()
	const reloads, tolerated = 6, 4 // one a reload would be more
	folder := t.TempDir()
	fast, slow := filepath.Join(folder, "fast"), filepath.Join(folder, "slow")
	write(t, fast, "plain:"+secret)
	write(t, slow, gatehouse.HashPassword(t, "bcrypt", secret))
	ca := newAuthority(t, "Client CA")
	certificate := ca.issue(t)
	upstream := gatehouse.Answering(t, http.StatusOK, `{}`)
	configured := func(n int) string {
		// Caddy leaves the idle connections of a transport that nobody configures to
		// their time-out of 2 minutes; that is not what is looked for.
		return strings.Replace(site(upstream, fmt.Sprintf("basic b2c {file.%s}\n basic slow {file.%s}\n basic reload%d plain:%s\n client_certificate {\n trust_pool file %s\n }",
			fast, slow, n, rotatedSecret, ca.file)),
			upstream.Address(), upstream.Address()+" {\n transport http {\n keepalive off\n }\n }", 1)
	}
	g := gatehouse.Start(t, configured(0), gatehouse.RequestClientCertificate())
	use := func(n int) {
		for _, option := range []gatehouse.CallOption{
			gatehouse.Basic("b2c", secret), gatehouse.Basic("slow", secret),
			gatehouse.Basic(fmt.Sprintf("reload%d", n), rotatedSecret), gatehouse.Certificate(certificate),
		} {
			require.Equal(t, contract.Continue, g.Post(t, "/", call, option).Kind)
		}
	}
	held := func() (goroutines, descriptors float64) {
		scrape := g.Scrape(t)
		return scrape.Sum(t, "go_goroutines", nil), scrape.Sum(t, "process_open_fds", nil)
	}
	use(0)
	g.Reload(t, configured(1)) // the first leaves what every later one has
	use(1)
	goroutines, descriptors := held()
	for n := range reloads {
		g.Reload(t, configured(2+n))
		use(2 + n)
	}
	var nowGoroutines, nowDescriptors float64
	gatehouse.Await(func() bool {
		nowGoroutines, nowDescriptors = held()
		return nowGoroutines <= goroutines+tolerated && nowDescriptors <= descriptors+tolerated
	})
	assert.LessOrEqual(t, nowGoroutines, goroutines+tolerated)
	assert.LessOrEqual(t, nowDescriptors, descriptors+tolerated)
}
