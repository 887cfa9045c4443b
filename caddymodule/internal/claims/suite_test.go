package claims

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const suiteVariable = "GATEHOUSE_JSON_TEST_SUITE"

// TestJSONTestSuite runs the parsing cases of github.com/nst/JSONTestSuite: y_
// must be accepted, n_ refused, i_ as the reader decides. A call is always an
// object, so a case goes in as the value of a member, and once more as it is.
func TestJSONTestSuite(t *testing.T) {
	t.Parallel()
	folder := os.Getenv(suiteVariable)
	if folder == "" {
		t.Skip("set " + suiteVariable + " to the folder test_parsing of github.com/nst/JSONTestSuite to run its cases")
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	require.NoError(t, err)
	require.NotEmpty(t, files, "no *.json in the folder that "+suiteVariable+" names")

	// RFC 8259 allows these; RFC 7493, section 2.3, does not, and no more does Decode.
	duplicates := map[string]bool{"y_object_duplicated_key.json": true, "y_object_duplicated_key_and_value.json": true}
	// RFC 8259 leaves these to the reader; nothing that parsers read in two ways gets in.
	open := map[string]bool{
		"i_number_double_huge_neg_exp.json": true, "i_number_huge_exp.json": true, "i_number_neg_int_huge_exp.json": true,
		"i_number_pos_double_huge_exp.json": true, "i_number_real_neg_overflow.json": true, "i_number_real_pos_overflow.json": true,
		"i_number_real_underflow.json": true, "i_number_too_big_neg_int.json": true, "i_number_too_big_pos_int.json": true,
		"i_number_very_big_negative_int.json": true,
	}
	for _, file := range files {
		name := filepath.Base(file)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			raw, err := os.ReadFile(file)
			require.NoError(t, err)
			o, err := Decode([]byte(`{"v":` + string(raw) + `}`))
			switch {
			case duplicates[name]:
				assert.ErrorIs(t, err, ErrDuplicate)
			case strings.HasPrefix(name, "y_"), open[name]:
				require.NoError(t, err)
				again, err := Decode(o.Append(nil))
				require.NoError(t, err)
				assert.Equal(t, string(o.Append(nil)), string(again.Append(nil)))
			case strings.HasPrefix(name, "n_"), strings.HasPrefix(name, "i_"):
				assert.Error(t, err)
			default:
				t.Fatalf("%q is none of y_, n_, i_", name)
			}
			if strings.HasPrefix(name, "n_") {
				_, err = Decode(raw)
				assert.Error(t, err)
			}
		})
	}
}
