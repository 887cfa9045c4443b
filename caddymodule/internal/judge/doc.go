// Package judge turns what an upstream answered, whatever it is, into a verdict.
//
// # What it promises
//
// Every answer has exactly one [Finding]: the first rule of the table in
// [Judge.Answer] that applies. It never fails and never panics, and its work is
// bounded by the size of the body, which the caller bounds.
//
// Text for the person comes from the upstream only through package message, so
// that it is plain and shows nothing internal. Values that an error body echoes
// (rejectedValue, input, value), traces and texts for developers are never read.
//
// The text is looked for by type, of JSON or XML, and not by framework: [extract]
// names the families in their order, each has a file, and its source stands there.
// XML is read without document types, and so without entities of its own (CWE-611,
// CWE-776), and is made the same tree as JSON. docs/errors.md is the reference.
//
// Of a text in several languages the one that suits [Answer.Languages] is taken.
package judge
