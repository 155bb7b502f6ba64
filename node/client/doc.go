// Package client is the Go client of one econd, reached at its own address or behind
// aperture: it reads, signs and submits operations, pays, follows what happens, and
// fetches proofs. econctl is made of it.
//
// It guarantees that
//   - a request that econd may have had is repeated only where that does nothing
//     twice: a read, or an operation, which its event id makes happen once. A receipt
//     is taken only if it is that of the event which was sent;
//   - what was paid and not served is not paid again: repeated requests for the same
//     answer buy nothing more, and the error, an *UnservedError, names the payment;
//   - a stream is resumed behind the last place seen, and entries are held against
//     each other and against their signatures, so that one that was left out or
//     changed is an error;
//   - the invoice of a hold is what the log offers, to the node of its genesis, under a head
//     that goes on from those seen before (Offer), or it is an error. Lock pays nothing else,
//     and states what the agent's node shows of it;
//   - a list ends: cursors that repeat and pages without end are refused, since each
//     page may cost something.
//
// It refuses to know the rules of the economy, keys, files and Lightning nodes: a
// Signer signs, a Payer and a Lightning pay, through ports. What a proof proves is checked by
// node/audit, which trusts no econd.
//
// Answers are foreign data: texts in them are whatever somebody wrote, and errors
// quote them. Make both safe before they reach a terminal.
package client

//go:generate go run ./gen
