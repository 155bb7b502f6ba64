// Package seed makes many signing keys from one secret that a human can write down: a BIP-39
// mnemonic of English words, from which the key of each account is derived as NIP-06 has it, by
// BIP-32 along m/44'/1237'/account'/0/0. Any wallet or Nostr client that takes the words has the same keys.
//
// There is no passphrase beside the words (the "25th word"): who forgets it has other keys, and no
// error says so. No error shows a word, and no value prints itself.
//
// The functions hold no state and may be called concurrently.
package seed
