// Package wallet is an HTTP client that pays: where a server asks for payment
// with an L402 challenge, or with a charge of the `Payment` scheme, it pays the invoice through a Lightning
// node, keeps the token, and repeats the request with it. L402 goes before where both are offered: what is
// bought by `Payment` serves one request.
//
// It guarantees that
//   - nothing above the limit is paid unless the confirmation says so, and no
//     invoice is paid whose payment hash is not the one that the token names, where
//     it is a macaroon of a known form; any other token is opaque, and goes back
//     as it came;
//   - a preimage that a seller gets is that of its own invoice: a payment hash that
//     the node knows from elsewhere is not paid for;
//   - one request is paid at most once: the invoice and its macaroon are stored
//     before the payment is sent, a lost answer is looked up by payment hash,
//     and a call after a crash first learns what became of the payment;
//   - a token goes to the origin that sold it and nowhere else, and there only to
//     paths under the first segment of the one it was bought for; redirects are
//     handed to the caller, not followed;
//   - a token stays good for the request that it was bought for, URL and body, whatever
//     becomes of tries elsewhere, and an open payment is finished for that request alone;
//   - no error and no formatting verb shows a token, macaroon or preimage.
//
// It refuses to know what is bought and who carries payments: lndwallet.Node does so by an LND.
// Wallet, FileStore and Memory may be used concurrently; payments of one Wallet run one after the other.
package wallet
