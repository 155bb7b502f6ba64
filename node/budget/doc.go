// Package budget says what a wallet may spend: terms, the account of what was reserved and
// spent under them, and a check that answers with every rule and its numbers. It is what
// the ledger asks before sats leave a pool.
//
// A budget adds RefillMsat in each period, periods begin at multiples of PeriodS since
// 1970 in UTC, and nothing is done at their edges: an account is brought up to the instant
// of the call that looks at it. What a payment may cost at most, routing fees included, is
// reserved first, by Reserve; Lower, Settle and Release give back what was not needed.
//
//   - A spend counts in the period and in the rolling windows of its reservation, whenever
//     it settles. What comes back returns to that period while it runs, and to no other.
//   - What was spent above its reservation, which only a fault elsewhere can bring about,
//     is never forgiven: it counts in the period of its reservation, or where that is over
//     in the running one.
//   - Time never goes back: an earlier instant counts as the latest that a change had brought.
//   - New terms hold from the first call that brings them. What the running period has used
//     stays used, also where the new periods have another length. A window counts what was
//     kept for the longest window of the terms before.
//   - Deny by default: no terms, no recipient, no purpose that fits, nothing is spent.
//
// The package knows no clock, no storage, no pools and no wallet above or below another:
// its caller checks and reserves on each. Amounts are msat, from 0 to MaxMsat. Sums that no
// int64 holds stay at the largest one, which is above every limit. An account keeps at most
// MaxCount reservations of the longest window. An Account is not safe for concurrent use;
// Check only reads it.
package budget
