package judge

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// FuzzXML holds the reader to its bounds, and to the standard library's strict
// reader: what that refuses as a document is refused here.
func FuzzXML(f *testing.F) {
	for _, body := range hostileXML(2 << 10) {
		f.Add(body)
	}
	f.Add(`<?xml version="1.0"?><p:problem xmlns:p="urn:ietf:rfc:7807"><title xml:lang="en">T</title><title xml:lang="de">U</title><a_x005B_0_x005D_/></p:problem>`)
	f.Add(`<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"><e:Body><e:Fault><e:Code><e:Value>e:Sender</e:Value></e:Code></e:Fault></e:Body></e:Envelope>`)
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 64<<10 {
			return
		}
		start := time.Now()
		root, ok := parseXML(text)
		if !ok {
			return
		}
		count, size := 0, 0
		var walk func(e *element, depth int)
		walk = func(e *element, depth int) {
			require.LessOrEqual(t, depth, maxNesting)
			count++
			size += len(e.text)
			for _, child := range e.elems {
				walk(child, depth+1)
			}
		}
		walk(root, 1)
		assert.LessOrEqual(t, count, maxElements)
		assert.LessOrEqual(t, size, len(text), "nothing expands")
		assert.Equal(t, root.tree(), root.tree())
		readFault(root, []string{"de"})
		localised(root.tree(), []string{"de"})
		assert.Less(t, time.Since(start), 2*time.Second, "milliseconds are expected")

		if strings.Contains(text, "<?xml") {
			return // the declaration is read in another way
		}
		dec := xml.NewDecoder(strings.NewReader(text))
		for {
			if _, err := dec.Token(); err != nil {
				assert.True(t, errors.Is(err, io.EOF), "%v", err)
				return
			}
		}
	})
}
