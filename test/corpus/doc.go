// Package corpus replays answers of real validators: each goes through the
// binary once, and what leaves must be what the collection says. The collection
// is testdata/upstream-answers.jsonl, or the file that GATEHOUSE_CORPUS names.
package corpus
