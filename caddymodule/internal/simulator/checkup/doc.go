// Package checkup yields a report on an endpoint that Azure AD B2C is to call: it
// asks what [Checks] lists, with package simulator in the provider's place and
// package contract as the judge.
//
// # Promise
//
// Every check of the list is in the report once, in the order of the list: passed,
// failed with what was sent and received, or skipped with the reason. A check that
// fails is about one thing; what cannot be judged because of it is skipped and not
// failed too. What only Gatehouse promises, such as no-store, never fails: it is a
// remark of the check "plain".
//
// A report holds no credential. Nobody is sent one whose certificate is worth
// nothing, unless the plan says so. Every call has a time-out, the whole [Limit].
package checkup
