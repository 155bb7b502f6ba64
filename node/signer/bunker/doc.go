// Package bunker signs by a remote signer (NIP-46, "bunker"): the agent's key lies in
// another program, on another machine or a phone, which is asked over Nostr relays.
//
// It guarantees that
//   - only what the bunker's own key signed is an answer, and each answer goes to the one
//     request whose id it names;
//   - a signature is handed out only if it verifies, for exactly the event that was asked
//     for: an event that the bunker altered is refused (see signer.Complete);
//   - payloads are encrypted by NIP-44 version 2 alone.
//
// This program holds a key of its own by which the bunker knows it. Whoever gets that key can
// ask the bunker to sign, so it lies sealed in a file (State, Seal); the bunker can end it.
package bunker
