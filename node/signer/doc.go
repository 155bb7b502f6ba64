// Package signer is the port behind which an agent's key lies: a Signer tells its public key and
// signs events, and nothing else leaves it. Adapters lie below: node/signer/keystore opens a sealed
// file, others ask a node, a vault or a program elsewhere. node/signer/signertest is the contract that
// every one of them passes.
//
// It guarantees that
//   - an event is handed out only with a signature that verifies (BIP-340, over the id of NIP-01),
//     whoever made it: Complete checks what an adapter got;
//   - an event that was not signed is as it was;
//   - no Signer of this package shows its secret in a text, an error or JSON.
//
// It refuses to know what is signed and where keys are kept.
package signer
