// Package crowd plays economies of millions of agents by econd's formulas,
// without a ledger's entries.
//
// Agents buy, rate, delegate and vote in steps of a day or more. What they are
// worth is computed by package reputation (trust, decay, evidence, flow, score)
// and what a vote comes to by package voting (weight, delegation, tally,
// decision); there is no copy of either here.
//
// It guarantees that results depend on the configuration alone, for any number
// of workers: every random number is a hash of seed, cell, replicate, step,
// purpose and agent, and what agents do to each other within a step adds up to
// sums that no order changes.
//
// It refuses to know entries, signatures, invoices, holds and the clock. Three
// things are coarser than in a ledger, so that an agent fits into some fifty
// bytes: sellers are paid and judged at the end of a step; evidence keeps, for
// each seller and day, the sum of its praisers' trust as it was that day; and
// trust flows to the two sellers that a buyer paid most, as decayed.
package crowd
