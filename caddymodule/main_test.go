package caddymodule

import (
	"os"
	"testing"

	"go.uber.org/zap"
)

// TestMain makes what all accounts of the process share, above all the places for slow
// hashes: made in a bubble of testing/synctest, by the test that happens to be the
// first, it would be of no use to tests outside.
func TestMain(m *testing.M) {
	if _, err := newLiveAccounts([]Account{{Username: "b2c", Credential: testCredential()}}, zap.NewNop()); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}
