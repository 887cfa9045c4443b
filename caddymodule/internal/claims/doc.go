// Package claims holds one JSON object of claims: what the identity provider
// sends about the person who signs up, and what a validator sends back.
//
// # What it promises
//
// [Decode] accepts exactly one JSON object in UTF-8 and nothing that two JSON
// parsers could read in two ways: no duplicate names, no invalid UTF-8, no lone
// surrogates, no trailing data (RFC 8259, and of RFC 7493 what concerns names and
// encoding), bounded in depth and in members. A byte order mark is stripped.
//
// [Rules.Apply] makes calls that mean the same the same: members in the order of
// RFC 8785, no member whose value is null or "", strings trimmed and in NFC, one
// spelling for each name. Numbers stay as they were sent, because a validator
// may tell 1.0 from 1 and RFC 8785 would round what does not fit a double.
// [Object.Append] then writes the bytes that are both hashed and sent upstream.
//
// An [Object] is immutable. Nothing in this package logs, formats or names a
// claim's value in an error.
package claims
