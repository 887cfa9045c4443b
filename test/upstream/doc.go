// Package upstream has the tests of the validator's side: that the examples of
// docs/upstream.md do what the page says of them, with validators that die, hang,
// restart and close connections, and that Caddy's proxy behaves as the page
// relies on. A new version of Caddy that behaves otherwise fails here.
package upstream
