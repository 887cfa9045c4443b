package browser

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// largestPicture is what a README may ask of a reader's connection.
const largestPicture = 200 << 10

// Not parallel, so that the pictures show no other test's load.
func TestPictures(t *testing.T) {
	if *pictures == "" {
		t.Skip("not asked for: -pictures <folder> writes the pictures of the README")
	}
	soapSaysNo := func(v *visit) { v.choose("dialect", "soap"); v.signUp("1234") }
	for name, tc := range map[string]struct {
		width, height int64
		scheme        string
		walk          func(*visit)
	}{
		"demo-light": {1280, 800, "light", soapSaysNo},
		"demo-dark":  {1280, 800, "dark", soapSaysNo},
		"demo-retry": {1280, 800, "light", func(v *visit) { v.choose("seconds", "7"); v.signUp("5678") }},
		"demo-phone": {390, 844, "light", func(v *visit) { v.signUp("1234") }},
	} {
		t.Run(name, func(t *testing.T) {
			v := open(t, tc.width, tc.height, tc.scheme)
			tc.walk(v)
			v.await("the numbers are there", `document.querySelector("#count-calls").textContent !== "0"`)
			v.do(chromedp.Evaluate[chromedp.Void](`scrollTo(0, 0)`))
			picture, err := chromedp.Run(v.ctx, chromedp.CaptureScreenshot())
			require.NoError(t, err)
			assert.Less(t, len(picture), largestPicture)
			require.NoError(t, os.WriteFile(filepath.Join(*pictures, name+".png"), picture, 0o644))
		})
	}
}
