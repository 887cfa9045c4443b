package hardening_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// questions are what a security reviewer asks, in the order of their numbers. Where
// no test of this package has the number, elsewhere names those that answer.
var questions = []struct {
	asked     string
	elsewhere []string
}{
	{"does the time of a refusal tell a name", []string{"TestTheSlowHashesAreTheSameOnEveryRefusedPath", "TestNoMoreHashesAtATimeThanTheGateHolds"}},
	{"is a Basic credential read in one way", nil},
	{"is a client certificate what it seems", []string{
		"TestQ03_TheHostIsTheNameOfTheHandshake", "TestCertificatesOfAnAuthority", "TestTheStrictForm", "TestForwardedCertificates",
		"TestClientCertificates", "TestVerifyCertificate", "TestVerifyModesWithoutATrustPoolAreRefused", "TestUnsafeConfigurationsAreRefusedAndTheOldOneStays",
	}},
	{"can a connection be talked down or replayed", []string{"TestQ04_TheShippedListenerIsWhatB2CWants"}},
	{"does a mistake open the door", nil},
	{"can passwords be tried without end", nil},
	{"can secrets rotate without a gap", nil},
	{"does anything come before credentials", nil},
	{"are refusals alike", nil},
	{"is everything bounded", nil},
	{"do we and the validator read one thing", nil},
	{"can a request be smuggled", nil},
	{"can a header pass for somebody", nil},
	{"can a call be sent elsewhere", nil},
	{"can the validator do harm", nil},
	{"is everything that matters in the key", []string{"TestFieldsCannotRunIntoOneAnother"}},
	{"does anybody get another's verdict", nil},
	{"can what is not in the key poison a verdict", nil},
	{"what is never remembered", nil},
	{"does memory forget people", nil},
	{"can callers of one flight hurt each other", nil},
	{"does time tell who has signed up", nil},
	{"is every answer of the contract", []string{"TestWhateverTheUpstreamDoesTheAnswerIsValid"}},
	{"is a text fit to be shown", nil},
	{"does a debug page leak", nil},
	{"does a log name anybody", nil},
	{"are the metrics public", nil},
	{"who reaches the admin API", nil},
	{"is there a debug page of ours", nil},
	{"does a reload lose calls", []string{
		"TestCallUnderWayThroughReload", "TestReloadKeepsVerdictsWhileTheyMeanTheSame", "TestReloadOfABrokenConfigurationChangesNothing",
	}},
	{"does a stop lose calls", nil},
	{"does every failure behind us get an answer in time", []string{"TestWhateverTheUpstreamDoesTheAnswerIsValid", "TestConfiguredFaults"}},
	{"does overload end in an answer", []string{"TestTooManyFlightsOrWaitersGetNeither"}},
	{"do slow senders and floods keep others out", nil},
	{"is every reader fuzzed", nil},
	{"is what is built what was reviewed", nil},
}

// TestQuestions lists all of them by name, and fails for one without a test that
// exists. SECURITY.md says which parts of them do not concern Gatehouse, and why.
func TestQuestions(t *testing.T) {
	t.Parallel()
	require.Len(t, questions, 36)
	have := everyTest(t)
	here := testsIn(t, filepath.Join("test", "hardening"))
	named := strings.Join(here, "\n")
	for i, question := range questions {
		number := fmt.Sprintf("Q%02d", i+1)
		t.Run(number+" "+question.asked, func(t *testing.T) {
			answered := strings.Contains(named, "Test"+number+"_")
			for _, test := range question.elsewhere {
				assert.True(t, have[test], "%s does not exist", test)
				answered = answered || have[test]
			}
			assert.True(t, answered, "no test answers it")
		})
	}
	text, err := os.ReadFile(filepath.Join(gatehouse.Root(t), "SECURITY.md"))
	require.NoError(t, err)
	assert.Contains(t, string(text), "## Questions that do not concern us")
}

// everyTest are the names of all tests and fuzz targets.
func everyTest(t *testing.T) map[string]bool {
	t.Helper()
	root := gatehouse.Root(t)
	have := make(map[string]bool)
	for _, top := range []string{"caddymodule", "test", "dashboards"} {
		err := filepath.WalkDir(filepath.Join(root, top), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || !entry.IsDir() {
				return err
			}
			folder, err := filepath.Rel(root, path)
			if err != nil {
				return err
			}
			for _, name := range testsIn(t, folder) {
				have[name] = true
			}
			return nil
		})
		require.NoError(t, err)
	}
	return have
}
