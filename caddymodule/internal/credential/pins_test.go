package credential

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func thumbprints(der []byte) (long, short string) {
	sum, sum1 := sha256.Sum256(der), sha1.Sum(der)
	return hex.EncodeToString(sum[:]), hex.EncodeToString(sum1[:])
}

func TestParsePinsRefuses(t *testing.T) {
	t.Parallel()

	long, short := thumbprints([]byte("a certificate"))
	for name, tc := range map[string]struct {
		texts []string
		says  []string
	}{
		"empty list":              {nil, []string{"no thumbprints"}},
		"empty":                   {[]string{""}, []string{`""`, "64 hex digits"}},
		"short":                   {[]string{long[1:]}, []string{long[1:], "64 hex digits", "openssl"}},
		"between the two":         {[]string{short + "abcd"}, []string{short + "abcd", "64 hex digits"}},
		"both in one":             {[]string{long + " " + short}, []string{"64 hex digits"}},
		"not hex":                 {[]string{"g" + long[1:]}, []string{"64 hex digits"}},
		"comma":                   {[]string{long + ","}, []string{"64 hex digits"}},
		"line end":                {[]string{long + "\n"}, []string{`\n`}},
		"invisible mark":          {[]string{"\u200e" + short}, []string{`\u200e`}},
		"PEM":                     {[]string{"-----BEGIN CERTIFICATE-----"}, []string{"BEGIN CERTIFICATE", "openssl"}},
		"SHA-256 of nothing":      {[]string{emptySHA256Hex}, []string{emptySHA256Hex, "no certificate at all", "openssl"}},
		"SHA-256 of nothing, A:B": {[]string{strings.ToUpper("e3:" + emptySHA256Hex[2:])}, []string{"no certificate at all"}},
		"SHA-1 of nothing":        {[]string{emptySHA1Hex}, []string{emptySHA1Hex, "no certificate at all"}},
		"all at once":             {[]string{"x", long, "y"}, []string{`"x"`, `"y"`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pins, err := ParsePins(tc.texts)
			require.Error(t, err)
			assert.Empty(t, pins)
			for _, part := range tc.says {
				assert.Contains(t, err.Error(), part)
			}
		})
	}
}

func TestAPinMatchesItsCertificateInAnySpelling(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		der := rapid.SliceOfN(rapid.Byte(), 1, 40).Draw(t, "der")
		long, short := thumbprints(der)
		text := rapid.SampledFrom([]string{long, short}).Draw(t, "thumbprint")
		var spelled strings.Builder
		for _, r := range text {
			digit := string(r)
			if rapid.Bool().Draw(t, "upper") {
				digit = strings.ToUpper(digit)
			}
			spelled.WriteString(digit + rapid.SampledFrom([]string{"", "", ":", " "}).Draw(t, "separator"))
		}
		otherLong, otherShort := thumbprints(append([]byte{0}, der...))

		pins, err := ParsePins([]string{otherLong, spelled.String(), otherShort})
		require.NoError(t, err)
		require.True(t, pins.Match(der))
		require.False(t, pins.Match(append([]byte{1}, der...)))

		pins, err = ParsePins([]string{otherLong, otherShort})
		require.NoError(t, err)
		require.False(t, pins.Match(der))
	})
}

func TestPinsMergeRepeatedThumbprints(t *testing.T) {
	t.Parallel()

	long, short := thumbprints([]byte("a certificate"))
	pins, err := ParsePins([]string{long, short, strings.ToUpper(long), short})
	require.NoError(t, err)
	assert.Len(t, pins.sha256, 1)
	assert.Len(t, pins.sha1, 1)
}

func TestNoPinMatchesNothing(t *testing.T) {
	t.Parallel()

	assert.False(t, Pins{}.Match(nil))
	assert.False(t, Pins{}.Match([]byte("a certificate")))
	long, short := thumbprints([]byte("a certificate"))
	pins, err := ParsePins([]string{long, short})
	require.NoError(t, err)
	assert.False(t, pins.Match(nil))
}
