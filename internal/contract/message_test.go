package contract

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Text that looks a little like markup, or that a crude filter would refuse.
func TestPlainMessagesPass(t *testing.T) {
	t.Parallel()
	for name, message := range map[string]string{
		"less than":             "The age must be < 18 or > 65; 1<2.",
		"heart":                 "We <3 you, but no.",
		"ampersand":             "Fish & Chips, R&D; AT&T.",
		"unknown entity":        "Use &nosuchentity; no more.",
		"query":                 "See ?a=1&b=2.",
		"apostrophe and quotes": `It's "taken".`,
		"accents":               "Le code postal « 75 001 » n’est pas valide.",
		"Japanese":              "郵便番号が正しくありません。",
		"Arabic number sign":    "\u0600\u0661\u0662",
		"emoji":                 "No \U0001F642\uFE0F.",
		"no-break space":        "10\u00a0%",
		"300 characters":        strings.Repeat("é", 300),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body, err := json.Marshal(map[string]any{"version": "1.0.0", "status": 409, "userMessage": message})
			require.NoError(t, err)
			got, err := Check(withBody(flowHalt, string(body)))
			require.NoError(t, err)
			assert.Equal(t, message, got.Message)
		})
	}
}
