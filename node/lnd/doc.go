// Package lnd is econd's one door to an LND node: holds, invoices, payments,
// blocks, and the wallet that anchors checkpoints.
//
// It guarantees that
//   - every call that changes something may be repeated after any failure, a
//     lost answer included: OpenHold, SettleHold, CancelHold, Pay and Keysend look up
//     what became of the first attempt, they do not do it again;
//   - an LND that is away, locked or starting is one typed error,
//     node.ErrLightningAway, and calls work again once it is back;
//   - each of the three connections carries a macaroon that allows what its
//     part needs and nothing else, checked before the first call;
//   - no type of LND's crosses the seam, and no preimage, macaroon or
//     payment address appears in an error.
//
// It refuses to know what a hold or a payment is for.
//
// All methods may be called concurrently.
package lnd
