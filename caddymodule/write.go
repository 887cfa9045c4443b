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

// write sends an answer, with the request's id if the caller may know one. That the
// caller is gone meanwhile is no error: there is nobody to answer any more.
func write(w http.ResponseWriter, a protocol.Answer, id string) {
	header := w.Header()
	// One array, but of this answer alone: Caddy's `header` in front of the connector
	// replaces within the slices.
	lines := [...]string{
		"application/json; charset=utf-8",
		strconv.Itoa(len(a.Body)),
		"no-store", "no-transform", // the second for `encode`, which could stand outside
		dateLine(time.Now()),
		"nosniff",
		id,
	}
	header["Content-Type"] = lines[0:1:1]
	header["Content-Length"] = lines[1:2:2]
	header["Cache-Control"] = lines[2:4:4]
	header["Date"] = lines[4:5:5]
	header["X-Content-Type-Options"] = lines[5:6:6]
	if id != "" {
		header["X-Request-Id"] = lines[6:7:7]
	}
	w.WriteHeader(a.Status)
	_, _ = w.Write(a.Body)
}

// date is the header of the second that has it. net/http would write it anew for
// each answer, which is a hundredth of what a hit costs.
type date struct {
	second int64
	line   string
}

var lastDate atomic.Pointer[date]

func dateLine(now time.Time) string {
	second := now.Unix()
	if last := lastDate.Load(); last != nil && last.second == second {
		return last.line
	}
	d := &date{second, now.UTC().Format(http.TimeFormat)}
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
