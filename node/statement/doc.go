// Package statement puts an agent's standing into words that other systems
// read, signed by the operator: as a Nostr event of kind 30382 (NIP-85, trusted
// assertions), and as a W3C Verifiable Credential 2.0 secured as a JWT
// (vc+jwt, ES256K).
//
// It guarantees that a statement has one encoding in each form, that equal
// standings give equal bytes, and that [Open] takes nothing else: whatever it
// returns is what the signer signed, to the last bit of every figure.
//
// It refuses to know the time, the node and the network. Whether the signer is
// the operator of the economy that the statement names is for its reader to
// know: from the genesis entry, or from the economy's /v1/info.
package statement
