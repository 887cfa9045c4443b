package load

import (
	"flag"
	"testing"
	"time"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// How long each scenario runs. The defaults are for every change; `make load` and
// `make soak` ask for more.
var (
	attackFor  = flag.Duration("attack", 8*time.Second, "how long TestOverload sends twice the capacity")
	soakFor    = flag.Duration("soak", 30*time.Second, "how long TestSoak runs")
	reloads    = flag.Int("reloads", 20, "how often TestReload reloads on each kind of socket")
	reportFile = flag.String("report", "", "file to which each scenario appends its report, as a line of JSON")
)

func TestMain(m *testing.M) { gatehouse.Main(m) }

const (
	username = "b2c"
	secret   = "correct-horse-battery-staple"
)

// patience bounds every wait for a condition.
const patience = time.Minute

// await asks until the condition holds, and reports whether it did in time.
func await(condition func() bool) bool {
	late := time.NewTimer(patience)
	defer late.Stop()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for !condition() {
		select {
		case <-late.C:
			return condition()
		case <-tick.C:
		}
	}
	return true
}
