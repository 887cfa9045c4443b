package caddymodule

import (
	"encoding/binary"
	"math"
	"slices"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/judge"
	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/memo"
	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/protocol"
)

// A remembered answer is one run of bytes: what a hit writes, behind eight that say
// what the log and the metrics say of it. The collector has nothing in it to mark,
// and a store elsewhere could keep it as it is.
//
//	kind outcome rule format status(2) dropped(2) body...
const recordHead = 8

// records turns answers into records; a fault is never remembered.
var records = memo.Codec[landed]{Encode: encodeRecord, Decode: decodeRecord}

func encodeRecord(l landed) []byte {
	record := make([]byte, recordHead, recordHead+len(l.answer.Body))
	record[0], record[1] = byte(l.answer.Kind), byte(slices.Index(outcomes, l.outcome)) //nolint:gosec // one of four
	record[2], record[3] = byte(l.rule), byte(l.format)
	binary.BigEndian.PutUint16(record[4:], uint16(l.answer.Status))                //nolint:gosec // of HTTP
	binary.BigEndian.PutUint16(record[6:], uint16(min(l.dropped, math.MaxUint16))) //nolint:gosec // bounded here
	return append(record, l.answer.Body...)
}

// decodeRecord reads what encodeRecord has written.
func decodeRecord(record []byte) landed {
	return landed{
		answer: protocol.Answer{
			Kind:   protocol.Kind(record[0]),
			Status: int(binary.BigEndian.Uint16(record[4:])),
			Body:   record[recordHead:],
		},
		outcome: outcomes[record[1]],
		rule:    judge.Rule(record[2]),
		format:  judge.Format(record[3]),
		dropped: int(binary.BigEndian.Uint16(record[6:])),
	}
}
