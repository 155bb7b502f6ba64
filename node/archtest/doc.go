// Package archtest holds the architecture test: it reads what `go list -json`
// says and the syntax trees, and fails where a package imports what it may not
// or a pure package does what it may not. See docs/architecture.md. It also holds
// the pages' drawing of the rooms, reading order, links and make targets against what is
// there.
package archtest
