// Package nwc is a wallet service of Nostr Wallet Connect (NIP-47): wallets and programs that
// speak it pay through a wallet of the agent's. The agent runs it itself, so each payment is signed by
// the agent's own signer and bounded by the budget of its wallet.
//
// It guarantees that
//   - a request counts if the connection's client signed it, it is encrypted by NIP-44 version 2, and it is
//     neither expired nor old; it is on disk before a payment is begun, and a request is
//     begun once, however often and by however many relays it comes, over restarts too;
//   - what was begun when the service stopped is taken up again under the same key, by which the
//     wallet pays once, and answered then;
//   - a connection that was revoked does nothing from that instant on;
//   - no secret of a client is kept; those of the service lie sealed.
//
// It refuses to know how a wallet pays, and what its budget is: see Wallet.
package nwc
