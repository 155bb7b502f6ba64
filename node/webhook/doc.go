// Package webhook delivers one JSON document to one URL, as the Standard
// Webhooks specification 1.0.0 describes, and says what came of it.
//
// It guarantees that
//   - every attempt carries the same id, so that a receiver can tell a repeat,
//     and two signatures: an HMAC with a secret that only this node and the
//     receiver's origin share, and BIP-340 by the operator's key, which anybody
//     can check;
//   - an attempt ends in bounded time, reads no more than the head of the
//     answer, and follows no redirect;
//   - no connection is made to an address of a private, loopback, link-local
//     or otherwise special network, whatever a name resolves to, unless the
//     operator allowed that network; proxies of the environment are not used;
//   - no reason that it gives contains the URL's path or query, the secret, or
//     anything that the receiver wrote.
//
// It refuses to know when to try again and what a document means.
package webhook
