// Package simulator plays the identity provider: it makes the calls that Azure AD
// B2C makes, waits and tries again as it does, and looks at an endpoint's TLS.
//
// # Promise
//
// [Call] writes what the provider sends at a step, from Microsoft's own example or
// from claims of one's own. [Provider.Ask] sends it: a time-out for each attempt,
// one more attempt with the same bytes, no redirect followed, no compression asked
// for, an answer of at most 1 MiB read. Nothing here waits without a deadline.
// [Endpoint.Handshake] tells which version and suite of TLS an endpoint takes,
// whatever its certificate is worth, and [TrustOf] what that is.
//
// It judges no answer: package contract does that.
//
// # What it cannot know
//
// Which headers, HTTP version and connection reuse the provider has is documented
// nowhere. It sends as little as HTTP allows here, over HTTP/1.1, each call on a
// connection of its own.
//
// # Sources
//
// Microsoft's pages "Add an API connector to a sign-up user flow" (the example
// bodies), "Define a RESTful technical profile", "API connectors overview" (5 s in
// user flows, 10 s in custom policies, two tries) and "Azure AD B2C TLS and cipher
// suite requirements".
package simulator
