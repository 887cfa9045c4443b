// Package memo remembers verdicts and lets identical calls share one flight.
//
// # What it promises
//
//   - A [Key] shows nothing of what was hashed: it is an HMAC under a key of this
//     process over fields that cannot run into one another.
//   - [Memo.Ask] decides in one step between a remembered value, a flight to wait
//     for and a flight to start, so that there is never a second flight for a key.
//     After [Memo.Forget] nothing that was remembered before is served, but for who
//     joins a flight that was in the air.
//   - Memory is bounded in entries and in bytes. A value leaves memory within its
//     time, even if nobody asks for it again.
//   - A value that is past its time may stand in for a fault for as long as was said
//     when it came, and for no longer; a newer value ends it.
//   - What a flight brings when all who waited have hung up is kept for their retry.
//   - After [Memo.Close] everything still works, but nothing is remembered: a
//     configuration that was replaced may still have calls to answer.
//
// It knows nothing of what a value is. Where values are kept is a [Store]'s matter;
// [Memory] is the one in this process.
package memo
