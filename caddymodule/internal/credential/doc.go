// Package credential yields the answer to "who calls?": shared secrets checked
// in constant time, and client certificates checked by thumbprint, authority and
// name, from the connection or from the header of a proxy.
//
// # Promises
//
//   - A refused attempt costs the same whatever the username: the time tells
//     neither which names exist nor which kind of credential they have.
//     See [Accounts.Verify].
//   - Slow hashes (bcrypt, argon2id) leave one core free, over all connectors
//     together, and never queue for long nor without bound: an attempt that
//     cannot start in time is [Busy], not late.
//   - What passed a slow hash is remembered while its account is configured, also
//     through a reload, as a keyed hash.
//   - Wrong passwords against slow hashes are limited by client address, in
//     bounded memory; what needs no hash is never held up.
//   - A certificate is verified against the configured authorities, never those
//     of the system, and is remembered no longer than its chain is valid.
//   - No secret is kept as text, printed, marshalled or quoted in an error.
//     See [Secret].
//   - Every name may have several live secrets and every connector several
//     pins, so both rotate without a gap.
//
// # Refusals
//
// What is weak, ambiguous or absurd is refused when the configuration is
// loaded: bare passwords, short plain secrets, digests of nothing, hash
// parameters that would exhaust the machine. [ParseBasic] refuses everything
// that RFC 7617 does not define, and [Forwarded] what its header's form does not.
//
// # What to use
//
// Prefer a generated secret and its digest, both from [NewSecret]. A secret of
// 256 random bits cannot be guessed, so a slow hash protects nothing more, and
// each wrong password against one costs CPU: measured 59 ms with bcrypt at cost
// 10 and 34 ms with argon2id, against 0.035 ms for the whole call with a digest.
// A wrong password is compared with every slow hash of its connector, so those
// times add up.
package credential
