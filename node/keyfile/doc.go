// Package keyfile keeps secret keys in files: sealed under a passphrase with
// age (scrypt recipient, age-encryption.org/v1), or plain for a program that
// has nobody to ask.
//
// It guarantees that
//   - a file appears whole or not at all, with mode 0600, and never replaces
//     another one: a key that is overwritten is gone for good;
//   - a key file that others may read or write is refused, not used;
//   - what a file holds is decoded strictly, and no error shows any of it;
//   - a plain key is never taken for a sealed one, nor the other way round.
//
// It refuses to know what the keys sign. The functions hold no state and may be
// called concurrently.
package keyfile
