package caddymodule

import (
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/protocol"
)

// The headers that every answer has. The slices are shared and never changed.
var (
	contentJSON = []string{"application/json; charset=utf-8"}
	noStore     = []string{"no-store", "no-transform"} // the second for `encode`, which could stand outside
	noSniff     = []string{"nosniff"}
)

// write sends an answer, with the request's id if the caller may know one. That the
// caller is gone meanwhile is no error: there is nobody to answer any more.
func write(w http.ResponseWriter, a protocol.Answer, id string) {
	header := w.Header()
	lines := [...]string{strconv.Itoa(len(a.Body)), id}
	if id != "" {
		header["X-Request-Id"] = lines[1:2:2]
	}
	header["Content-Type"] = contentJSON
	header["Content-Length"] = lines[0:1:1]
	header["Cache-Control"] = noStore
	header["Date"] = dateLine(time.Now())
	header["X-Content-Type-Options"] = noSniff
	w.WriteHeader(a.Status)
	_, _ = w.Write(a.Body)
}

// date is the header of the second that has it. net/http would write it anew for
// each answer, which is a hundredth of what a hit costs.
type date struct {
	second int64
	line   []string
}

var lastDate atomic.Pointer[date]

func dateLine(now time.Time) []string {
	second := now.Unix()
	if last := lastDate.Load(); last != nil && last.second == second {
		return last.line
	}
	d := &date{second, []string{now.UTC().Format(http.TimeFormat)}}
	lastDate.Store(d)
	return d.line
}

// newRequestID makes an id by which a line of the log is found. It has to be
// unique, not secret.
func newRequestID() string {
	var random [16]byte
	for i := 0; i < len(random); i += 8 {
		binary.NativeEndian.PutUint64(random[i:], rand.Uint64()) //nolint:gosec // not secret
	}
	var text [2 * len(random)]byte
	hex.Encode(text[:], random[:])
	return string(text[:])
}
