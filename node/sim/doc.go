// Package sim runs small machine economies by econd's own rules and counts
// what happens: scenarios, attackers with a budget, sweeps and statistics.
//
// Every receipt, stake, proposal, ballot and deadline of a run is an entry of
// one log that goes through node/ledger, with a virtual clock. Scores come from
// package reputation by the ledger's own epochs, outcomes from package voting
// by the ledger's own close entries; this package holds no rule of governance.
// Invoices and node statements are really signed, because the ledger checks
// them. The signatures of events may be left out (Scenario.Signatures); the
// provenance of the results says so.
//
// It guarantees: the same scenario gives the same rows, byte for byte, for any
// number of workers, and any cell can be run alone. Randomness comes from
// streams that hash the seed, the cell, the replicate, the step and the agent
// (Stream); swept parameters marked as rules stay out of that hash, so that
// rules are compared on the same random numbers.
//
// It refuses to know the network, LND and the wall clock. Floats occur in
// statistics only, never in what a ledger reads.
//
// The behaviour of agents is a model, and a crude one: docs/simulations says
// what each kind does.
package sim
