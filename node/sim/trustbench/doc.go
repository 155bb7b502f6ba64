// Package trustbench measures how well package reputation tells good providers
// from bad ones, on a network of real ratings that the user has.
//
// It guarantees that what it measures is the engine that the ledger runs, fed
// with receipts in the order of time, and that nothing a prediction is scored
// against was in the receipts before it. Scores are bits of the engine; only
// the measures over them, and the variations that are measured beside it, are
// in floating point.
//
// It refuses to know flags and terminals, and carries no data.
package trustbench
