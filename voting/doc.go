// Package voting holds the rules of collective decisions: tracks, weights,
// ballots, tallies, quorum and pass rules, delegation, conviction, and the
// derived life of a proposal.
//
// It guarantees integer results that depend on nothing but the arguments, and
// errors that name the field and the rule. It refuses to know the clock,
// storage, Lightning, reputation receipts and holds: times are unix
// milliseconds given by the caller, weights are numbers.
package voting
