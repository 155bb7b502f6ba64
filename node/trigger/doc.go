// Package trigger holds the conditions of algorithmic governance: expressions
// over reported figures that say when a proposal is due. They are written in a
// part of CEL (https://cel.dev): integers, truth values and the names of metrics.
//
// It guarantees that a condition is read in time linear in its text, that it is
// evaluated in as many steps as it has parts, and that the same figures at the
// same instant give the same answer on every machine and in every version: rules
// that are in force must not change with a dependency. It refuses to know the
// clock, where figures come from and what follows from a condition.
package trigger
