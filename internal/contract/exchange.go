package contract

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Protocol is the wire dialect of a connector.
type Protocol string

// The dialects this package can judge.
const (
	UserFlow     Protocol = "b2c_user_flow"
	CustomPolicy Protocol = "b2c_custom_policy"
)

// Exchange is one call and the answer that came back.
type Exchange struct {
	// Protocol of the connector. An unknown one is a violation, never a pass.
	Protocol Protocol
	// Method of the call; "" means POST. Only [CheckWrongMethod] reads it.
	Method string
	// Step as the call sent it; "" means that it sent none.
	Step string
	// HaltConfigured says that the connector is configured to halt at this
	// step. Without it only the step before the token may halt a user flow.
	HaltConfigured bool
	// SiteHeaders names headers that the site around the connector adds on
	// purpose, in any letter case. Any other header that neither the connector
	// nor the server sends is taken for the upstream's.
	SiteHeaders []string

	// Status, Header and Body of the answer as they were on the wire.
	Status int
	Header http.Header
	Body   []byte

	// Elapsed is the time from the call to the last byte of the answer, Budget
	// the time in which it had to come. A Budget of 0 is not checked.
	Elapsed, Budget time.Duration
}

// maxBody bounds what FromResponse reads, in bytes. An answer is a flat object
// that fits a sign-up page: more than this is a fault of its own.
const maxBody = 1 << 20

// FromResponse makes an Exchange of a response, reads its body to the end and
// closes it. The caller adds what it knows: step, time, configuration.
//
// It restores to the header what net/http takes out: Transfer-Encoding,
// trailers, and the Content-Encoding of a body that the transport unpacked.
func FromResponse(p Protocol, resp *http.Response) (Exchange, error) {
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	if err != nil {
		return Exchange{}, fmt.Errorf("reading the answer's body: %w", err)
	}
	if len(body) > maxBody {
		return Exchange{}, fmt.Errorf("reading the answer's body: over %d bytes; no legal answer is that long", maxBody)
	}
	x := Exchange{Protocol: p, Status: resp.StatusCode, Header: resp.Header.Clone(), Body: body}
	if resp.Request != nil {
		x.Method = resp.Request.Method
	}
	if x.Header == nil {
		x.Header = http.Header{}
	}
	if len(resp.TransferEncoding) > 0 {
		x.Header["Transfer-Encoding"] = slices.Clone(resp.TransferEncoding)
	}
	if resp.Uncompressed {
		x.Header.Set("Content-Encoding", "gzip")
	}
	if len(resp.Trailer) > 0 {
		// Complete only now: trailers arrive after the body.
		x.Header.Set("Trailer", strings.Join(slices.Sorted(maps.Keys(resp.Trailer)), ", "))
	}
	return x, nil
}
