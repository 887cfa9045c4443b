// Package message yields text fit for a sign-up page.
//
// What an upstream says was written for developers, for logs or for a page of
// its own; what leaves is read by somebody who wants an account. [Clean] makes
// the one of the other, or says that nothing usable is left:
//
//   - plain: no tag, comment or entity that an HTML parser would recognise,
//     however deep it was nested or escaped;
//   - honest: no control, bidirectional or zero-width character (CVE-2021-42574
//     shows what those hide), no unassigned or private-use one;
//   - short: one line of at most [MaxLength] characters, cut at a word;
//   - discreet: no exception name, stack frame, SQL, file path, internal URL or
//     host name (CWE-209), and no mere repetition of an HTTP status.
//
// Clean is idempotent, so it may be applied to each message and again to their
// [Join]. [Humanise] and [WithField] name the field that a message is about.
// They, and Join, do not clean: field names come from the upstream too, so
// Clean is the last step.
//
// Clean refuses by pattern: a host name without a dot, a port or a telling suffix
// looks like a word and passes.
//
// [Messages] chooses the connector's own texts, and translates those of the
// upstream, for the [Languages] of a caller: from a [Catalogue] that the operator
// wrote, from the configuration, or from what is built in (defaults.json). All of
// them are a [Template]; what it renders, Clean leaves as it is.
package message
