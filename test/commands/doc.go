// Package commands drives `gatehouse connector` as a person does: what it prints
// works when pasted, and what the repository ships loads.
package commands
