// Package contract judges what leaves a connector by the contract of the
// identity provider that reads it. It is a second reading of that contract: it
// imports the standard library alone and nothing of Gatehouse, so a mistake in
// the one is not repeated in the other. A test keeps it so.
//
// # Promise
//
// [Check] takes one answer to one authenticated call and reports every clause
// it breaks, not only the first. An answer for which it returns no error is one
// that Azure AD B2C documents for that protocol and step, in a form that leaves
// nothing to what is undocumented: no compression, no null, no duplicate name.
// One kind is Gatehouse's own: the halt of a user flow, HTTP 409, which stops the
// flow where a block page is ignored.
// [CheckRefusal] and [CheckWrongMethod] do the same for answers to calls that
// are turned away at the door. [SameBytes] shows that two refusals cannot be
// told apart. No function here panics, whatever the bytes.
//
// It does not judge whether a verdict was right, only whether its wire form is.
// A rule that is stricter than Microsoft's pages is Gatehouse's own promise and
// its clause starts with "Gatehouse".
//
// # What a client must do
//
// net/http hides some of what arrives: it moves Transfer-Encoding and trailers
// out of the header and undoes gzip. [FromResponse] puts all of that back where
// Check looks for it. An Exchange filled from resp.Header by hand makes three
// rules empty.
//
// # Sources
//
// Clauses cite pages by these short names:
//
//   - AD/x is https://learn.microsoft.com/azure/active-directory-b2c/x
//   - AD/add-api-connector: requests, steps and the three answers of a user flow
//   - AD/add-api-connector-token-enrichment: the step before the token
//   - AD/api-connectors-overview: time-outs, retries, no null values
//   - AD/user-flow-custom-attributes: String, Boolean and Int, no other types
//   - AD/restful-technical-profile: answers and errors of a custom policy
//   - AD/secure-rest-api: Basic credentials and client certificates
//   - azure-docs#n is https://github.com/MicrosoftDocs/azure-docs/issues/n
//
// [Rules] lists every rule; [Rule.Clause] names where it comes from.
package contract
