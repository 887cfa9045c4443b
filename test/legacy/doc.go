// Package legacy asks real frameworks. Each folder with a file start holds a
// small validator of sign-ups that refuses in its framework's own way, with the
// error bodies that the framework itself writes.
//
// The ordinary test replays what they answered, from testdata, through the
// binary: what the user reads must be what a person has reviewed, the answer
// must keep the contract, and the password of the call, which a few frameworks
// give back or print, must be nowhere in an answer or a log line.
//
// With GATEHOUSE_LEGACY_LIVE set to "compare" or "record" the frameworks
// themselves are started, one after another; the script run installs them first.
package legacy
