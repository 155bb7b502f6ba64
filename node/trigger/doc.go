// Package trigger holds the conditions of algorithmic governance: CEL expressions
// (https://cel.dev) over reported figures that say when a proposal is due.
//
// It guarantees that a condition which compiles has integers, truth values and
// the names of metrics, and nothing else, that it ends after a bounded number of
// steps, and that the same figures at the same instant give the same answer on
// every machine. It refuses to know the clock, where figures come from and what
// follows from a condition.
package trigger
